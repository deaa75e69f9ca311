"""The way to the endpoint, one step after the other: proxy, name, connection, encryption, and what answers there."""

from __future__ import annotations

import contextlib
import http.client
import os
import socket
import ssl
import time
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from helpers.connection import causes, network
from helpers.doctor.findings import Finding, within

if TYPE_CHECKING:
    import httpx2

    from helpers.endpoint import Endpoint

CLOCK_WARNING_S, CLOCK_FAILURE_S = 60, 300
TRUSTED_VARIABLES = (*network.INSTEAD, *network.BESIDES)


def environment(endpoint: Endpoint) -> Iterator[Finding]:
    """Proxy and certificates as the clients see them. No password: a proxy's address may hold one."""
    proxy = network.proxy_for(endpoint.base_url)
    if proxy:
        yield Finding("proxy", "ok", f"{network.without_password(proxy)} is asked for {_host(endpoint)}")
    elif any(os.environ.get(name) for name in ("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy")):
        yield Finding("proxy", "ok", f"one is set, and {_host(endpoint)} is reached without it")
    else:
        yield Finding("proxy", "ok", "none is set")
    wrong = list(network.problems())
    for problem in wrong:
        yield Finding("certificates", "failure", f"{problem.field} {problem.what}", f"put {problem.put}")
    named = [name for name in TRUSTED_VARIABLES if os.environ.get(name)]
    named += ["WORKBOOK_CA_FILE"] if endpoint.settings.ca_file else []
    if not wrong and endpoint.base_url.startswith("http://"):
        yield Finding("certificates", "ok", "none is needed for plain http")
    elif not wrong:
        yield Finding("certificates", "ok", f"from {', '.join(named)}" if named else "the system's")
    for note in endpoint.settings.notes:
        name, _, rest = note.partition(" ")
        yield Finding("settings", "warning", f"{name} {rest}", "unset the one that you do not mean")


@dataclass
class Way:
    """How far the way to a live endpoint goes. `open` once the API, or something like it, answered."""

    endpoint: Endpoint
    limit: float
    open: bool = field(default=False, init=False)

    def findings(self) -> Iterator[Finding]:
        """A finding for each step; the first that fails is the last."""
        steps = [("name", self._name), ("connection", self._connection)]
        if self._encrypted:
            steps.append(("encryption", self._encryption))
        for name, step in steps:
            started = time.perf_counter()
            try:
                found = within(self.limit, step)
            except Exception as error:
                cause = self._cause(error, name)
                yield Finding(name, "failure", cause.what, cause.next_step)
                return
            yield Finding(name, "ok", f"{found}, {1000 * (time.perf_counter() - started):.0f} ms")
        yield from self._answer()

    @property
    def _encrypted(self) -> bool:
        return self.endpoint.base_url.startswith("https://")

    @property
    def _proxy(self) -> str | None:
        return network.proxy_for(self.endpoint.base_url)

    @property
    def _goal(self) -> tuple[str, int]:
        parts = urlsplit(self.endpoint.base_url)
        return parts.hostname or "", parts.port or (443 if self._encrypted else 80)

    @property
    def _first(self) -> tuple[str, int]:
        """Whom this machine talks to itself: the proxy, or the endpoint."""
        if not self._proxy:
            return self._goal
        parts = urlsplit(self._proxy)
        return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)

    def _name(self) -> str:
        host, port = self._first
        socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return f"{host} is known" + (" (the proxy)" if self._proxy else "")

    def _connection(self) -> str:
        if self._proxy and not self._encrypted:
            with socket.create_connection(self._first, timeout=self.limit):
                return "the proxy accepts connections"
        connection = self._tunnel()
        connection.close()
        return "the proxy lets it through" if self._proxy else f"port {self._goal[1]} accepts connections"

    def _encryption(self) -> str:
        context = self.endpoint._verify or ssl.create_default_context()
        connection = self._tunnel()
        with contextlib.closing(connection), context.wrap_socket(connection.sock, server_hostname=self._goal[0]) as own:
            return f"{own.version()}, the certificate is trusted"

    def _tunnel(self) -> http.client.HTTPConnection:
        """A connection that reaches to the endpoint's port, through the proxy where there is one."""
        connection = http.client.HTTPConnection(*self._first, timeout=self.limit)
        if self._proxy:
            parts = urlsplit(self._proxy)
            headers = {}
            if parts.username is not None:
                word = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
                headers["Proxy-Authorization"] = f"Basic {b64encode(word.encode()).decode()}"
            connection.set_tunnel(*self._goal, headers=headers)
        connection.connect()
        return connection

    def _cause(self, error: Exception, step: str) -> causes.Cause:
        cause = causes.cause_of(error)
        if self._proxy and cause in (causes.NAME, causes.REFUSED, causes.TOO_SLOW) and step != "encryption":
            return causes.NO_PROXY_THERE
        if cause is causes.PRIVATE_CA and (issuer := self._issuer()):
            return causes.Cause(f"{cause.what}; it was issued by {issuer}", cause.next_step)
        return cause

    def _issuer(self) -> str:
        """Who issued the certificate that was not trusted, "" when that cannot be said."""
        with contextlib.suppress(Exception):
            from cryptography import x509

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection = within(self.limit, self._tunnel)
            with contextlib.closing(connection), context.wrap_socket(connection.sock) as own:
                content = own.getpeercert(binary_form=True) or b""
            issuer = x509.load_der_x509_certificate(content).issuer
            names = [str(attribute.value) for attribute in issuer]
            return "".join(character for character in ", ".join(names)[:80] if character.isprintable())
        return ""

    def _answer(self) -> Iterator[Finding]:
        """Asks for the list of models without a key: whatever the API says to that, it is the API."""
        import httpx2

        url = f"{self.endpoint.base_url.rstrip('/')}/models"
        options = network.client_options(self.endpoint._verify, url)
        try:
            with httpx2.Client(**options, timeout=self.limit, follow_redirects=False) as client:
                response = within(self.limit, lambda: client.get(url))
        except Exception as error:
            cause = causes.cause_of(error)
            yield Finding("answer", "failure", cause.what, cause.next_step)
            return
        yield from self._said(response)

    def _said(self, response: httpx2.Response) -> Iterator[Finding]:
        kind = response.headers.get("content-type", "").partition(";")[0]
        if response.is_redirect:
            elsewhere = urlsplit(response.headers.get("location", "")).hostname or "another path"
            step = "put the address where it ends into .env; if you do not know that host, sign in to the network first"
            yield Finding("answer", "failure", f"{response.status_code}, sends you on to {elsewhere}", step)
        elif kind == "text/html":
            yield Finding("answer", "failure", causes.WEB_PAGE.what, causes.WEB_PAGE.next_step)
        elif response.status_code == 407:
            yield Finding("answer", "failure", causes.PROXY_PASSWORD.what, causes.PROXY_PASSWORD.next_step)
        elif response.status_code >= 500:
            step = "try again in a few minutes; ask who runs the gateway"
            yield Finding("answer", "warning", f"HTTP answers, with {response.status_code}", step)
            self.open = True
        else:
            yield Finding("answer", "ok", f"HTTP answers ({response.status_code} without a key)")
            self.open = True
        if self.open:
            yield from clock(response.headers.get("date"), time.time())


def clock(date: str | None, now: float) -> Iterator[Finding]:
    """This computer's clock against a reply's Date header; certificates and tokens are valid for a time."""
    try:
        off = now - parsedate_to_datetime(date or "").timestamp()
    except ValueError:
        return
    state = "failure" if abs(off) > CLOCK_FAILURE_S else "warning" if abs(off) > CLOCK_WARNING_S else "ok"
    if state == "ok":
        yield Finding("clock", "ok", f"agrees with the endpoint's within {CLOCK_WARNING_S} s")
    else:
        way = "fast" if off > 0 else "slow"
        yield Finding("clock", state, f"{abs(off):.0f} s {way}", causes.CLOCK.next_step)


def _host(endpoint: Endpoint) -> str:
    return urlsplit(endpoint.base_url).hostname or "the endpoint"
