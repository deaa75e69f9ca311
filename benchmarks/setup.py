"""Seconds from a fresh clone to a usable JupyterLab, cold and warm, with pip and uv; --test adds a passed test run.

Cold: a new folder, no environment; the installers' caches are as this machine has them (--no-cache empties them).
"""

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from helpers.paths import ROOT

PATIENCE = 900  # seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", action="store_true", help="also time a passed `python3 -m helpers test`")
    parser.add_argument("--no-cache", action="store_true", help="give pip and uv empty caches")
    options = parser.parse_args()
    for installer in ("uv", "pip"):
        if installer == "uv" and not shutil.which("uv"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            clone = Path(folder) / "clone"
            subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
            environment = environment_for(installer, Path(folder), options.no_cache)
            print(f"{installer}: cold start to a usable JupyterLab  {lab_is_up(clone, environment):6.1f} s", flush=True)
            print(f"{installer}: warm start to a usable JupyterLab  {lab_is_up(clone, environment):6.1f} s", flush=True)
            if options.test and installer == "uv":
                started = time.perf_counter()
                subprocess.run([base_python(), "-m", "helpers", "test"], cwd=clone, env=environment, check=True)
                print(f"{installer}: a passed test run  {time.perf_counter() - started:6.1f} s", flush=True)


def base_python() -> str:
    """The Python that made the environment we run in: a learner's own, with nothing installed."""
    return getattr(sys, "_base_executable", sys.executable)


def environment_for(installer: str, folder: Path, no_cache: bool) -> dict[str, str]:
    """This process's environment, without the virtual environment; for pip without the folder that uv is in."""
    environment = {name: value for name, value in os.environ.items() if name not in ("VIRTUAL_ENV", "WORKBOOK_HOME")}
    if installer == "pip":
        uv = {str(Path(path).parent) for path in [shutil.which("uv")] if path}
        environment["PATH"] = os.pathsep.join(p for p in environment["PATH"].split(os.pathsep) if p not in uv)
    if no_cache:
        environment |= {"UV_CACHE_DIR": str(folder / "uv"), "PIP_CACHE_DIR": str(folder / "pip")}
    return environment


def lab_is_up(clone: Path, environment: dict[str, str]) -> float:
    """Seconds from the command to JupyterLab serving its page at the URL that was printed; ends it again."""
    started = time.perf_counter()
    command = [base_python(), "-m", "helpers", "lab", "--no-browser"]
    lab = subprocess.Popen(
        command, cwd=clone, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    said = []
    try:
        for line in lab.stdout:
            said.append(line)
            if found := re.search(r"http://\S+", line):
                urllib.request.urlopen(found[0], timeout=30).read()
                return time.perf_counter() - started
            if time.perf_counter() - started > PATIENCE:
                break
        sys.exit("JupyterLab did not come up:\n" + "".join(said[-20:]))
    finally:
        lab.send_signal(signal.SIGINT)
        lab.wait(timeout=60)


if __name__ == "__main__":
    main()
