"""Proxy and private certificates: every client goes by the same settings, and says what to do when it is stopped."""

import asyncio
import json
import select
import socket
import socketserver
import threading
from pathlib import Path
from types import SimpleNamespace

import openai
import pytest
import trustme
from azure_stand_in import KEY, AzureStandIn, served

from helpers.connection import network
from helpers.connection.causes import cause_of
from helpers.endpoint import connect
from helpers.settings import Settings, SettingsError

MESSAGES = [{"role": "user", "content": "What is a token?"}]
# Names that only the proxy knows: whoever looks them up by itself finds nothing.
INSIDE = "resource.openai.azure.test"


class Proxy(socketserver.ThreadingTCPServer):
    """A forward proxy that knows where INSIDE is, and remembers what it was asked. password: name:word in base64."""

    daemon_threads, allow_reuse_address = True, True

    def __init__(self, port: int, password: str = ""):
        super().__init__(("127.0.0.1", 0), _ProxyHandler)
        self.port, self.password, self.asked = port, password, []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _ProxyHandler(socketserver.StreamRequestHandler):
    def handle(self):
        method, target, _ = self.rfile.readline().decode().split(" ", 2)
        headers = {}
        while (line := self.rfile.readline().decode().strip()) and ":" in line:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        self.server.asked.append(f"{method} {target}")
        if self.server.password and headers.get("proxy-authorization") != f"Basic {self.server.password}":
            self.wfile.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic\r\n")
            self.wfile.write(b"content-length: 0\r\nconnection: close\r\n\r\n")
            return
        with socket.create_connection(("127.0.0.1", self.server.port)) as target_socket:
            if method == "CONNECT":
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            else:
                path = "/" + target.split("/", 3)[3]
                kept = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if name != "connection")
                target_socket.sendall(f"{method} {path} HTTP/1.1\r\n{kept}connection: close\r\n\r\n".encode())
                target_socket.sendall(self.rfile.read(int(headers.get("content-length", 0))))
            self._pass_on(target_socket)

    def _pass_on(self, other: socket.socket):
        pairs = {self.connection: other, other: self.connection}
        while True:
            ready, _, _ = select.select(list(pairs), [], [], 10)
            if not ready:
                return
            for one in ready:
                if not (content := one.recv(65536)):
                    return
                pairs[one].sendall(content)


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A private authority: its file, and the address of a stand-in with a certificate of it."""
    own = trustme.CA()
    file = tmp_path_factory.mktemp("authority") / "root.pem"
    own.cert_pem.write_to_path(str(file))
    app = AzureStandIn()
    with served(app, own.issue_cert(INSIDE, "127.0.0.1", "localhost")) as url:
        yield SimpleNamespace(file=str(file), url=url, port=int(url.rpartition(":")[2]), seen=app.seen)


@pytest.fixture
def proxy(authority, monkeypatch):
    """A proxy in the environment that leads to the stand-in."""
    yield from proxies(authority.port, monkeypatch)


def proxies(port, monkeypatch, password=""):
    with Proxy(port, password) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        for name in ("HTTPS_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, f"http://{server.address}")
            monkeypatch.delenv(name.lower(), raising=False)
        yield server
        server.shutdown()
        thread.join(5)


@pytest.fixture(autouse=True)
def own_network(monkeypatch):
    """No proxy and no certificates of whoever runs the tests; what connect() sets is taken back."""
    for name in (*network.INSTEAD, *network.BESIDES, "HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"):
        for spelling in (name, name.lower()):
            monkeypatch.setenv(spelling, "")
            monkeypatch.delenv(spelling)


def env(url, *lines):
    return "\n".join(
        [
            "WORKBOOK_PROFILE=azure",
            f"AZURE_OPENAI_ENDPOINT={url}",
            f"AZURE_OPENAI_API_KEY={KEY}",
            "WORKBOOK_CHAT_LARGE=team-large",
            "WORKBOOK_EMBEDDING=team-embedding",
            *lines,
        ]
    )


def connected(url, *lines):
    return connect(settings=Settings.from_text(env(url, *lines)), quiet=True)


async def awaited(endpoint):
    return await endpoint.async_client.chat.completions.create(model="team-large", messages=MESSAGES)


def streamed(endpoint):
    chunks = endpoint.client.chat.completions.create(model="team-large", messages=MESSAGES, stream=True)
    return [chunk for chunk in chunks if chunk.choices]


CLIENTS = {
    "openai": lambda e: e.client.chat.completions.create(model="team-large", messages=MESSAGES),
    "openai, streamed": streamed,
    "openai, async": lambda e: asyncio.run(awaited(e)),
    "LangChain chat": lambda e: e.chat_model().invoke("What is a token?"),
    "LangChain chat, async": lambda e: asyncio.run(e.chat_model().ainvoke("What is a token?")),
    "LangChain embeddings": lambda e: e.embeddings().embed_query("a token"),
    "LangChain embeddings, async": lambda e: asyncio.run(e.embeddings().aembed_query("a token")),
}
every_client = pytest.mark.parametrize("call", CLIENTS.values(), ids=CLIENTS)
both_routes = pytest.mark.parametrize("lines", [[], ["OPENAI_API_VERSION=2024-10-21"]], ids=["v1", "by deployment"])


# ---- certificates


@every_client
@both_routes
def test_a_private_authority_is_refused_and_the_error_says_what_to_do(authority, call, lines):
    with pytest.raises(openai.APIConnectionError) as caught:
        call(connected(authority.url, *lines))
    assert "WORKBOOK_CA_FILE" in str(caught.value) and "does not trust" in str(caught.value)
    assert KEY not in str(caught.value)


@every_client
@both_routes
def test_with_its_certificate_every_client_works(authority, call, lines):
    before = len(authority.seen)
    assert call(connected(authority.url, f"WORKBOOK_CA_FILE={authority.file}", *lines))
    assert len(authority.seen) == before + 1


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
@every_client
def test_a_certificate_may_be_named_by_the_usual_variables(authority, call, name, monkeypatch):
    monkeypatch.setenv(name, authority.file)
    assert call(connected(authority.url))


@every_client
def test_or_by_a_folder_of_certificates(authority, call, tmp_path, monkeypatch):
    import ssl
    import subprocess

    made = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", authority.file], capture_output=True, text=True)
    if made.returncode:
        pytest.skip("openssl names the files of such a folder, and is not installed")
    (tmp_path / f"{made.stdout.strip()}.0").write_bytes(Path(authority.file).read_bytes())
    assert ssl.create_default_context(capath=str(tmp_path))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert call(connected(authority.url))


def test_the_systems_authorities_stay_trusted_beside_the_private_one(authority):
    alone = network.trusted().cert_store_stats()["x509_ca"]
    assert network.trusted(authority.file).cert_store_stats()["x509_ca"] == alone + 1


@pytest.mark.parametrize("name", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_a_variable_that_names_no_certificate_is_named(authority, name, tmp_path, monkeypatch):
    monkeypatch.setenv(name, str(tmp_path / "gone.pem"))
    with pytest.raises(SettingsError, match=f"{name} names a file that is not there"):
        connected(authority.url)
    (tmp_path / "gone.pem").write_text("not a certificate", encoding="utf-8")
    with pytest.raises(SettingsError, match=f"{name} names a file without a certificate"):
        connected(authority.url)
    assert connect("mock", quiet=True).client.models.list().data  # which speaks http, and needs none


def test_the_sign_in_trusts_the_same_certificates(authority):
    import requests

    from helpers.connection.sign_in import _session

    url = f"{authority.url}/openai/v1/models"
    with pytest.raises(requests.exceptions.SSLError):
        _session(network.trusted()).get(url, timeout=5)
    assert _session(network.trusted(authority.file)).get(url, timeout=5).status_code == 401


# ---- proxy


@every_client
@both_routes
def test_every_client_goes_through_the_proxy_by_connect(authority, proxy, call, lines):
    url = f"https://{INSIDE}"
    assert call(connected(url, f"WORKBOOK_CA_FILE={authority.file}", *lines))
    assert proxy.asked == [f"CONNECT {INSIDE}:443"]


def test_the_sign_in_goes_through_it_too(authority, proxy):
    from helpers.connection.sign_in import _session

    connected(f"https://{INSIDE}")
    reply = _session(network.trusted(authority.file)).get(f"https://{INSIDE}/openai/v1/models", timeout=5)
    assert reply.status_code == 401 and proxy.asked == [f"CONNECT {INSIDE}:443"]


def test_plain_http_is_asked_for_in_absolute_form(monkeypatch):
    from helpers.mock_endpoint import start

    port = int(start().url.rpartition(":")[2].split("/")[0])
    for proxy in proxies(port, monkeypatch):
        text = "WORKBOOK_PROFILE=compatible\nWORKBOOK_BASE_URL=http://gpu.inside.test/v1\nWORKBOOK_API_KEY=workbook\n"
        names = "WORKBOOK_CHAT_LARGE=sim-large\nWORKBOOK_EMBEDDING=sim-embedding"
        endpoint = connect(settings=Settings.from_text(text + names), quiet=True)
        assert endpoint.client.chat.completions.create(model="sim-large", messages=MESSAGES).choices
        assert endpoint.embeddings().embed_query("a token")
        assert proxy.asked == [
            "POST http://gpu.inside.test/v1/chat/completions",
            "POST http://gpu.inside.test/v1/embeddings",
        ]


@every_client
def test_this_machine_is_never_reached_through_the_proxy(authority, proxy, call, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "intranet.test")
    for host in ("127.0.0.1", "localhost"):
        url = f"https://{host}:{authority.port}"
        assert call(connected(url, f"WORKBOOK_CA_FILE={authority.file}"))
    assert proxy.asked == []


def test_a_host_in_no_proxy_is_reached_directly(authority, proxy, monkeypatch):
    monkeypatch.setenv("NO_PROXY", INSIDE)
    with pytest.raises(openai.APIConnectionError) as caught:
        CLIENTS["openai"](connected(f"https://{INSIDE}"))
    assert proxy.asked == [] and "no such host name" in str(caught.value)


def test_the_proxy_may_stand_in_the_env_file(authority, proxy, monkeypatch):
    address = f"http://{proxy.address}"
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.delenv(name)
    endpoint = connected(f"https://{INSIDE}", f"HTTPS_PROXY={address}", f"SSL_CERT_FILE={authority.file}")
    assert CLIENTS["LangChain chat"](endpoint) and proxy.asked == [f"CONNECT {INSIDE}:443"]


@every_client
def test_a_proxy_that_wants_a_password_is_named_as_such(authority, monkeypatch, call):
    for proxy in proxies(authority.port, monkeypatch, password="bmFtZTp3b3JkLXBsYW50ZWQtNDcxMQ=="):
        with pytest.raises(openai.APIConnectionError) as caught:
            call(connected(f"https://{INSIDE}", f"WORKBOOK_CA_FILE={authority.file}"))
        assert "407" in str(caught.value) and "NAME:PASSWORD" in cause_of(caught.value).next_step
        monkeypatch.setenv("HTTPS_PROXY", f"http://name:word-planted-4711@{proxy.address}")
        endpoint = connected(f"https://{INSIDE}", f"WORKBOOK_CA_FILE={authority.file}")
        assert call(endpoint)
        assert "word-planted" not in repr(endpoint)


def test_the_systems_own_proxy_is_not_lost_when_this_machine_is_exempted(monkeypatch):
    systems = {"https": "http://system.proxy.test:8080", "ftp": "http://other.test:1"}
    monkeypatch.setattr("urllib.request.getproxies_environment", lambda: {})
    monkeypatch.setattr("urllib.request.getproxies", lambda: systems)
    network.prepare_environment({})
    import os

    assert os.environ["HTTPS_PROXY"] == systems["https"] and "127.0.0.1" in os.environ["NO_PROXY"]


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("socks5://name:planted-4711@127.0.0.1:1080", "of the kind socks5"),
        ("http://name:planted-4711@", "not the address"),
        ("http://name:planted-4711@proxy.test:port", "not the address"),
        ("htp://proxy.test", "of the kind htp"),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "ALL_PROXY"])
def test_a_proxy_that_no_client_could_use_is_named_and_the_mock_goes_on(name, address, says, monkeypatch):
    monkeypatch.setenv(name, address)
    with pytest.raises(SettingsError) as caught:
        connected(f"https://{INSIDE}")
    assert f"{name} is" in str(caught.value) and says in str(caught.value) and "planted" not in str(caught.value)
    mock = connect("mock", quiet=True)
    assert mock.client.models.list().data and mock.embeddings().embed_query("a token")


# ---- what stands between


class Answers:
    """A server that gives one and the same answer to everything."""

    def __init__(self, status, headers, body=b""):
        self.status, self.headers, self.body = status, headers, body

    async def __call__(self, scope, receive, send):
        raw = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        await send({"type": "http.response.start", "status": self.status, "headers": raw})
        await send({"type": "http.response.body", "body": self.body})


PAGE = b"<!doctype html><title>Sign in to the guest network</title>"


@every_client
@pytest.mark.parametrize("status", [200, 403, 404])
def test_a_sign_in_page_is_told_from_the_api(call, status):
    with served(Answers(status, {"content-type": "text/html; charset=utf-8"}, PAGE)) as url:
        with pytest.raises(openai.APIConnectionError) as caught:
            call(connected(url))
        assert "a web page answered" in str(caught.value)


def test_a_redirect_to_such_a_page_is_told_too():
    with (
        served(Answers(200, {"content-type": "text/html"}, PAGE)) as page,
        served(Answers(302, {"location": f"{page}/login"})) as url,
        pytest.raises(openai.APIConnectionError, match="a web page answered"),
    ):
        CLIENTS["openai"](connected(url))


@every_client
def test_a_refusal_that_quotes_the_key_is_shown_without_it(call):
    # As OpenAI does, with stars in the middle; and as nobody should, in full.
    said = f"Incorrect API key provided: azur{'*' * 8}4711. You can find your key {KEY} at https://example.test."
    body = json.dumps({"error": {"message": said, "code": "invalid_api_key"}}).encode()
    with served(Answers(401, {"content-type": "application/json"}, body)) as url:
        with pytest.raises(openai.AuthenticationError) as caught:
            call(connected(url))
        shown = str(caught.value) + str(caught.value.body) + caught.value.response.text
        assert caught.value.code == "invalid_api_key" and "provided: [key hidden]. You" in shown
        assert "4711" not in shown and "azur*" not in shown


def test_a_page_of_a_gateway_in_trouble_is_tried_again_by_the_client():
    with served(Answers(502, {"content-type": "text/html"}, PAGE)) as url:
        endpoint = connected(url)
        endpoint.client = endpoint.client.with_options(max_retries=0)
        with pytest.raises(openai.InternalServerError) as caught:
            CLIENTS["openai"](endpoint)
        assert not cause_of(caught.value).settled
