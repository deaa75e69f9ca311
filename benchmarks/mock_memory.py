"""Memory of a notebook's kernel, in MB above one that has only started: after connect(), a chat, an embedding.

USS is what the process has for itself, and what ending it would give back. The client is part of it: importing the
openai package alone is the second line.
"""

from __future__ import annotations

import sys

import psutil
from jupyter_client.manager import start_new_kernel

STEPS = {
    "import openai": "import openai",
    "import numpy": "import numpy",
    "connect()": "from helpers import connect; endpoint = connect('mock', quiet=True)",
    "one chat": "endpoint.client.chat.completions.create(model=endpoint.chat_large, "
    "messages=[{'role': 'user', 'content': 'What is an embedding?'}])",
    "one embedding": "endpoint.client.embeddings.create(model=endpoint.embedding, input='A text.')",
    "a hundred more": "for i in range(100):\n"
    "    endpoint.client.embeddings.create(model=endpoint.embedding, input=f'Text number {i}.')",
}


def main() -> None:
    manager, client = start_new_kernel(kernel_name="python3")
    try:
        process = psutil.Process(manager.provisioner.pid)
        bare = process.memory_full_info()
        print(f"{'a bare kernel':<16} RSS {bare.rss / 1e6:6.0f}   USS {bare.uss / 1e6:6.0f}")
        for name, code in STEPS.items():
            done = client.execute_interactive(code, silent=True, timeout=120)
            if done["content"]["status"] != "ok":
                sys.exit(f"{name}: {done['content']}")
            now = process.memory_full_info()
            print(f"{name:<16} RSS {(now.rss - bare.rss) / 1e6:+6.0f}   USS {(now.uss - bare.uss) / 1e6:+6.0f}")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


if __name__ == "__main__":
    main()
