"""Which exceptions mean that the model service could not answer, in the learner's words. Imports no client.

A reply of a ScriptedClient is part of the exercise, so its errors are never counted as the endpoint's.
"""

from __future__ import annotations

import sys

from helpers.grading.failures import EndpointDown, leaf

SCRIPTED_HOST = "scripted.invalid"

_BY_STATUS = {
    401: ("The endpoint did not accept the key (401).", "Check the key of your profile, then check again."),
    402: ("The budget of this session is used up.", "Raise it with `connect(budget_usd=…)`, then check again."),
    403: ("The endpoint refused this key or network (403).", "Ask whoever manages the resource, or use the mock."),
    404: (
        "The endpoint does not know this model, deployment or address (404).",
        "Compare the names in your profile with what the endpoint lists, then check again.",
    ),
    408: ("The endpoint took too long (408).", "Check again in a minute."),
    409: ("The endpoint was busy with a conflicting request (409).", "Check again in a minute."),
    429: ("The endpoint's quota is used up for now (429).", "Wait a minute and check again, or use the mock."),
}
_BY_CODE = {
    "content_filter": (
        "The endpoint's content filter stopped a request of this check.",
        "Look at the text that was sent; if it is harmless, check again or use the mock.",
    ),
    "budget_exceeded": _BY_STATUS[402],
    "sign_in_failed": (
        "Nobody is signed in to Azure on this machine.",
        "Run `az login` in a terminal, then check again.",
    ),
}
_UNREACHABLE = (
    "The endpoint could not be reached.",
    "Check the network and the address of your profile, or use the mock.",
)
_TIMED_OUT = ("The endpoint did not answer in time.", "Check again in a minute, or use the mock.")
_BROKEN = ("The endpoint itself failed ({status}).", "Check again in a minute, or use the mock.")


def endpoint_failure(error: BaseException) -> EndpointDown | None:
    """EndpointDown when `error`, or an exception it was raised from, is the service's failure; else None."""
    seen = 0
    current: BaseException | None = leaf(error)
    while current is not None and seen < 8:
        found = _cause(current)
        if found:
            return EndpointDown(" ".join(found))
        current, seen = current.__cause__ or current.__context__, seen + 1
    return None


def _cause(error: BaseException) -> tuple[str, str] | None:
    if _is_scripted(error):
        return None
    code = getattr(error, "code", None)
    if isinstance(code, str) and code in _BY_CODE:
        return _BY_CODE[code]
    openai = sys.modules.get("openai")
    if openai and isinstance(error, openai.OpenAIError):
        return _of_openai(openai, error)
    httpx2 = sys.modules.get("httpx2")
    if httpx2 and isinstance(error, httpx2.TransportError):
        return _TIMED_OUT if isinstance(error, httpx2.TimeoutException) else _UNREACHABLE
    return None


def _of_openai(openai, error: BaseException) -> tuple[str, str] | None:
    if isinstance(error, openai.APITimeoutError):
        return _TIMED_OUT
    if isinstance(error, openai.APIConnectionError):
        return _UNREACHABLE
    if isinstance(error, openai.ContentFilterFinishReasonError):
        return _BY_CODE["content_filter"]
    status = getattr(error, "status_code", 0)
    if status >= 500:
        return _BROKEN[0].format(status=status), _BROKEN[1]
    return _BY_STATUS.get(status)


def _is_scripted(error: BaseException) -> bool:
    """Whether the request went to a ScriptedClient (its host resolves nowhere, RFC 2606)."""
    try:
        return error.request.url.host == SCRIPTED_HOST
    except (AttributeError, RuntimeError):  # httpx2 raises RuntimeError where no request is set
        return False
