"""The filter of system calls, each tried in a process of its own: what it lets through and what it refuses."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="seccomp is Linux's")

TRIED = """
import os, resource, sys
from helpers.gradebook.system_calls import refuse_system_calls
if not refuse_system_calls():
    sys.exit("no filter here")
files = resource.RLIMIT_NOFILE
try:
    {code}
    print("allowed")
except (OSError, ValueError) as error:
    print("refused")
"""


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("resource.getrlimit(files)", "allowed"),
        ("resource.prlimit(0, files)", "allowed"),
        ("resource.setrlimit(files, (64, 64))", "refused"),
        ("resource.prlimit(0, files, (64, 64))", "refused"),
        ("resource.prlimit(os.getppid(), files)", "refused"),
        ("import chromadb; chromadb.EphemeralClient().heartbeat()", "allowed"),
    ],
)
def test_a_process_may_read_its_own_limits_but_set_none_and_read_no_others(code, verdict):
    done = subprocess.run(
        [sys.executable, "-c", TRIED.format(code=code)], capture_output=True, text=True, check=False, timeout=60
    )
    if "no filter here" in done.stderr:
        pytest.skip("this kernel has no filter")
    assert done.stdout.strip() == verdict, done.stderr
