"""The lines of a batch's input file, checked before any of them is answered, as the API does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ..files.jsonl import Line, lines_of

MOST_REQUESTS = 2_000  # the API takes 50,000
_MOST_PROBLEMS = 100
_REQUIRED = ("custom_id", "method", "url", "body")


@dataclass(frozen=True)
class BatchRequest:
    custom_id: str
    body: dict[str, Any]


@dataclass(frozen=True)
class Problem:
    """Why a batch fails; line counts from 1, None when it is the file as a whole."""

    code: str
    message: str
    line: int | None = None
    param: str | None = None


def read_batch_file(content: bytes, endpoint: str) -> tuple[list[BatchRequest], list[Problem]]:
    """The requests of a file for an endpoint, and what is wrong with it: with any problem, nothing is answered."""
    requests: list[BatchRequest] = []
    problems: list[Problem] = []
    ids: set[str] = set()
    model: Any = None
    for line in lines_of(content):
        problem = _wrong(line, endpoint) or _wrong_among(line, ids, model)
        if problem is not None:
            problems.append(problem)
        elif line.value is not None:
            ids.add(line.value["custom_id"])
            model = model or line.value["body"].get("model")
            requests.append(BatchRequest(line.value["custom_id"], line.value["body"]))
        if len(problems) == _MOST_PROBLEMS:
            break
    if not requests and not problems:
        problems.append(Problem("empty_file", "The input file is empty: it must hold at least one request."))
    if len(requests) > MOST_REQUESTS:
        problems.append(
            Problem("too_many_requests", f"The input file holds more than {MOST_REQUESTS:,} requests, the most here.")
        )
    return requests, problems


def without_version(url: str) -> str:
    """Azure's batches name their endpoint without the `/v1` that OpenAI's have."""
    return url.removeprefix("/v1")


def _wrong(line: Line, endpoint: str) -> Problem | None:
    """What is wrong with a line by itself."""
    number, value = line.number, line.value
    if value is None:
        return Problem("invalid_json_line", "This line is not parseable as valid JSON.", number)
    for key in _REQUIRED:
        if key not in value:
            return Problem("missing_required_parameter", f"Missing required parameter: '{key}'.", number, key)
    for key, kind in (("custom_id", str), ("method", str), ("url", str), ("body", dict)):
        if not isinstance(value[key], kind):
            what = "an object" if kind is dict else "a string"
            return Problem("invalid_type", f"Invalid type for '{key}': expected {what}.", number, key)
    if value["method"] != "POST":
        return Problem(
            "invalid_method", f"Invalid method '{value['method']}': only POST is supported.", number, "method"
        )
    if without_version(value["url"]) != without_version(endpoint):
        return Problem(
            "mismatched_url",
            f"The URL provided for this request, '{value['url']}', does not match the batch endpoint '{endpoint}'.",
            number,
            "url",
        )
    return None


def _wrong_among(line: Line, ids: set[str], model: Any) -> Problem | None:
    """What is wrong with a line beside those before it."""
    assert line.value is not None
    custom_id, own = line.value["custom_id"], line.value["body"].get("model")
    if custom_id in ids:
        return Problem(
            "duplicate_custom_id",
            f"The custom_id '{custom_id}' for this request is a duplicate of another request. The custom_id parameter "
            "must be unique for each request in a batch.",
            line.number,
            "custom_id",
        )
    if model is not None and own is not None and own != model:
        return Problem(
            "mismatched_model",
            f"The model '{own}' provided for this request does not match the model '{model}' of the rest of the batch. "
            "Each batch must contain requests for a single model.",
            line.number,
            "body.model",
        )
    return None
