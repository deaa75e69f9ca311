"""Where a wheel lies in the package registry that this machine's pip or uv uses. Reads their settings, runs neither.

The registry's own simple API (PEP 691, and its older HTML). Proxy and certificates are those of the environment, and
those that pip was told of.
"""

from __future__ import annotations

import contextlib
import os
import ssl
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit

from helpers.problem import Problem

if TYPE_CHECKING:
    import httpx2

PYPI = "https://pypi.org/simple"
_JSON = "application/vnd.pypi.simple.v1+json"


def index_url() -> str:
    """Address of the registry: uv's variables, pip's, then both's files, then PyPI."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if url := os.environ.get(name):
            return url.rsplit("=", 1)[-1] if name == "UV_DEFAULT_INDEX" and "=" in url.partition("://")[0] else url
    return _of_uv() or _of_pip() or PYPI


def _of_uv() -> str | None:
    places = [os.environ.get("UV_CONFIG_FILE")]
    if os.name == "nt":
        places.append(str(Path(os.environ.get("APPDATA", "")) / "uv" / "uv.toml"))
    else:
        home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
        places += [f"{home}/uv/uv.toml", "/etc/uv/uv.toml"]
    for place in filter(None, places):
        with contextlib.suppress(OSError, tomllib.TOMLDecodeError):
            settings = tomllib.loads(Path(place).read_text(encoding="utf-8"))
            defaults = [index.get("url") for index in settings.get("index", []) if index.get("default")]
            url = next(iter(defaults), None) or settings.get("index-url")
            if url:
                return str(url)
    return None


def _of_pip() -> str | None:
    command = [sys.executable, "-m", "pip", "config", "--disable-pip-version-check", "get", "global.index-url"]
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
        if done.returncode == 0 and done.stdout.strip().startswith("http"):
            return done.stdout.strip()
    return None


def client() -> httpx2.Client:
    """An HTTP client with the environment's proxy, and the certificates that pip or the environment names."""
    import httpx2

    named = [os.environ.get(name) for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
    bundle = next((path for path in named if path and Path(path).is_file()), None)
    proxy = os.environ.get("PIP_PROXY") or None
    return httpx2.Client(
        verify=ssl.create_default_context(cafile=bundle) if bundle else True,
        proxy=proxy,
        follow_redirects=True,
        timeout=httpx2.Timeout(30.0, connect=15.0),
    )


def wheel_address(http: httpx2.Client, package: str, wheel: str, sha256: str) -> str:
    """Address of one file of a package. Raises Problem where it is not listed, or listed with another checksum."""
    page = f"{index_url().rstrip('/')}/{package}/"
    reply = http.get(page, headers={"Accept": f"{_JSON}, text/html;q=0.1"})
    reply.raise_for_status()
    if "json" in reply.headers.get("content-type", ""):
        files = {
            file["filename"]: (file["url"], file.get("hashes", {}).get("sha256")) for file in reply.json()["files"]
        }
    else:
        files = _links(reply.text)
    if wheel not in files:
        raise Problem(
            f"{urlsplit(page).hostname} has no {wheel}",
            "set PIP_INDEX_URL to a registry that has it, or put the file into a folder and set WORKBOOK_WHEELS to it",
        )
    address, stated = files[wheel]
    if stated and stated != sha256:
        raise Problem(
            f"{urlsplit(page).hostname} lists {wheel} with another checksum than the pinned one",
            "do not use it: tell the registry's owner",
        )
    return urljoin(str(reply.url), address)


def _links(html: str) -> dict[str, tuple[str, str | None]]:
    from bs4 import BeautifulSoup

    found = {}
    for link in BeautifulSoup(html, "html.parser").find_all("a", href=True):
        address, _, mark = str(link["href"]).partition("#")
        sha256 = mark.removeprefix("sha256=") if mark.startswith("sha256=") else None
        found[unquote(address.rsplit("/", 1)[-1])] = (address, sha256)
    return found
