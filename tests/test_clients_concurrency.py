"""Many clients at once, clients that go away, and endpoints that do: nothing is lost, mixed up or left behind."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import openai
import psutil
import pytest

from helpers.mock_endpoint import MockConfig, RunningEndpoint, create_app, start

PATIENCE_S = 20


@pytest.fixture(scope="module")
def endpoint():
    with start(MockConfig()) as running:
        yield running


def say(text: str) -> Any:
    return [{"role": "user", "content": f"Say: {text}"}]


def until(condition: Callable[[], bool]) -> bool:
    """Whether it comes true in time; asked every few milliseconds."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


# --- many at once --------------------------------------------------------------------------------------------------


def test_two_hundred_streams_at_once_each_get_their_own_reply_whole(endpoint):
    async def one(client: openai.AsyncOpenAI, i: int) -> tuple[str, str, int]:
        text = f"ticket-{i} is for stand {i * 7} and goes to guest {i * 13}"
        asked = dict(model="sim-large" if i % 2 else "sim-small", messages=say(text), stream=True)
        stream = await client.chat.completions.create(**asked, stream_options={"include_usage": True})
        chunks = [chunk async for chunk in stream]
        assert len({chunk.id for chunk in chunks}) == 1 and chunks[-1].usage.completion_tokens > 0
        said = "".join(chunk.choices[0].delta.content or "" for chunk in chunks if chunk.choices)
        return said, text, hash(chunks[0].id)

    async def all_of_them() -> list[tuple[str, str, int]]:
        async with openai.AsyncOpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0) as client:
            return await asyncio.gather(*(one(client, i) for i in range(200)))

    replies = asyncio.run(all_of_them())
    assert [said for said, _, _ in replies] == [text for _, text, _ in replies]
    assert len({identity for _, _, identity in replies}) == 200


def test_calls_of_every_kind_at_once_do_not_meet():
    def tool(name: str) -> Any:
        parameters = {"type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"]}
        about = "Look up an order by its number."
        return {"type": "function", "function": {"name": name, "description": about, "parameters": parameters}}

    def one(client: openai.OpenAI, i: int) -> None:
        match i % 4:
            case 0:
                asked: Any = [{"role": "user", "content": f"Look up order number {i + 1000}."}]
                reply = client.chat.completions.create(model="sim-large", messages=asked, tools=[tool(f"order_{i}")])
                call = reply.choices[0].message.tool_calls[0].function
                assert (call.name, json.loads(call.arguments)) == (f"order_{i}", {"number": i + 1000})
            case 1:
                whole = client.chat.completions.create(model="sim-small", messages=say(f"number {i}"), n=2)
                assert [choice.message.content for choice in whole.choices] == [f"number {i}"] * 2
            case 2:
                texts = [f"text {i}", f"text {i}", "another"]
                first, again, other = (
                    row.embedding for row in client.embeddings.create(model="sim-embedding", input=texts).data
                )
                assert first == again != other
            case _:
                with pytest.raises(openai.BadRequestError, match=f"wrong_{i}"):
                    extra = {f"wrong_{i}": 1}
                    client.chat.completions.create(model="sim-large", messages=say("x"), extra_body=extra)

    with start(MockConfig()) as own, ThreadPoolExecutor(16) as pool:
        client = openai.OpenAI(base_url=own.url, api_key="workbook", max_retries=0)
        list(pool.map(lambda i: one(client, i), range(80)))


def test_two_learners_with_keys_of_their_own_work_side_by_side():
    def works(url: str, key: str) -> list[str]:
        client = openai.OpenAI(base_url=url, api_key=key, max_retries=0)
        said = []
        for i in range(15):
            reply = client.chat.completions.create(model="sim-large", messages=say(f"{key} {i}"))
            said.append(reply.choices[0].message.content or "")
        return said

    with start(MockConfig(keys=frozenset({"ada", "bo"}))) as own, ThreadPoolExecutor(3) as pool:
        ada, bo, stranger = (pool.submit(works, own.url, key) for key in ("ada", "bo", "carl"))
        assert ada.result() == [f"ada {i}" for i in range(15)]
        assert bo.result() == [f"bo {i}" for i in range(15)]
        with pytest.raises(openai.AuthenticationError):
            stranger.result()


# --- clients that go away ------------------------------------------------------------------------------------------

# Some 10 MB of events: more than the buffers of a connection hold, so that a client that does not read stops the server
# in the middle.
LONG = {"model": "sim-large", "messages": say("word " * 390), "n": 128, "stream": True}


@contextlib.contextmanager
def stream_in_the_middle(endpoint: RunningEndpoint) -> Iterator[socket.socket]:
    """A connection on which a stream has begun and waits for its client to read on."""
    host, port = endpoint.url.removeprefix("http://").removesuffix("/v1").split(":")
    body = json.dumps(LONG).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer workbook\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.settimeout(PATIENCE_S)
        connection.connect((host, int(port)))
        connection.sendall(head.encode() + body)
        received = b""
        while b"data: " not in received:
            received += connection.recv(1024)
        yield connection


def at_work(endpoint: RunningEndpoint) -> int:
    """Requests that the server has in hand."""
    return len(endpoint._server.server_state.tasks)


def alive(name: str) -> int:
    """Objects of a class of the endpoint's that something still holds."""
    gc.collect()
    return sum(type(o).__name__ == name and type(o).__module__.startswith("helpers.mock") for o in gc.get_objects())


def descriptors() -> int:
    process = psutil.Process()
    return process.num_handles() if os.name == "nt" else process.num_fds()


def test_a_client_that_leaves_in_the_middle_of_a_stream_leaves_nothing_behind(endpoint):
    def leave() -> None:
        with stream_in_the_middle(endpoint):
            assert at_work(endpoint) == 1, "the stream is longer than the buffers"
        assert until(lambda: at_work(endpoint) == 0)

    leave()  # what is made once is made now
    assert until(lambda: not endpoint._server.server_state.connections)
    before = threading.active_count(), descriptors(), alive("Completion")
    for _ in range(4):
        leave()
    assert until(lambda: not endpoint._server.server_state.connections)
    after = threading.active_count(), descriptors(), alive("Completion")
    assert all(now <= then for now, then in zip(after, before, strict=True)), (before, after)


def test_an_async_client_that_cancels_leaves_nothing_behind(endpoint):
    async def cancelled() -> None:
        async with openai.AsyncOpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0) as client:

            async def read() -> None:
                asked = dict(model="sim-large", messages=say("word " * 2_000), stream=True)
                async for _ in await client.chat.completions.create(**asked):
                    reading.set()

            reading = asyncio.Event()
            task = asyncio.create_task(read())
            await reading.wait()
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    for _ in range(5):
        asyncio.run(cancelled())
    assert until(lambda: at_work(endpoint) == 0 and not endpoint._server.server_state.connections)
    assert alive("Completion") == 0


def test_no_more_of_a_stream_is_made_for_a_client_that_left():
    async def leave_after_the_first_events() -> int:
        left, sent = asyncio.Event(), 0

        async def receive() -> Any:
            if body:
                return {"type": "http.request", "body": body.pop(), "more_body": False}
            await left.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            nonlocal sent
            sent += message["type"] == "http.response.body"
            if sent == 3:
                left.set()

        body = [json.dumps(LONG).encode()]
        scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": "/v1/chat/completions",
            "raw_path": b"/v1/chat/completions",
            "query_string": b"",
            "headers": [(b"authorization", b"Bearer workbook"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        await create_app()(scope, receive, send)
        return sent

    assert asyncio.run(leave_after_the_first_events()) < 100


def test_half_a_request_keeps_nobody_waiting(endpoint):
    host, port = endpoint.url.removeprefix("http://").removesuffix("/v1").split(":")
    for sent in (
        b"POST /v1/chat/comple",
        b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\n{",
    ):
        with socket.create_connection((host, int(port)), PATIENCE_S) as connection:
            connection.sendall(sent)
            client = openai.OpenAI(base_url=endpoint.url, api_key="workbook", timeout=PATIENCE_S, max_retries=0)
            assert client.models.retrieve("sim-large").id == "sim-large"
    assert until(lambda: not endpoint._server.server_state.tasks)


# --- endpoints that go away ----------------------------------------------------------------------------------------


def test_an_endpoint_stopped_in_the_middle_of_streams_ends_and_says_nothing(capfd):
    threads = threading.active_count()
    own = start(MockConfig())
    with contextlib.ExitStack() as open_streams:
        streams = [open_streams.enter_context(stream_in_the_middle(own)) for _ in range(3)]
        assert at_work(own) == 3
        own.stop()
        assert not own.running
        for stream in streams:
            with contextlib.suppress(ConnectionError):
                while stream.recv(1 << 20):  # to the end, within the socket's patience
                    pass
    with pytest.raises(openai.APIConnectionError):
        openai.OpenAI(base_url=own.url, api_key="workbook", max_retries=0).models.list()
    assert until(lambda: threading.active_count() <= threads)
    assert capfd.readouterr() == ("", "")


@contextlib.contextmanager
def served(port: int) -> Iterator[subprocess.Popen[str]]:
    """An endpoint in a process of its own, killed at the end."""
    code = f"from helpers.mock_endpoint import serve; serve('127.0.0.1', {port})"
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_client_outlives_an_endpoint_that_is_killed_and_started_again():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    # With small buffers little of a stream is on its way when the endpoint is killed.
    transport = httpx2.HTTPTransport(socket_options=[(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)])
    client = openai.OpenAI(
        base_url=f"http://127.0.0.1:{port}/v1",
        api_key="workbook",
        timeout=PATIENCE_S,
        max_retries=0,
        http_client=httpx2.Client(transport=transport),
    )

    def answers() -> bool:
        with contextlib.suppress(openai.APIConnectionError):
            return client.chat.completions.create(model="sim-large", messages=say("here")).choices[0].index == 0
        return False

    with served(port) as process:
        assert until(answers)
        with pytest.raises(openai.APIConnectionError), client.chat.completions.create(**LONG) as stream:
            for _ in stream:
                process.kill()
        process.wait()
        assert not answers()
    with served(port):
        assert until(answers), "the same client, and no word about it"


def _in_child(parents_url: str, results: multiprocessing.Queue) -> None:
    own = start()
    client = openai.OpenAI(base_url=own.url, api_key="workbook", max_retries=0, timeout=PATIENCE_S)
    said = client.chat.completions.create(model="sim-large", messages=say("in the child")).choices[0].message.content
    size = len(client.embeddings.create(model="sim-embedding", input="a text").data[0].embedding)
    results.put((own.url != parents_url, said, size))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_kernel_forked_in_the_middle_of_a_stream_has_a_whole_endpoint_and_leaves_the_parents_alone():
    parent = start()
    client = openai.OpenAI(base_url=parent.url, api_key="workbook", max_retries=0)
    client.embeddings.create(model="sim-embedding", input="loads the model, whose threads do not survive a fork")
    stream = client.chat.completions.create(model="sim-large", messages=say("one two three four"), stream=True)
    said = [next(stream).choices[0].delta.content or ""]
    results = multiprocessing.get_context("fork").Queue()
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(parent.url, results))
    child.start()
    try:
        assert results.get(timeout=60) == (True, "in the child", 384)
    finally:
        child.join(10)
        child.kill()
    said += [chunk.choices[0].delta.content or "" for chunk in stream]
    assert "".join(said) == "one two three four"
