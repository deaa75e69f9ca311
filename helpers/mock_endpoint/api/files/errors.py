"""The errors that only files and batches have, in the API's own words."""

from __future__ import annotations

from ..errors import ApiError


def unknown_file(identity: str) -> ApiError:
    return ApiError(404, f"No such File object: {identity}", param="id")


def no_form() -> ApiError:
    return ApiError(
        400, "We could not parse the multipart form of your request: send 'file' and 'purpose' as form data."
    )


def too_large(limit: int) -> ApiError:
    return ApiError(413, f"The file is too large: the offline endpoint keeps at most {limit:,} bytes of one file.")


def empty_file() -> ApiError:
    return ApiError(400, "The file is empty.", param="file")


def not_jsonl(purpose: str) -> ApiError:
    return ApiError(400, f"Invalid file format for purpose '{purpose}'. Must be .jsonl", param="file")


def wrong_line(line: int, why: str) -> ApiError:
    """A line (counted from 1) of a training file that no training could read."""
    return ApiError(400, f"Invalid file format. Line {line}: {why}", code="invalid_file_format", param="file")


def not_a_batch_file(identity: str, purpose: str) -> ApiError:
    return ApiError(
        400,
        f"Invalid input file: '{identity}' has the purpose '{purpose}', but a batch needs one of purpose 'batch'.",
        code="invalid_file_purpose",
        param="input_file_id",
    )


def unknown_batch(identity: str) -> ApiError:
    return ApiError(404, f"No batch found with id '{identity}'.")


def batch_is_over(status: str) -> ApiError:
    return ApiError(409, f"Cannot cancel a batch with status '{status}'.")
