"""The work on a batch: check its file, answer each line as its endpoint would, write the output and error files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ...meaning import vectors
from .. import errors, moderations, replies
from ..requests import read_chat_request, read_embedding_request
from ..responses.answer import respond
from ..transport import to_json
from .job import BatchJob
from .lines import BatchRequest, Problem, read_batch_file

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ...service import Service

_MOST_OUTPUT = 32 * 2**20  # bytes of an output file; what comes after that is not answered
Answer = Callable[["Service", Any, str], "BaseModel"]


def _chat(service: Service, body: Any, owner: str) -> BaseModel:
    asked = read_chat_request(body, service.config)
    return replies.chat_completion(asked, service.answer(asked), replies.created(service.seeded))


def _response(service: Service, body: Any, owner: str) -> BaseModel:
    return respond(service, body, owner)[1]


def _embeddings(service: Service, body: Any, owner: str) -> BaseModel:
    asked = read_embedding_request(body, service.config)
    return replies.embeddings(asked, vectors.shortened(vectors.embedder().embed(asked.texts), asked.dimensions))


def _moderation(service: Service, body: Any, owner: str) -> BaseModel:
    return moderations.moderate(body, service.randomness)


# Endpoint of a batch, without the version -> what answers one of its lines.
ANSWERS: Mapping[str, Answer] = {
    "/chat/completions": _chat,
    "/responses": _response,
    "/embeddings": _embeddings,
    "/moderations": _moderation,
}


def steps(service: Service, answer: Answer, job: BatchJob) -> Iterator[None]:
    """Work on a batch; a step is done at each yield, so that a cancellation is seen between them."""

    def enter(status: str) -> bool:
        return job.enter(status, replies.created(service.seeded))

    file = service.files.find(job.owner, job.input_file_id)
    if file is None:
        requests, problems = [], [Problem("file_not_found", f"The input file {job.input_file_id} is gone.")]
    else:
        requests, problems = read_batch_file(file.content, job.endpoint)
    if problems:
        job.fail(problems, replies.created(service.seeded))
        return
    job.total = len(requests)
    model = service.config.model(str(requests[0].body.get("model")))
    job.model = model.name if model else None
    output: list[bytes] = []
    failed: list[bytes] = []
    size = 0
    if enter("in_progress"):
        yield
        for request in requests:
            if job.status == "cancelling":
                break
            succeeded, line = _line(service, answer, job, request, full=size > _MOST_OUTPUT)
            (output if succeeded else failed).append(line)
            size += len(line)
            yield
    finishes = enter("finalizing")
    job.output_file_id = _written(service, job, "output", output)
    job.error_file_id = _written(service, job, "error", failed)
    yield
    enter("completed" if finishes else "cancelled")


def _line(service: Service, answer: Answer, job: BatchJob, request: BatchRequest, *, full: bool) -> tuple[bool, bytes]:
    """Whether a request succeeded, and its line of the output or the error file."""
    error, usage, status = None, {}, 200
    if full:
        status, body = 0, {}
        error = {
            "code": "output_too_large",
            "message": f"The offline endpoint keeps at most {_MOST_OUTPUT:,} bytes of a batch's output.",
        }
    else:
        try:
            if request.body.get("stream"):
                raise errors.invalid_value("stream", "Streaming is not supported in a batch.")
            body = json.loads(to_json(answer(service, request.body, job.owner)))
            usage = _used(body.get("usage") or {})
        except errors.ApiError as raised:
            status, body = raised.status, raised.body()
        except Exception:  # as a route would: a fault of the endpoint's own is the reply to one line, not to all
            raised = errors.internal()
            status, body = raised.status, raised.body()
    succeeded = status == 200
    job.count(succeeded=succeeded, usage=usage)
    digest = hashlib.sha256(f"{job.id}\n{request.custom_id}".encode("utf-8", "surrogatepass")).hexdigest()
    line = {
        "id": f"batch_req_{digest[:32]}",
        "custom_id": request.custom_id,
        "response": None if error else {"status_code": status, "request_id": f"req_{digest[32:]}", "body": body},
        "error": error,
    }
    return succeeded, json.dumps(line).encode() + b"\n"


def _used(usage: Mapping[str, Any]) -> dict[str, int]:
    """The usage of one reply in the names that a batch adds it up in."""
    details = usage.get("input_tokens_details") or usage.get("prompt_tokens_details") or {}
    return {
        "input_tokens": usage.get("input_tokens") or usage.get("prompt_tokens") or 0,
        "cached_tokens": details.get("cached_tokens") or 0,
        "output_tokens": usage.get("output_tokens") or usage.get("completion_tokens") or 0,
    }


def _written(service: Service, job: BatchJob, kind: str, lines: list[bytes]) -> str | None:
    if not lines:
        return None
    name, at = f"{job.id}_{kind}.jsonl", replies.created(service.seeded)
    return service.files.add(job.owner, name, "batch_output", b"".join(lines), at, job.output_lifetime).id
