"""The errors that only the Responses API has, in its own words."""

from __future__ import annotations

from ..errors import ApiError


def nothing_asked() -> ApiError:
    return ApiError(
        400,
        "One of 'input' or 'previous_response_id' must be provided.",
        code="missing_required_parameter",
        param="input",
    )


def unknown_response(identity: str) -> ApiError:
    return ApiError(404, f"Response with id '{identity}' not found.")


def unknown_previous_response(identity: str) -> ApiError:
    return ApiError(
        400,
        f"Previous response with id '{identity}' not found.",
        code="previous_response_not_found",
        param="previous_response_id",
    )


def unknown_item(identity: str) -> ApiError:
    return ApiError(
        404,
        f"Item with id '{identity}' not found. Items are not persisted when `store` is set to false. Try again with "
        "`store` set to true, or remove this item from your input.",
        param="input",
    )


def call_without_output(call_id: str) -> ApiError:
    return ApiError(400, f"No tool output found for function call {call_id}.", param="input")


def output_without_call(call_id: str) -> ApiError:
    return ApiError(400, f"No tool call found for function call output with call_id {call_id}.", param="input")


def not_in_background(identity: str) -> ApiError:
    return ApiError(400, f"Cannot cancel a synchronous response: {identity} was not created with background=true.")


def cannot_stream_again() -> ApiError:
    return ApiError(
        400, "A response can be streamed again only if it was created with background=true.", param="stream"
    )


def input_too_long() -> ApiError:
    return ApiError(
        400,
        "Your input exceeds the context window of this model. Please adjust your input and try again.",
        code="context_length_exceeded",
        param="input",
    )


def missing_word_json() -> ApiError:
    return ApiError(
        400,
        "Response input messages must contain the word 'json' in some form to use 'text.format' of type 'json_object'.",
        param="input",
    )
