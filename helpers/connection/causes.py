"""Why a call failed, and what to do about it: one cause and one next step for each kind of error.

Told by types, statuses and codes. Messages are never quoted: a service repeats parts of keys in some of them.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Cause:
    """What is wrong, as a clause without its full stop, and the next step. `settled`: trying again cannot help."""

    what: str
    next_step: str
    settled: bool = True


PRIVATE_CA = Cause(
    "its certificate comes from an authority that this machine does not trust, which is what a company's proxy looks "
    "like when it opens connections",
    "get the company's root certificate from IT as a PEM file, and put its path into WORKBOOK_CA_FILE",
)
NAME = Cause(
    "no such host name is known here",
    "compare the address in .env letter by letter; if it is right, join the VPN, or set HTTPS_PROXY",
)
REFUSED = Cause(
    "nothing listens at that address (connection refused)",
    "look at host and port in .env; start the server if it is your own",
    settled=False,
)
TOO_SLOW = Cause(
    "no answer came in time",
    "look at VPN, proxy and firewall; a model that was just loaded is slow once",
    settled=False,
)
DROPPED = Cause(
    "the connection ended before an answer was whole", "try again; if it stays, ask who runs proxy and firewall", False
)
CROWDED = Cause("too many calls at a time: one waited too long for its turn", "use fewer workers", settled=False)
PROXY_PASSWORD = Cause(
    "the proxy wants a name and a password (407)",
    "write HTTPS_PROXY as http://NAME:PASSWORD@host:port, with %40 for an @ in the password, or ask IT",
)
PROXY_REFUSED = Cause(
    "the proxy does not let this address through", "ask IT to allow the host, or name it in NO_PROXY if it is inside"
)
NO_PROXY_THERE = Cause("the proxy cannot be reached", "look at HTTPS_PROXY; unset it where there is no proxy")
WEB_PAGE = Cause(
    "a web page answered, not the API: a sign-in page of the network, a page of the proxy, or a wrong address",
    "open any page in the browser and sign in; then look at the address in .env, and at the proxy",
)
CLOCK = Cause(
    "this computer's clock is off, so a certificate or token seems not to be valid",
    "let the system set time and date by itself",
)

_BY_STATUS = {
    400: Cause(
        "the request was not accepted", "look at the error's `param` and `code`: one field of the call is wrong"
    ),
    401: Cause(
        "the key was not accepted",
        "copy the key anew into .env; on Azure look that it belongs to this very resource and region",
    ),
    403: Cause("access is denied", "ask for access to this model, or to the network from which it may be called"),
    404: Cause("there is no such route or model", "look at the address and the model's name in .env"),
    405: Cause(
        "the address answers, but not to this kind of call", "look at the address in .env: it may be redirected"
    ),
    408: TOO_SLOW,
    429: Cause("the quota is used up for now", "wait as long as `retry-after` says; for a room ask for more", False),
}
_BY_CODE = {
    "DeploymentNotFound": Cause(
        "this Azure resource has no deployment of that name",
        "take the name from the resource's page Deployments, not from the catalogue of models; a new one needs minutes",
    ),
    "model_not_found": Cause(
        "there is no model of that name, or it is not for this key",
        "look at WORKBOOK_CHAT_LARGE and the others in .env",
    ),
    "insufficient_quota": Cause(
        "the account's credit or budget is spent, so waiting does not help",
        "ask the owner of the account to add credit",
    ),
    "content_filter": Cause("the content filter stopped it", "word it otherwise, or ask the filter's owner"),
    "OperationNotSupported": Cause(
        "that model cannot do this kind of call", "look which role has which deployment: chat models make no embeddings"
    ),
    "PermissionDenied": Cause(
        "your sign-in is known but has no right here",
        "ask for the role “Cognitive Services OpenAI User” on the resource; it takes some minutes",
    ),
    "context_length_exceeded": Cause("the prompt is too long for the model", "send less text"),
    "unsupported_parameter": Cause(
        "the model does not take one of the parameters", "leave out the one in `param`, or use the name it proposes"
    ),
}


def rows() -> list[dict[str, str]]:
    """Every cause with its next step, to show as a table."""
    network = (
        NAME,
        REFUSED,
        TOO_SLOW,
        DROPPED,
        CROWDED,
        PRIVATE_CA,
        PROXY_PASSWORD,
        PROXY_REFUSED,
        NO_PROXY_THERE,
        WEB_PAGE,
    )
    seen = [("no answer", cause) for cause in (*network, CLOCK)]
    seen += [(str(status), cause) for status, cause in _BY_STATUS.items() if cause is not TOO_SLOW]
    seen += [(f"`{code}`", cause) for code, cause in _BY_CODE.items()]
    return [{"what came": came, "why": cause.what, "what to do": cause.next_step} for came, cause in seen]


def cause_of(error: BaseException) -> Cause:
    """The cause of an exception of the openai package, httpx2, ssl, socket or azure-identity."""
    for link in _chain(error):
        if isinstance(link, HasCause):
            return link.cause
        if isinstance(link, ssl.SSLCertVerificationError):
            # 9: not yet valid, 10: expired
            return CLOCK if link.verify_code == 9 else PRIVATE_CA
    for link in _chain(error):
        if found := _network(link):
            return found
    return _answered(error)


class HasCause(Exception):
    """An exception that knows its cause."""

    cause: Cause


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        # anyio hides what happened in a group of attempts.
        group = isinstance(error, BaseExceptionGroup)
        error = error.exceptions[0] if group else error.__cause__ or error.__context__


def _network(error: BaseException) -> Cause | None:
    name, text = type(error).__name__, str(error)
    if name == "ProxyError" or text.startswith("Tunnel connection failed"):
        return PROXY_PASSWORD if "407" in text else PROXY_REFUSED
    if isinstance(error, socket.gaierror):
        return NAME
    if isinstance(error, ConnectionRefusedError):
        return REFUSED
    if name == "PoolTimeout":
        return CROWDED
    if isinstance(error, TimeoutError) or name.endswith("Timeout") or name == "APITimeoutError":
        return TOO_SLOW
    if isinstance(error, ConnectionError) or name in ("RemoteProtocolError", "ReadError", "WriteError"):
        return DROPPED
    if isinstance(error, ssl.SSLError):
        return Cause(
            "the encrypted connection could not be made", "look at https or http in the address, and the proxy"
        )
    return None


def _answered(error: BaseException) -> Cause:
    status, code = getattr(error, "status_code", None), getattr(error, "code", None)
    body = getattr(error, "body", None)
    message = str(body.get("message", "")) if isinstance(body, dict) else ""
    if status == 401 and "audience" in message:
        return Cause(
            "the token was not accepted: it is missing, expired, or made for another service",
            "sign in again (`az login`); with a key, look whether the address is of Azure and the key is set",
        )
    if status == 400 and "api version" in message.lower():
        return Cause(
            "Azure does not know that api-version", "correct OPENAI_API_VERSION, or delete it for the v1 route"
        )
    if status == 429 and code != "insufficient_quota":
        return _BY_STATUS[429]
    if isinstance(code, str) and code in _BY_CODE:
        return _BY_CODE[code]
    if isinstance(status, int):
        after = Cause(
            "the service is in trouble", "try again in a few minutes; look at the provider's status page", False
        )
        return _BY_STATUS.get(status, after if status >= 500 else _BY_STATUS[400])
    if type(error).__name__ == "APIConnectionError":
        return Cause("the endpoint cannot be reached", "look at the address in .env, and at HTTPS_PROXY", False)
    return Cause(
        f"something unexpected came back ({type(error).__name__})", "see whether the address is of an OpenAI API"
    )
