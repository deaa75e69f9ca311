"""How this machine reaches an endpoint: through which proxy, and trusting whose certificates.

Every client of helpers.endpoint is built with what stands here, so HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE, SSL_CERT_DIR,
REQUESTS_CA_BUNDLE and WORKBOOK_CA_FILE mean the same to all of them. This machine itself never goes through a proxy.
"""

from __future__ import annotations

import os
import ssl
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from helpers.paths import home
from helpers.settings.slips import LOOPBACK, Problem, SettingsError

# These replace the system's trust store, as everywhere; the others are trusted besides it.
INSTEAD = ("SSL_CERT_FILE", "SSL_CERT_DIR")
BESIDES = ("REQUESTS_CA_BUNDLE",)


def prepare_environment(from_env_file: Mapping[str, str]) -> None:
    """Pass on what `.env` says of proxy, certificates and sign-in, and take this machine out of any proxy's reach.

    What the environment has already, in capitals or not, stays. Both for this process and those that it starts.
    """
    for name, value in from_env_file.items():
        if not os.environ.get(name) and not os.environ.get(name.lower()):
            os.environ[name] = value
    _keep_the_systems_proxies()
    for name in ("NO_PROXY", "no_proxy"):
        given = os.environ.get(name) or os.environ.get(name.swapcase(), "")
        hosts = [host.strip() for host in given.split(",") if host.strip()]
        os.environ[name] = ",".join(hosts + [host for host in LOOPBACK if host not in hosts])


def _keep_the_systems_proxies() -> None:
    # Windows and macOS keep proxies in their own settings. Python asks those only while no *_proxy variable is set at
    # all, NO_PROXY included, so what they say is written down before NO_PROXY is.
    if urllib.request.getproxies_environment():
        return
    for scheme, address in urllib.request.getproxies().items():
        if scheme in ("http", "https", "all"):
            os.environ[f"{scheme.upper()}_PROXY"] = address


def trusted(ca_file: str | None = None) -> ssl.SSLContext:
    """Certificates that clients accept: SSL_CERT_FILE or SSL_CERT_DIR, else the system's; and those of `ca_file`.

    Raises SettingsError: a variable names something that is not there or holds no certificate.
    """
    import httpx2

    problems = [problem for name in INSTEAD + BESIDES if (problem := _wrong(name))]
    if problems:
        raise SettingsError(problems)
    context = httpx2.create_ssl_context()
    for path in [home() / Path(ca_file).expanduser()] if ca_file else []:
        context.load_verify_locations(cafile=str(path))
    for name in BESIDES:
        if value := os.environ.get(name):
            path = Path(value)
            context.load_verify_locations(**{"capath" if path.is_dir() else "cafile": str(path)})
    return context


def _wrong(name: str) -> Problem | None:
    path = os.environ.get(name)
    if not path:
        return None
    put = "the path of your company's certificates in PEM, or unset it"
    if not Path(path).exists():
        return Problem(name, "names a file that is not there", put)
    if Path(path).is_dir():
        return None
    try:
        ssl.create_default_context(cafile=path)
    except (ssl.SSLError, OSError):
        return Problem(name, "names a file without a certificate in PEM", put)
    return None


def problems() -> Iterator[Problem]:
    """What is wrong with the certificates that the environment names."""
    yield from (problem for name in INSTEAD + BESIDES if (problem := _wrong(name)))


def client_options(verify: ssl.SSLContext | None, url: str) -> dict[str, Any]:
    """Options of an httpx2 client for an address: certificates, and proxies unless it is on this machine.

    verify: None for an address that speaks plain http, where reading the system's certificates would be for nothing.
    """
    verify = verify or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if on_this_machine(url):
        # Not even looked at: a proxy of a kind that the client does not speak would be an error.
        return {"verify": verify, "trust_env": False}
    return {"verify": verify, "mounts": {f"all://{f'[{host}]' if ':' in host else host}": None for host in LOOPBACK}}


def check_proxies() -> None:
    """Raises SettingsError, without a password that may be in there, for a proxy that no client could use."""
    problems = []
    for scheme, address in urllib.request.getproxies().items():
        if scheme not in ("http", "https", "all") or not address:
            continue
        name, put = f"{scheme.upper()}_PROXY", "an address such as http://proxy.example:8080, or unset it"
        try:
            parts = urlsplit(address if "://" in address else f"http://{address}")
            wrong = not parts.hostname or (parts.port is not None and parts.port < 1)
        except ValueError:
            wrong = True
        if wrong:
            problems.append(Problem(name, "is not the address of a proxy", put))
        elif parts.scheme not in ("http", "https"):
            problems.append(Problem(name, f"is a proxy of the kind {parts.scheme}, which is not supported here", put))
    if problems:
        raise SettingsError(problems)


def on_this_machine(url: str) -> bool:
    """Whether an address is of this machine itself."""
    return urlsplit(url).hostname in LOOPBACK


def proxy_for(url: str) -> str | None:
    """The proxy that clients ask for an address, with its scheme; None where they go directly. May hold a password."""
    parts = urlsplit(url)
    if not parts.hostname or parts.hostname in LOOPBACK or urllib.request.proxy_bypass(parts.hostname):
        return None
    found = urllib.request.getproxies()
    proxy = found.get(parts.scheme) or found.get("all")
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"


def without_password(address: str) -> str:
    """A proxy's address as it may be shown: scheme, host and port."""
    parts = urlsplit(address if "://" in address else f"http://{address}")
    try:
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        port = ""
    return f"{parts.scheme}://{parts.hostname}{port}"
