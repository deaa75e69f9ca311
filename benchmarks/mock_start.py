"""Seconds from a new process to the mock's first reply, beside a process that only imports the openai client."""

from _side_by_side import command, compare

FIRST_REPLY = """
from helpers import connect
endpoint = connect("mock", quiet=True)
endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=[{"role": "user", "content": "%s"}])
"""
# Measured inside the process, after the imports that any notebook would have made anyway.
INSIDE = """
import sys, time
import openai
from helpers import connect
started = time.perf_counter()
endpoint = connect("mock", quiet=True)
endpoint.client.chat.completions.create(model=endpoint.chat_large, messages=[{"role": "user", "content": "Hello"}])
sys.exit(0 if print(time.perf_counter() - started) is None else 1)
"""


def inside() -> float:
    import subprocess
    import sys

    return float(subprocess.run([sys.executable, "-c", INSIDE], capture_output=True, check=True).stdout)


compare(
    {
        "import openai": command("-c", "import openai"),
        "connect() to first reply": inside,
        "new process to first greeting": command("-c", FIRST_REPLY % "Hello"),
        "new process to first answer (loads the embedding model)": command("-c", FIRST_REPLY % "What is an embedding?"),
    },
    times=5,
    yardstick="import openai",
)
