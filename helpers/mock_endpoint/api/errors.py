"""The API's errors: status, code, and the exact JSON shape that OpenAI and Azure OpenAI each answer with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass
class ApiError(Exception):
    """An error reply. `param` names the field of the body that is wrong, as a path such as `messages[0].role`."""

    status: int
    message: str
    code: str | None = None
    param: str | None = None
    type: str | None = "invalid_request_error"
    azure_only: bool = False  # Azure's gateway answers with code and message alone
    details: Mapping[str, Any] | None = None  # further fields of the error object

    def body(self) -> dict[str, Any]:
        """The JSON body."""
        if self.azure_only:
            return {"error": {"code": self.code, "message": self.message}}
        error = {"message": self.message, "type": self.type, "param": self.param, "code": self.code}
        return {"error": {**error, **(self.details or {})}}


# --- before the body is read ---------------------------------------------------------------------------------------


def missing_key() -> ApiError:
    return ApiError(
        401,
        "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth "
        "(i.e. Authorization: Bearer YOUR_KEY). The offline endpoint's default key is `workbook`.",
    )


def wrong_key(key: str) -> ApiError:
    shown = key if len(key) <= 8 else f"{key[:4]}{'*' * (len(key) - 8)}{key[-4:]}"
    return ApiError(
        401,
        f"Incorrect API key provided: {shown}. The offline endpoint's default key is `workbook`.",
        code="invalid_api_key",
    )


def azure_wrong_key() -> ApiError:
    return ApiError(
        401,
        "Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an "
        "active subscription and use a correct regional API endpoint for your resource.",
        code="401",
        azure_only=True,
    )


def unknown_route(method: str, path: str) -> ApiError:
    return ApiError(404, f"Invalid URL ({method} {path})")


def azure_unknown_route() -> ApiError:
    return ApiError(404, "Resource not found", code="404", azure_only=True)


def wrong_method(method: str, path: str) -> ApiError:
    return ApiError(
        405,
        f"Not allowed to {method} on {path}. (HINT: Perhaps you meant to use a different HTTP method?)",
        code="method_not_supported",
    )


def unparseable() -> ApiError:
    return ApiError(
        400,
        "We could not parse the JSON body of your request. (HINT: This likely means you aren't using your HTTP library "
        "correctly. The API expects a JSON payload, but what was sent was not valid JSON.)",
    )


def internal() -> ApiError:
    return ApiError(
        500, "The offline endpoint had an error of its own. Please report the request.", type="server_error"
    )


# --- a busy service ------------------------------------------------------------------------------------------------

_UNITS = {"requests": "requests per min (RPM)", "tokens": "tokens per min (TPM)"}


def rate_limited(kind: str, limit: int, used: int, requested: int, wait: str) -> ApiError:
    """kind is 'requests' or 'tokens'; wait is a time as the API writes it, such as 1m30s."""
    return ApiError(
        429,
        f"Rate limit reached for your key on {_UNITS[kind]}: Limit {limit}, Used {used}, Requested {requested}. "
        f"Please try again in {wait}.",
        code="rate_limit_exceeded",
        type=kind,
    )


def request_too_large(limit: int, requested: int) -> ApiError:
    return ApiError(
        429,
        f"Request too large for your key on {_UNITS['tokens']}: Limit {limit}, Requested {requested}. The input or "
        "output tokens must be reduced in order to run successfully.",
        code="rate_limit_exceeded",
        type="tokens",
    )


def azure_rate_limited(api_version: str | None, kind: str, seconds: int) -> ApiError:
    version = f" under Azure OpenAI API version {api_version}" if api_version else ""
    limit = "call rate limit" if kind == "requests" else "token rate limit"
    return ApiError(
        429,
        f"Requests to this operation{version} have exceeded {limit} of your current OpenAI S0 pricing tier. Please "
        f"retry after {seconds} second{'' if seconds == 1 else 's'}.",
        code="429",
        azure_only=True,
    )


def insufficient_quota() -> ApiError:
    return ApiError(
        429,
        "You exceeded your current quota, please check your plan and billing details. (Simulated: this key's token "
        "budget is spent.)",
        code="insufficient_quota",
        type="insufficient_quota",
    )


def server_error() -> ApiError:
    return ApiError(
        500,
        "The server had an error while processing your request. Sorry about that! (Simulated: an injected fault.)",
        type="server_error",
    )


def overloaded() -> ApiError:
    return ApiError(
        503,
        "The engine is currently overloaded, please try again later. (Simulated: an injected fault.)",
        type="server_error",
    )


def content_filtered(results: Mapping[str, Any]) -> ApiError:
    """Azure's refusal of a prompt; results has a verdict a category."""
    return ApiError(
        400,
        "The response was filtered due to the prompt triggering Azure OpenAI's content management policy. Please "
        "modify your prompt and retry.",
        code="content_filter",
        param="prompt",
        type=None,
        details={
            "status": 400,
            "innererror": {"code": "ResponsibleAIPolicyViolation", "content_filter_result": dict(results)},
        },
    )


def upstream_failed(why: str) -> ApiError:
    return ApiError(502, f"The endpoint that is being recorded could not be reached: {why}", type="server_error")


# --- models --------------------------------------------------------------------------------------------------------


def unknown_model(name: str) -> ApiError:
    return ApiError(
        404,
        f"The model `{name}` does not exist or you do not have access to it. GET /v1/models lists what answers here.",
        code="model_not_found",
    )


def unknown_deployment() -> ApiError:
    return ApiError(
        404,
        "The API deployment for this resource does not exist. If you created the deployment within the last 5 minutes, "
        "please wait a moment and try again.",
        code="DeploymentNotFound",
        azure_only=True,
    )


def wrong_kind(name: str, operation: str) -> ApiError:
    return ApiError(
        400,
        f"The {operation} operation does not work with the specified model, {name}. Please choose a different model "
        "and try again.",
        code="OperationNotSupported",
        param="model",
    )


# --- fields of the body --------------------------------------------------------------------------------------------


def missing(param: str) -> ApiError:
    return ApiError(400, f"Missing required parameter: '{param}'.", code="missing_required_parameter", param=param)


def unknown_field(param: str) -> ApiError:
    return ApiError(400, f"Unknown parameter: '{param}'.", code="unknown_parameter", param=param)


def invalid_type(param: str, expected: str, value: Any) -> ApiError:
    return ApiError(
        400,
        f"Invalid type for '{param}': expected {expected}, but got {_kind(value)} instead.",
        code="invalid_type",
        param=param,
    )


def invalid_value(param: str, message: str) -> ApiError:
    return ApiError(400, message, code="invalid_value", param=param)


def out_of_range(param: str, kind: str, bound: str, limit: float, value: float) -> ApiError:
    """bound is 'below minimum' or 'above maximum'; kind is 'integer' or 'decimal'."""
    sign = ">=" if bound.startswith("below") else "<="
    code = f"{kind}_{bound.replace(' ', '_').replace('minimum', 'min').replace('maximum', 'max')}_value"
    return ApiError(
        400,
        f"Invalid '{param}': {kind} {bound} value. Expected a value {sign} {limit}, but got {value} instead.",
        code=code,
        param=param,
    )


def empty_array(param: str) -> ApiError:
    return ApiError(
        400,
        f"Invalid '{param}': empty array. Expected an array with minimum length 1, but got an empty array instead.",
        code="empty_array",
        param=param,
    )


def not_simulated(param: str, what: str) -> ApiError:
    """For what the API has and this endpoint has not: said, never quietly ignored."""
    return ApiError(
        400,
        f"The offline endpoint does not simulate {what}. Leave '{param}' out, or connect to a live endpoint.",
        code="not_simulated",
        param=param,
    )


def route_not_simulated(what: str) -> ApiError:
    return ApiError(400, f"The offline endpoint does not simulate {what}. A live endpoint does.", code="not_simulated")


def invalid_schema(what: str, why: str, param: str, code: str | None) -> ApiError:
    return ApiError(400, f"Invalid schema for {what}: {why}", code=code, param=param)


def missing_word_json() -> ApiError:
    return ApiError(
        400,
        "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.",
        param="messages",
    )


def tool_message_without_call(position: int) -> ApiError:
    return ApiError(
        400,
        "Invalid parameter: messages with role 'tool' must be a response to a preceeding message with 'tool_calls'.",
        param=f"messages.[{position}].role",
    )


def unanswered_calls(ids: list[str], position: int) -> ApiError:
    return ApiError(
        400,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. "
        f"The following tool_call_ids did not have response messages: {', '.join(ids)}",
        param=f"messages.[{position}].role",
    )


def picture_not_from_user(path: str, role: str) -> ApiError:
    return invalid_value(
        path,
        f"Invalid '{path}'. Image URLs are only allowed for messages with role 'user', but this message with role "
        f"'{role}' contains an image URL.",
    )


def context_length_exceeded(limit: int, prompt_tokens: int, reply_tokens: int, param: str) -> ApiError:
    if reply_tokens:
        counts = (
            f"you requested {prompt_tokens + reply_tokens} tokens ({prompt_tokens} in the {param}, {reply_tokens} in "
            f"the completion). Please reduce the length of the {param} or completion."
        )
    else:
        counts = f"your {param} resulted in {prompt_tokens} tokens. Please reduce the length of the {param}."
    return ApiError(
        400,
        f"This model's maximum context length is {limit} tokens. However, {counts}",
        code="context_length_exceeded",
        param=param,
    )


def _kind(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int():
            return "an integer"
        case float():
            return "a decimal"
        case str():
            return "a string"
        case list():
            return "an array"
        case _:
            return "an object"
