"""An upload read from its multipart form: the file, what it is for, and how long it is to be kept."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, get_args

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from .. import errors as api_errors
from ..fields import Fields
from . import errors
from .store import MOST_BYTES
from .training import check_training_file

_FORM_BYTES = 64 * 2**10  # of a form beside its file
_SHORTEST, _LONGEST = 3_600, 2_592_000  # seconds that a file can be kept: an hour to thirty days
_BATCH_LIFETIME = _LONGEST
_LINES = ("fine-tune", "batch")  # purposes whose files are JSON Lines


@dataclass(frozen=True)
class Upload:
    filename: str
    purpose: str
    content: bytes
    lifetime: int | None  # seconds


async def read_upload(request: Request) -> Upload:
    """Raises ApiError: 400 naming the wrong field, 413 for a file that is too large."""
    body = await _bounded(request)

    async def stream() -> AsyncIterator[bytes]:
        yield body

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise errors.no_form()
    try:
        form = await MultiPartParser(request.headers, stream(), max_files=1, max_fields=16).parse()
    except (MultiPartException, HTTPException, KeyError, ValueError):
        raise errors.no_form() from None
    try:
        file = form.get("file")
        sent = file if isinstance(file, UploadFile) else None
        content, filename = (await sent.read(), sent.filename or "upload") if sent else (None, "")
        fields = Fields({key: value for key, value in form.items() if isinstance(value, str)})
    finally:
        await form.close()
    return await run_in_threadpool(_checked, fields, content, filename)


async def _bounded(request: Request) -> bytes:
    """The body, which is not read on when it becomes too large."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MOST_BYTES + _FORM_BYTES:
            raise errors.too_large(MOST_BYTES)
        parts.append(part)
    return b"".join(parts)


def _checked(fields: Fields, content: bytes | None, filename: str) -> Upload:
    from openai.types import FilePurpose

    if content is None:
        raise api_errors.missing("file")
    purpose = fields.choice("purpose", get_args(FilePurpose), required=True) or ""
    lifetime = read_lifetime(_nested(fields, "expires_after"))
    if len(content) > MOST_BYTES:
        raise errors.too_large(MOST_BYTES)
    if not content.strip() and purpose != "batch":  # an empty batch file is told by the batch
        raise errors.empty_file()
    if purpose in _LINES and not filename.lower().endswith(".jsonl"):
        raise errors.not_jsonl(purpose)
    if purpose == "fine-tune":
        check_training_file(content)
    return Upload(filename, purpose, content, lifetime or (_BATCH_LIFETIME if purpose == "batch" else None))


def _nested(fields: Fields, key: str) -> Fields | None:
    """An object that a form holds as `key[name]` fields; whole numbers among its values are read as such."""
    start = f"{key}["
    found = {name[len(start) : -1]: value for name, value in fields.value.items() if name.startswith(start)}
    values: dict[str, Any] = {name: int(v) if v.isdecimal() and len(v) < 12 else v for name, v in found.items()}
    return Fields(values, key) if values else None


def read_lifetime(expires: Fields | None) -> int | None:
    """Seconds that a file is to be kept, from `expires_after`; None for as long as there is room."""
    if expires is None:
        return None
    expires.choice("anchor", ("created_at",), required=True)
    expires.get("seconds", required=True)
    return expires.integer("seconds", _SHORTEST, _LONGEST)
