"""The offline endpoint counts tokens as tiktoken does, and tiktoken works without a network."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openai
import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers import offline_encodings
from helpers.mock_endpoint import start
from helpers.mock_endpoint.text import tokens

ODD = [
    "",
    " ",
    "\n\n\n  \t",
    "naïve café, 東京 и Москва",
    "👩‍👩‍👧‍👦🏳️‍🌈",
    "<|endoftext|><|im_start|>",
    "0x80070005 9b5ad71b-2ce5-3022",
    "a" * 5000,
    " " * 5000,
    "e\u0301" * 50,
    "don't I'VE we'll",
    "\x00\x07\ufffd",
]


@pytest.fixture(scope="module")
def o200k():
    offline_encodings.use_offline_encodings()
    return tiktoken.get_encoding("o200k_base")


def cookbook(o200k: tiktoken.Encoding, messages: list[dict[str, Any]]) -> int:
    """OpenAI's cookbook rule, written once more and independently of the endpoint's."""
    total = 3
    for message in messages:
        total += 3
        for key, value in message.items():
            total += len(o200k.encode(value, disallowed_special=()))
            total += key == "name"
    return total


@pytest.mark.parametrize("text", ODD)
def test_an_odd_text_counts_as_in_tiktoken(o200k, text):
    assert tokens.count(text) == len(o200k.encode(text, disallowed_special=()))


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=200))
def test_any_text_counts_as_in_tiktoken_and_comes_back_whole(o200k, text):
    ids = tokens.encode(text)
    assert ids == o200k.encode(text, disallowed_special=())
    assert tokens.decode(ids) == text.encode("utf-8", "replace").decode()


def test_a_long_text_is_counted_in_stretches_without_a_difference(o200k):
    text = "The ferry leaves at noon, 12:00; it's Ana's boat.\n\tif x == 10:  # ok\n" * 6000
    assert len(text) > 4 * tokens._STRETCH
    assert tokens.encode(text) == o200k.encode_ordinary(text)


@pytest.mark.parametrize("unit", [" ", "a", "é"])
def test_a_very_long_run_neither_fails_nor_takes_long(unit):
    started = time.perf_counter()
    assert tokens.count(unit * 1_200_000) > 0
    assert time.perf_counter() - started < 10


def test_usage_equals_the_cookbook_rule_and_the_replys_own_tokens(o200k):
    client = openai.OpenAI(base_url=start().url, api_key="workbook")
    for text in ODD[1:]:
        messages: Any = [
            {"role": "system", "content": "Be brief.\n" + text},
            {"role": "user", "content": "Erste Frage?", "name": "Jürgen_1"},
            {"role": "assistant", "content": text},
            {"role": "user", "content": f"Say: {text} ok"},
        ]
        reply = client.chat.completions.create(model="sim-large", messages=messages)
        assert reply.usage.prompt_tokens == cookbook(o200k, messages), text
        assert reply.usage.completion_tokens == len(o200k.encode_ordinary(reply.choices[0].message.content)), text


# --- the encodings -------------------------------------------------------------------------------------------------


def test_both_encodings_load_with_no_network_and_an_empty_cache(tmp_path):
    code = (
        "import socket, sys; socket.socket = None\n"
        "from helpers.offline_encodings import use_offline_encodings\n"
        "use_offline_encodings()\n"
        "import tiktoken\n"
        "print([len(tiktoken.get_encoding(n).encode('hello world')) for n in ('o200k_base', 'cl100k_base')])"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR")}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
    assert run.stdout.strip() == "[2, 2]"


def test_a_cache_of_the_users_own_is_used_only_when_it_is_complete(tmp_path, monkeypatch):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    folder = offline_encodings.use_offline_encodings()
    assert folder != tmp_path and os.environ["TIKTOKEN_CACHE_DIR"] == str(folder)
    for file in folder.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    assert offline_encodings.use_offline_encodings() == tmp_path


def test_where_the_environment_is_read_only_the_temporary_folder_serves(tmp_path, monkeypatch):
    blocked = tmp_path / "prefix"
    blocked.write_text("a file where a folder should be", encoding="utf-8")
    monkeypatch.setattr(offline_encodings, "_folders", lambda: (blocked / "tiktoken", tmp_path / "temporary"))
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    assert offline_encodings.use_offline_encodings() == tmp_path / "temporary"
    monkeypatch.setattr(offline_encodings, "_folders", lambda: (blocked / "tiktoken",))
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    with pytest.raises(RuntimeError, match="Set TIKTOKEN_CACHE_DIR"):
        offline_encodings.use_offline_encodings()


def _unpack(folder: str) -> bool:
    offline_encodings._unpack_into(Path(folder))
    return offline_encodings._is_complete(Path(folder))


def test_several_processes_may_unpack_at_once(tmp_path):
    folder = tmp_path / "shared"
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        assert all(pool.map(_unpack, [str(folder)] * 3))
    assert len(list(folder.iterdir())) == 2, "no temporary file is left behind"


def test_a_damaged_file_is_replaced(tmp_path):
    _unpack(str(tmp_path))
    damaged = next(tmp_path.iterdir())
    damaged.write_bytes(b"half")
    assert _unpack(str(tmp_path))


def test_the_shared_encoding_is_whole_although_it_holds_no_ranks(o200k):
    assert tokens.encoding() is tiktoken.get_encoding("o200k_base")
    assert "_mergeable_ranks" not in vars(tokens.encoding())
    assert tokens.encoding()._mergeable_ranks[b" the"] == tokens.encode(" the")[0]
    assert pickle.loads(pickle.dumps(tokens.encoding())) is tokens.encoding()
