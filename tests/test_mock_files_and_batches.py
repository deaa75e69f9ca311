"""Files and batches of the offline endpoint, through the openai clients; what the API has beyond them is refused."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import openai
import pytest
from openai.types import Batch, FileObject
from pydantic import BaseModel
from starlette.requests import Request
from starlette.testclient import TestClient

from helpers.mock_endpoint import MockConfig, RunningEndpoint, create_app, start
from helpers.mock_endpoint.api.batches.job import BatchJob
from helpers.mock_endpoint.api.batches.lines import MOST_REQUESTS
from helpers.mock_endpoint.api.batches.queue import BatchQueue
from helpers.mock_endpoint.api.batches.work import ANSWERS, steps
from helpers.mock_endpoint.api.errors import ApiError
from helpers.mock_endpoint.api.files.store import MOST_BYTES, FileStore
from helpers.mock_endpoint.api.files.upload import read_upload
from helpers.mock_endpoint.service import Service

CHAT, KEY = "/v1/chat/completions", {"Authorization": "Bearer workbook"}
EXAMPLE: Any = {"messages": [{"role": "user", "content": "Hello"}, {"role": "assistant", "content": "Good day."}]}


@pytest.fixture(scope="module")
def endpoint():
    with start(MockConfig(seed=5, keys=frozenset({"workbook", "other"}))) as running:
        yield running


@pytest.fixture(scope="module")
def client(endpoint: RunningEndpoint):
    return openai.OpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0)


def strict(model: type[BaseModel], reply: BaseModel) -> None:
    """The reply holds what the SDK's type requires, in the right types, and nothing the type does not know."""
    model.model_validate(reply.model_dump(), strict=True)
    assert not reply.model_extra


def jsonl(*rows: Any) -> bytes:
    return "\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows).encode()


def line(custom_id: str, said: str = "Say: hello", url: str = CHAT, **body: Any) -> dict[str, Any]:
    whole = {"model": "sim-large", "messages": [{"role": "user", "content": said}]} | body
    return {"custom_id": custom_id, "method": "POST", "url": url, "body": whole}


def upload(client: openai.OpenAI, content: bytes, purpose: Any = "batch", name: str = "lines.jsonl") -> FileObject:
    return client.files.create(file=(name, content), purpose=purpose)


def finished(client: openai.OpenAI, batch: Batch) -> Batch:
    for _ in range(500):
        batch = client.batches.retrieve(batch.id)
        if batch.status in ("completed", "failed", "cancelled"):
            return batch
        time.sleep(0.02)
    raise AssertionError(f"the batch is still {batch.status}")


def ran(client: openai.OpenAI, *rows: Any, endpoint: Any = CHAT) -> Batch:
    file = upload(client, jsonl(*rows))
    return finished(client, client.batches.create(input_file_id=file.id, endpoint=endpoint, completion_window="24h"))


def lines(client: openai.OpenAI, file_id: str | None) -> list[dict[str, Any]]:
    assert file_id is not None
    return [json.loads(row) for row in client.files.content(file_id).text.splitlines()]


# --- files ---------------------------------------------------------------------------------------------------------


def test_a_file_is_uploaded_listed_read_and_deleted(client):
    file = upload(client, "Grüße\n".encode(), "user_data", "notes.txt")
    strict(FileObject, file)
    assert (file.bytes, file.filename, file.purpose, file.status) == (8, "notes.txt", "user_data", "processed")
    assert file.id.startswith("file-") and file.expires_at is None
    assert client.files.retrieve(file.id) == file
    assert client.files.content(file.id).read() == "Grüße\n".encode()
    assert file.id in [one.id for one in client.files.list(purpose="user_data")]
    assert file.id not in [one.id for one in client.files.list(purpose="batch")]
    deleted = client.files.delete(file.id)
    assert (deleted.id, deleted.deleted) == (file.id, True)
    for gone in (client.files.retrieve, client.files.content, client.files.delete):
        with pytest.raises(openai.NotFoundError, match=f"No such File object: {file.id}"):
            gone(file.id)


def test_files_are_listed_by_pages(client):
    ids = [upload(client, b"x", "vision", f"{i}.png").id for i in range(5)]
    page = client.files.list(purpose="vision", limit=2, order="asc")
    assert [file.id for file in page.data] == ids[:2] and page.has_more
    assert [file.id for file in page] == ids
    assert [file.id for file in client.files.list(purpose="vision")] == ids[::-1]
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.list(limit=0)
    assert caught.value.param == "limit"


def test_a_file_belongs_to_the_key_that_uploaded_it(endpoint, client):
    file = upload(client, b"x", "user_data", "x.txt")
    other = openai.OpenAI(base_url=endpoint.url, api_key="other", max_retries=0)
    with pytest.raises(openai.NotFoundError):
        other.files.retrieve(file.id)
    assert other.files.list().data == []


def test_a_file_expires(client, monkeypatch):
    file = client.files.create(
        file=("x.txt", b"x"), purpose="user_data", expires_after={"anchor": "created_at", "seconds": 3600}
    )
    assert file.expires_at == file.created_at + 3600
    assert upload(client, jsonl(line("a"))).expires_at is not None
    with pytest.raises(openai.BadRequestError) as caught:
        client.files.create(
            file=("x.txt", b"x"), purpose="user_data", expires_after={"anchor": "created_at", "seconds": 60}
        )
    assert caught.value.param == "expires_after.seconds"
    later = time.time() + 3601
    monkeypatch.setattr("helpers.mock_endpoint.api.files.store.time.time", lambda: later)
    with pytest.raises(openai.NotFoundError):
        client.files.retrieve(file.id)
    assert file.id not in [one.id for one in client.files.list()]


@pytest.mark.parametrize(
    ("form", "status", "param"),
    [
        ({"data": {"purpose": "user_data"}}, 400, "file"),
        ({"files": {"file": ("x.txt", b"x")}}, 400, "purpose"),
        ({"files": {"file": ("x.txt", b"x")}, "data": {"purpose": "fun"}}, 400, "purpose"),
        ({"files": {"file": ("x.txt", b"")}, "data": {"purpose": "user_data"}}, 400, "file"),
        ({"files": {"file": ("x.txt", b"{}")}, "data": {"purpose": "batch"}}, 400, "file"),
        ({"files": {"file": ("x.txt", b"x" * (MOST_BYTES + 1))}, "data": {"purpose": "user_data"}}, 413, None),
        ({"files": {"file": ("x.txt", b"x" * (2 * MOST_BYTES))}, "data": {"purpose": "user_data"}}, 413, None),
        ({"json": {"purpose": "user_data"}}, 400, None),
        ({"content": b"--", "headers": {"content-type": "multipart/form-data"}}, 400, None),
        ({"content": b"--a\r\nx", "headers": {"content-type": "multipart/form-data; boundary=b"}}, 400, None),
    ],
)
def test_a_wrong_upload_is_told_by_its_field(form, status, param):
    form = dict(form)
    if set(form) == {"data"}:
        form["files"] = {"other": ("x.txt", b"x")}
    with TestClient(create_app(), raise_server_exceptions=False) as web:
        reply = web.post("/v1/files", **form | {"headers": KEY | form.get("headers", {})})
    assert (reply.status_code, reply.json()["error"]["param"]) == (status, param), reply.text


def test_an_endless_upload_is_not_read_to_its_end():
    read = []

    async def receive() -> dict[str, Any]:
        assert len(read) < 20
        read.append(2**20)
        return {"type": "http.request", "body": b"x" * 2**20, "more_body": True}

    request = Request({"type": "http", "headers": [(b"content-type", b"multipart/form-data; boundary=b")]}, receive)
    with pytest.raises(ApiError) as caught:
        asyncio.run(read_upload(request))
    assert caught.value.status == 413 and sum(read) <= MOST_BYTES + 2**20


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([EXAMPLE, "{no json"], "Line 2: it is not a valid JSON dictionary"),
        ([EXAMPLE, "[]"], "Line 2: it is not a valid JSON dictionary"),
        ([EXAMPLE, "", {"prompt": "x"}], "Line 3: it is missing the key 'messages'"),
        ([{"messages": []}], "Line 1: 'messages' must be a non-empty array"),
        ([{"messages": [{"role": "robot", "content": "x"}]}], "Line 1: messages[0] has the role 'robot'"),
        ([{"messages": [{"role": "user"}]}], "Line 1: messages[0] needs 'content'"),
        ([{"messages": [{"role": "user", "content": "x", "weight": 2}]}], "'weight' other than 0 or 1"),
        ([EXAMPLE, {"messages": [EXAMPLE["messages"][0]]}], "Line 2: the last message must be from the assistant"),
        ([{"input": {}, "preferred_output": []}], "Line 1: it is missing the key 'non_preferred_output'"),
    ],
)
def test_a_training_file_is_refused_with_the_line_that_is_wrong(client, rows, says):
    with pytest.raises(openai.BadRequestError) as caught:
        upload(client, jsonl(*rows), "fine-tune")
    assert says in caught.value.message and caught.value.param == "file"


def test_a_training_file_in_order_is_kept(client):
    calling = {"messages": [EXAMPLE["messages"][0], {"role": "assistant", "tool_calls": [{"id": "a"}]}]}
    preferring = {"input": {}, "preferred_output": [], "non_preferred_output": []}
    assert upload(client, jsonl(EXAMPLE, calling, preferring), "fine-tune").purpose == "fine-tune"


def test_files_beyond_the_bound_make_room_for_new_ones():
    store = FileStore()
    first = store.add("me", "a", "user_data", b"x" * MOST_BYTES, 0)
    for i in range(8):
        store.add("me", str(i), "user_data", b"x" * MOST_BYTES, 0)
    assert store.find("me", first.id) is None
    assert sum(len(file.content) for file in store.of("me")) <= 64 * 2**20


def test_an_uploaded_image_is_shown_to_the_responses_api(client):
    image = upload(client, b"\x89PNG\r\n\x1a\n", "vision", "x.png")
    text = upload(client, b"x", "user_data", "x.txt")

    def asked(file_id: str) -> Any:
        return [{"role": "user", "content": [{"type": "input_image", "file_id": file_id, "detail": "auto"}]}]

    with pytest.raises(openai.BadRequestError) as caught:
        client.responses.create(model="sim-large", input=asked(text.id))
    assert caught.value.param == "input[0].content[0].file_id"
    store = FileStore()
    kept = store.add("me", "x.png", "vision", b"\x89PNG", 0)
    assert store.as_data_url("me", kept.id) == "data:image/png;base64,iVBORw=="
    assert store.as_data_url("you", kept.id) is None and image.id != text.id


# --- batches -------------------------------------------------------------------------------------------------------


def test_a_batch_answers_each_line_and_puts_failures_apart(client):
    file = upload(client, jsonl(line("a", "Say: one"), line("b", messages=[]), line("c", "Say: three")))
    batch = client.batches.create(
        input_file_id=file.id, endpoint=CHAT, completion_window="24h", metadata={"for": "a test"}
    )
    strict(Batch, batch)
    assert batch.status == "validating" and batch.id.startswith("batch_")
    batch = finished(client, batch)
    strict(Batch, batch)
    assert batch.status == "completed" and batch.metadata == {"for": "a test"} and batch.model == "sim-large"
    assert batch.request_counts.to_dict() == {"total": 3, "completed": 2, "failed": 1}
    done = lines(client, batch.output_file_id)
    said = {row["custom_id"]: row["response"]["body"]["choices"][0]["message"]["content"] for row in done}
    assert said == {"a": "one", "c": "three"}
    assert all(row["response"]["status_code"] == 200 and row["error"] is None for row in done)
    assert len({row["response"]["request_id"] for row in done} | {row["id"] for row in done}) == 4
    [failed] = lines(client, batch.error_file_id)
    assert (failed["custom_id"], failed["response"]["status_code"]) == ("b", 400)
    assert failed["response"]["body"]["error"]["param"] == "messages"
    used = [row["response"]["body"]["usage"] for row in done]
    assert batch.usage.input_tokens == sum(usage["prompt_tokens"] for usage in used) > 0
    assert batch.usage.output_tokens == sum(usage["completion_tokens"] for usage in used) > 0
    assert client.files.retrieve(batch.output_file_id).purpose == "batch_output"


@pytest.mark.parametrize(
    ("path", "body", "read"),
    [
        (
            "/v1/responses",
            {"model": "sim-large", "input": "Say: hello"},
            lambda body: body["output"][0]["content"][0]["text"] == "hello",
        ),
        ("/v1/embeddings", {"model": "sim-embedding", "input": ["a", "b"]}, lambda body: len(body["data"]) == 2),
        ("/v1/moderations", {"input": "Hello"}, lambda body: body["results"][0]["flagged"] is False),
    ],
)
def test_other_endpoints_have_batches_too(client, path, body, read):
    row = {"custom_id": "a", "method": "POST", "url": path, "body": body}
    batch = ran(client, row, endpoint=path)
    [answered] = lines(client, batch.output_file_id)
    assert batch.status == "completed" and batch.error_file_id is None
    assert read(answered["response"]["body"])
    tokens = answered["response"]["body"].get("usage", {}).get("total_tokens", 0)
    assert batch.usage.total_tokens == tokens


@pytest.mark.parametrize(
    ("rows", "code", "number"),
    [
        ([], "empty_file", None),
        ([line("a"), "{no json"], "invalid_json_line", 2),
        ([line("a"), {"custom_id": "b"}], "missing_required_parameter", 2),
        ([line("a") | {"custom_id": 5}], "invalid_type", 1),
        ([line("a") | {"body": []}], "invalid_type", 1),
        ([line("a"), "", line("b"), line("a")], "duplicate_custom_id", 4),
        ([line("a"), line("b", url="/v1/embeddings")], "mismatched_url", 2),
        ([line("a") | {"method": "GET"}], "invalid_method", 1),
        ([line("a"), line("b", model="sim-small")], "mismatched_model", 2),
        ([line(str(i)) for i in range(MOST_REQUESTS + 1)], "too_many_requests", None),
    ],
)
def test_a_batch_of_a_wrong_file_fails_and_names_the_line(client, rows, code, number):
    batch = ran(client, *rows)
    strict(Batch, batch)
    assert batch.status == "failed" and batch.failed_at and batch.output_file_id is None
    [problem] = batch.errors.data
    assert (problem.code, problem.line) == (code, number)
    assert problem.message and batch.request_counts.total == 0


def test_a_wrong_line_in_a_batch_is_an_error_of_its_own(client):
    batch = ran(client, line("a", stream=True), line("b"), line("c", "half a character: \ud83d"))
    [failed] = lines(client, batch.error_file_id)
    assert failed["response"]["body"]["error"]["param"] == "stream"
    assert [row["custom_id"] for row in lines(client, batch.output_file_id)] == ["b", "c"]


@pytest.mark.parametrize(
    ("changes", "status", "param"),
    [
        ({"endpoint": "/v1/nothing"}, 400, "endpoint"),
        ({"endpoint": "/v1/completions"}, 400, "endpoint"),
        ({"completion_window": "1h"}, 400, "completion_window"),
        ({"input_file_id": "file-none"}, 404, "id"),
        ({"input_file_id": None}, 400, "input_file_id"),
        ({"metadata": {"a": 5}}, 400, "metadata.a"),
        ({"output_expires_after": {"anchor": "created_at", "seconds": 5}}, 400, "output_expires_after.seconds"),
        ({"window": "24h"}, 400, "window"),
    ],
)
def test_a_wrong_batch_is_told_by_its_field(client, changes, status, param):
    file = upload(client, jsonl(line("a")))
    body = {"input_file_id": file.id, "endpoint": CHAT, "completion_window": "24h"} | changes
    with pytest.raises(openai.APIStatusError) as caught:
        client.post("/batches", body=body, cast_to=Batch)
    assert (caught.value.status_code, caught.value.param) == (status, param)


def test_a_batch_wants_a_file_of_its_purpose_and_of_its_key(endpoint, client):
    notes = upload(client, b"x", "user_data", "x.txt")
    with pytest.raises(openai.BadRequestError, match="purpose"):
        client.batches.create(input_file_id=notes.id, endpoint=CHAT, completion_window="24h")
    batch = ran(client, line("a"))
    other = openai.OpenAI(base_url=endpoint.url, api_key="other", max_retries=0)
    with pytest.raises(openai.NotFoundError):
        other.batches.retrieve(batch.id)
    assert other.batches.list().data == []


def test_batches_are_listed_and_one_that_is_over_cannot_be_cancelled(client):
    made = [ran(client, line("a")).id for _ in range(3)]
    page = client.batches.list(limit=2)
    assert [batch.id for batch in page.data] == made[:0:-1] and page.has_more
    assert {batch.id for batch in page} >= set(made)
    with pytest.raises(openai.ConflictError, match="Cannot cancel a batch with status 'completed'"):
        client.batches.cancel(made[0])
    with pytest.raises(openai.NotFoundError):
        client.batches.retrieve("batch_none")


def job_of(*rows: Any) -> tuple[Service, BatchJob]:
    service = Service(MockConfig(seed=1))
    file = service.files.add("me", "lines.jsonl", "batch", jsonl(*rows), 0)
    return service, BatchJob("batch_1", "me", CHAT, file.id, created=0)


def test_a_batch_goes_through_its_statuses_in_order():
    service, job = job_of(line("a"), line("b"))
    seen = [job.status]
    for _ in steps(service, ANSWERS["/chat/completions"], job):
        seen.append(job.status)
    assert [*seen, job.status] == ["validating", *["in_progress"] * 3, "finalizing", "completed"]


def test_a_cancelled_batch_keeps_what_was_answered_before():
    service, job = job_of(*(line(str(i)) for i in range(5)))
    work = steps(service, ANSWERS["/chat/completions"], job)
    for _ in range(3):  # begun, and two lines
        next(work)
    assert job.cancel(7) and job.as_object()["status"] == "cancelling"
    assert list(work) == [None]
    shown = job.as_object()
    assert (shown["status"], shown["cancelling_at"]) == ("cancelled", 7)
    assert shown["request_counts"] == {"total": 5, "completed": 2, "failed": 0}
    kept = service.files.find("me", shown["output_file_id"]).content.splitlines()
    assert [json.loads(row)["custom_id"] for row in kept] == ["0", "1"]
    assert not job.cancel(8)


@pytest.mark.parametrize("rows", [[line("a")], ["{no json"]])
def test_a_batch_cancelled_before_it_begins_is_cancelled(rows):
    service, job = job_of(*rows)
    assert job.cancel(7)
    list(steps(service, ANSWERS["/chat/completions"], job))
    assert job.status == "cancelled" and job.output_file_id is None


def test_a_batch_waits_for_no_client_and_leaves_no_thread_behind():
    before = set(threading.enumerate())
    with start(MockConfig(seed=2)) as running:
        client = openai.OpenAI(base_url=running.url, api_key="workbook", max_retries=0)
        file = upload(client, jsonl(*(line(str(i), f"Say: {i}") for i in range(60))))
        made = [client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h") for _ in range(3)]
        counts = []
        while client.batches.retrieve(made[-1].id).status != "completed":
            # An interactive request is answered while the batches are worked on.
            client.chat.completions.create(model="sim-large", messages=[{"role": "user", "content": "Say: hello"}])
            counts.append(client.batches.retrieve(made[0].id).request_counts.completed)
        assert counts == sorted(counts)
        assert [client.batches.retrieve(batch.id).request_counts.completed for batch in made] == [60] * 3
        client.close()
    left = [thread for thread in set(threading.enumerate()) - before if "warm-up" not in thread.name]
    for thread in left:
        thread.join(5)
    assert not [thread.name for thread in left if thread.is_alive()]


def test_each_batch_is_worked_on_for_the_request_that_asked_for_it():
    asks: ContextVar[str] = ContextVar("asks", default="nobody")
    seen = []

    def work(job: BatchJob) -> Iterator[None]:
        yield
        seen.append((job.id, asks.get()))

    async def ask(queue: BatchQueue, name: str) -> None:
        asks.set(name)
        queue.add(BatchJob(name, name, CHAT, "file-1", created=0))
        await queue.work()

    async def both() -> None:
        queue = BatchQueue(work)
        await asyncio.gather(ask(queue, "one"), ask(queue, "two"))

    asyncio.run(both())
    assert seen == [("one", "one"), ("two", "two")]


def test_a_fault_of_one_batch_is_not_the_next_ones():
    def work(job: BatchJob) -> Iterator[None]:
        if job.id == "bad":
            raise ZeroDivisionError
        job.enter("completed", 0)
        yield

    queue = BatchQueue(work)
    jobs = [BatchJob(name, "me", CHAT, "file-1", created=0) for name in ("bad", "good")]
    for job in jobs:
        queue.add(job)
    asyncio.run(queue.work())
    assert [job.status for job in jobs] == ["failed", "completed"]
    assert jobs[0].as_object()["errors"]["data"][0]["code"] == "server_error"


def test_the_same_seed_names_files_and_batches_alike():
    def names() -> list[Any]:
        with TestClient(create_app(MockConfig(seed=4)), headers=KEY) as web:
            sent = {"file": ("lines.jsonl", jsonl(line("a")))}
            ids = [web.post("/v1/files", files=sent, data={"purpose": "batch"}).json()["id"] for _ in range(2)]
            body = {"input_file_id": ids[0], "endpoint": CHAT, "completion_window": "24h"}
            batch = web.post("/v1/batches", json=body).json()["id"]
            done = web.get(f"/v1/batches/{batch}").json()
            return [*ids, batch, done["output_file_id"], web.get(f"/v1/files/{done['output_file_id']}/content").text]

    one, two = names(), names()
    assert one == two and len(set(one)) == 5


def test_the_async_client_uploads_and_batches(endpoint):
    async def run() -> None:
        async with openai.AsyncOpenAI(base_url=endpoint.url, api_key="workbook", max_retries=0) as client:
            file = await client.files.create(file=("lines.jsonl", jsonl(line("a", "Say: one"))), purpose="batch")
            batch = await client.batches.create(input_file_id=file.id, endpoint=CHAT, completion_window="24h")
            while batch.status != "completed":
                await asyncio.sleep(0.02)
                batch = await client.batches.retrieve(batch.id)
            content = await client.files.content(batch.output_file_id)
            assert '"content": "one"' in content.text

    asyncio.run(run())


def test_azure_has_files_and_batches_on_its_older_address(endpoint):
    base = endpoint.url.removesuffix("/v1")
    azure = openai.AzureOpenAI(azure_endpoint=base, api_version="2025-04-01-preview", api_key="workbook", max_retries=0)
    file = upload(azure, jsonl(line("a", url="/chat/completions", model="gpt-4o")))
    batch = azure.batches.create(input_file_id=file.id, endpoint="/chat/completions", completion_window="24h")  # type: ignore[arg-type]
    assert finished(azure, batch).request_counts.completed == 1


# --- what is not there ---------------------------------------------------------------------------------------------


def test_fine_tuning_is_refused_plainly(client):
    file = upload(client, jsonl(EXAMPLE), "fine-tune")
    with pytest.raises(openai.BadRequestError, match="nothing is trained") as caught:
        client.fine_tuning.jobs.create(model="sim-large", training_file=file.id)
    assert caught.value.code == "not_simulated"
    with pytest.raises(openai.BadRequestError, match="does not simulate"):
        client.fine_tuning.jobs.list()


@pytest.mark.parametrize("path", ["/v1/conversations", "/v1/vector_stores/x/files", "/openai/v1/images/generations"])
def test_other_parts_of_the_api_say_that_they_are_not_simulated(path):
    with TestClient(create_app()) as web:
        reply = web.post(path, json={}, headers=KEY)
        assert (reply.status_code, reply.json()["error"]["code"]) == (400, "not_simulated")
        assert web.post(path, json={}).status_code == 401
