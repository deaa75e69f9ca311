"""Starting the offline endpoint: in a thread, beside a running event loop, after a fork, and on the command line."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import socket
import subprocess
import sys
import time

import httpx2
import pytest

from helpers.mock_endpoint import MockConfig, serve, start

KEY = {"Authorization": "Bearer workbook"}


def answers(url: str) -> bool:
    return httpx2.get(f"{url}/models", headers=KEY, timeout=10).status_code == 200


def test_one_endpoint_serves_a_whole_process():
    first, second = start(), start()
    assert first is second and first.running and answers(first.url)
    assert first.url.startswith("http://127.0.0.1:") and first.url.endswith("/v1")


def test_an_endpoint_of_its_own_has_its_own_port_and_keys_and_can_stop():
    own = start(MockConfig(keys=frozenset({"other"})))
    assert own.url != start().url
    assert httpx2.get(f"{own.url}/models", headers=KEY).status_code == 401
    own.stop()
    own.stop()
    assert not own.running
    with pytest.raises(httpx2.ConnectError):
        answers(own.url)


def test_it_starts_while_an_event_loop_runs_in_the_same_thread():
    async def in_a_notebook() -> bool:
        with start(MockConfig()) as own:
            return answers(own.url)

    assert asyncio.run(in_a_notebook())


def _in_child(parents_url: str, results: multiprocessing.Queue) -> None:
    own = start()
    results.put((own.url != parents_url, answers(own.url)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_forked_child_gets_an_endpoint_of_its_own():
    parent = start()
    context = multiprocessing.get_context("fork")
    results = context.Queue()
    child = context.Process(target=_in_child, args=(parent.url, results))
    child.start()
    try:
        assert results.get(timeout=30) == (True, True)
    finally:
        child.join(10)
    assert answers(parent.url), "the parent's endpoint still answers"


def test_importing_it_loads_nothing_heavy_and_running_it_prints_nothing():
    code = (
        "import sys, helpers.mock_endpoint as m\n"
        "heavy = {'openai', 'uvicorn', 'starlette', 'numpy', 'onnxruntime', 'tiktoken', 'tokenizers', 'pydantic'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
        "import openai\n"
        "client = openai.OpenAI(base_url=m.start().url, api_key='workbook')\n"
        "client.chat.completions.create(model='sim-large', messages=[{'role': 'user', 'content': 'Hello'}])\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


def test_serve_says_its_address_and_key_once_and_ends_on_ctrl_c():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    code = f"from helpers.mock_endpoint import serve; serve('127.0.0.1', {port})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        assert f"http://127.0.0.1:{port}/v1" in process.stdout.readline()
        assert "workbook" in process.stdout.readline()
        for _ in range(200):
            try:
                assert answers(f"http://127.0.0.1:{port}/v1")
                break
            except httpx2.TransportError:
                time.sleep(0.05)
        if os.name == "posix":
            import signal

            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=20)
            assert (process.returncode, rest, errors) == (0, "", "")
    finally:
        process.kill()
        process.wait()


def test_a_port_in_use_gets_a_clear_sentence():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=rf"Port {port} on 127\.0\.0\.1 cannot be used .* choose another with --port"):
            serve("127.0.0.1", port)


def test_a_seed_that_is_no_number_is_refused_in_words(monkeypatch):
    monkeypatch.setenv("WORKBOOK_MOCK_SEED", "twelve")
    with pytest.raises(ValueError, match="give a whole number"):
        MockConfig()
    monkeypatch.setenv("WORKBOOK_MOCK_SEED", "12")
    assert MockConfig().seed == 12
