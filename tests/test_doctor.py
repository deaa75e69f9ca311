"""The preflight: each thing that can be wrong is told from the others, with its cause and what to do."""

import asyncio
import json
import socket
import threading
import time
from email.utils import formatdate
from types import SimpleNamespace

import pytest
import trustme
from azure_stand_in import KEY, AzureStandIn, served, token
from test_network import Answers, env, own_network, proxies  # noqa: F401

from helpers.commands import doctor as command
from helpers.doctor import examine, machine, models, reach, unsettled
from helpers.doctor.findings import TookTooLong, within
from helpers.doctor.room import room
from helpers.endpoint import connect
from helpers.mock_endpoint import Behaviour
from helpers.problem import Problem
from helpers.publishing import lesson_use
from helpers.settings import ABILITIES, Settings, SettingsError


@pytest.fixture(scope="module")
def stand_in():
    app = AzureStandIn()
    with served(app) as url:
        yield SimpleNamespace(url=url, seen=app.seen)


@pytest.fixture(autouse=True)
def without_the_lock(monkeypatch):
    """The packages are looked at in a test of their own; it takes a while."""
    monkeypatch.setattr(machine, "_packages", lambda: models.Finding("packages", "ok", "not looked at"))


def examined(url, *lines, limit=30.0, key=KEY, **options):
    text = env(url, *lines).replace(KEY, key)
    return examine(connect(settings=Settings.from_text(text), quiet=True), limit=limit, **options)


def line(report, name):
    found = [finding for finding in report.findings if finding.name.startswith(name)]
    assert found, f"no line {name!r} in\n{report!r}"
    return found[0]


def states(report):
    return {finding.name: finding.state for finding in report.findings}


# ---- all is well


def test_everything_is_green_on_the_mock():
    report = examine(connect("mock", quiet=True))
    assert set(states(report).values()) == {"ok"}, repr(report)
    assert "384 dimensions" in repr(report)


def test_on_azure_each_step_and_each_model_has_a_line(stand_in):
    report = examined(stand_in.url, "WORKBOOK_CHAT_SMALL=team-small")
    assert set(states(report).values()) == {"ok"}, repr(report)
    assert list(states(report))[5:] == [
        "proxy",
        "certificates",
        "name",
        "connection",
        "answer",
        "clock",
        "chat-large, judge: `team-large`",
        "chat-small: `team-small`",
        "embedding: `team-embedding`",
        "structured output",
        "tools",
        "pictures",
        "temperature",
        "quota",
    ]
    assert "6,000 requests and 600,000 tokens a minute" in line(report, "quota").what


def test_a_model_with_several_roles_is_asked_once(stand_in):
    before = len(stand_in.seen)
    examined(stand_in.url)
    asked = [seen["model"] for seen in stand_in.seen[before:]]
    assert asked == ["team-large", "team-embedding", *["team-large"] * len(ABILITIES)]


def test_the_json_says_what_the_text_says(stand_in):
    report = examined(stand_in.url)
    content = json.loads(report.to_json())
    assert content["ok"] is True and content["profile"] == "azure" and content["room"] is None
    assert [each["name"] for each in content["findings"]] == [finding.name for finding in report.findings]


def test_keyless_has_a_line_for_the_sign_in_and_shows_no_token(stand_in, monkeypatch):
    pytest.importorskip("azure.identity", reason="needs the extra: `workbook extra azure`")
    monkeypatch.setattr("helpers.connection.opening._sign_in", lambda settings, verify: token)
    text = env(stand_in.url, "WORKBOOK_AZURE_AUTH=entra").replace(f"AZURE_OPENAI_API_KEY={KEY}\n", "")
    report = examine(connect(settings=Settings.from_text(text), quiet=True), limit=30)
    assert not report.failed and "ai.azure.com" in line(report, "sign-in").what
    assert "planted" not in report.to_json()


# ---- a learner mistyped


def test_a_wrong_key_is_the_same_cause_for_each_model_and_is_not_shown(stand_in):
    report = examined(stand_in.url, key="wrong-planted-4711")
    for name in ("chat-large", "embedding"):
        found = line(report, name)
        assert found.state == "failure" and found.what.startswith("401") and "region" in found.next_step
    assert report.failed and "planted" not in report.to_json()


def test_a_deployment_that_is_not_there_fails_alone(stand_in):
    report = examined(stand_in.url, "WORKBOOK_CHAT_SMALL=gpt-5.4-mini")
    assert line(report, "chat-large").state == "ok"
    assert "no deployment of that name" in line(report, "chat-small").what


def test_a_chat_model_for_embeddings_is_told(stand_in):
    report = examined(stand_in.url, "WORKBOOK_EMBEDDING=team-small")
    assert "chat models make no embeddings" in line(report, "embedding").next_step


def test_an_older_api_version_is_a_warning_with_what_to_change(stand_in):
    report = examined(stand_in.url, "OPENAI_API_VERSION=2024-06-01")
    assert line(report, "`team-large`").state == "warning"
    assert "OPENAI_API_VERSION" in line(report, "`team-large`").next_step


def test_a_full_quota_is_told_from_a_wrong_key():
    with served(AzureStandIn(Behaviour(requests_per_minute=1))) as url:
        found = line(examined(url), "embedding")
    assert found.what.startswith("429") and "wait" in found.next_step


# ---- the network


def test_a_host_that_does_not_exist_stops_at_the_name():
    report = examined("https://misspelt-resource.openai.azure.invalid")
    assert line(report, "name").state == "failure" and "letter by letter" in line(report, "name").next_step
    assert "not asked" in line(report, "models").what and "encryption" not in states(report)


def test_a_port_where_nobody_listens_stops_at_the_connection():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        report = examined(f"http://127.0.0.1:{taken.getsockname()[1]}")
    assert line(report, "name").state == "ok" and "nothing listens" in line(report, "connection").what


def test_a_certificate_of_a_strange_authority_is_named_with_who_issued_it():
    own = trustme.CA(organization_name="Example Proxy Ltd")
    with served(AzureStandIn(), own.issue_cert("127.0.0.1")) as url:
        report = examined(url)
    found = line(report, "encryption")
    assert "issued by" in found.what and "Example Proxy Ltd" in found.what and "WORKBOOK_CA_FILE" in found.next_step


def test_with_the_certificate_the_whole_way_is_green(tmp_path):
    own = trustme.CA()
    own.cert_pem.write_to_path(str(tmp_path / "root.pem"))
    with served(AzureStandIn(), own.issue_cert("127.0.0.1")) as url:
        report = examined(url, f"WORKBOOK_CA_FILE={tmp_path / 'root.pem'}")
    assert set(states(report).values()) == {"ok"}, repr(report)
    assert "WORKBOOK_CA_FILE" in line(report, "certificates").what


def test_an_encrypted_address_of_a_server_that_is_not_is_told():
    with served(AzureStandIn()) as url:
        report = examined(url.replace("http://", "https://"))
    assert line(report, "encryption").state == "failure" and "http" in line(report, "encryption").next_step


@pytest.mark.parametrize(("given", "says"), [("", "407"), ("name:wrong@", "407"), ("name:word-planted-4711@", "")])
def test_a_proxy_that_wants_a_password(given, says, monkeypatch, tmp_path):
    own = trustme.CA()
    own.cert_pem.write_to_path(str(tmp_path / "root.pem"))
    host = "resource.openai.azure.test"
    with served(AzureStandIn(), own.issue_cert(host)) as url:
        for proxy in proxies(int(url.rpartition(":")[2]), monkeypatch, "bmFtZTp3b3JkLXBsYW50ZWQtNDcxMQ=="):
            monkeypatch.setenv("HTTPS_PROXY", f"http://{given}{proxy.address}")
            report = examined(f"https://{host}", f"WORKBOOK_CA_FILE={tmp_path / 'root.pem'}")
    assert "planted" not in report.to_json() and proxy.address in line(report, "proxy").what
    assert report.failed is bool(says), repr(report)
    assert says in line(report, "connection").what


def test_a_proxy_that_is_not_there_is_blamed_and_not_the_endpoint(monkeypatch):
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    report = examined("https://resource.openai.azure.test")
    assert "HTTPS_PROXY" in line(report, "connection").next_step


class Silent:
    """Accepts connections and says nothing, or a byte now and then for ever."""

    def __init__(self, drip=b""):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}"
        self.drip, self.open = drip, True
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while self.open:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.hold, args=(connection,), daemon=True).start()

    def hold(self, connection):
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n" if self.drip else b"")
            while self.open:
                connection.sendall(self.drip)
                time.sleep(0.05)
        except OSError:
            pass


@pytest.mark.parametrize("drip", [b"", b" "], ids=["says nothing", "a byte now and then"])
def test_an_endpoint_that_hangs_ends_with_its_time_limit(drip):
    silent = Silent(drip)
    started = time.monotonic()
    report = examined(silent.url, limit=0.4)
    silent.open = False
    silent.listener.close()
    assert "no answer came in time" in line(report, "answer").what
    assert time.monotonic() - started < 10


def test_a_call_that_hangs_after_the_way_was_open_ends_too():
    class Hangs(Answers):
        async def __call__(self, scope, receive, send):
            if scope["method"] == "POST":
                await asyncio.sleep(30)
            await super().__call__(scope, receive, send)

    with served(Hangs(401, {"content-type": "application/json"}, b"{}")) as url:
        report = examined(url, limit=0.3)
    assert line(report, "answer").state == "ok" and "in time" in line(report, "chat-large").what


PAGE = b"<!doctype html><title>Guest network</title>"


@pytest.mark.parametrize(
    ("answers", "says", "step"),
    [
        (Answers(200, {"content-type": "text/html"}, PAGE), "a web page answered", "sign in"),
        (Answers(302, {"location": "https://login.example.test/x?k=planted-4711"}), "login.example.test", "sign in"),
        (Answers(301, {"location": "/elsewhere"}), "another path", "address"),
        (Answers(407, {"content-type": "application/json"}, b"{}"), "407", "HTTPS_PROXY"),
    ],
    ids=["captive portal", "redirect", "redirect here", "407"],
)
def test_what_is_not_the_api_is_told_from_it(answers, says, step):
    with served(answers) as url:
        report = examined(url)
    found = line(report, "answer")
    assert found.state == "failure" and says in found.what and step in found.next_step
    assert "planted" not in report.to_json() and "not asked" in line(report, "models").what


@pytest.mark.parametrize(
    ("status", "content"), [(200, b"{}"), (200, b"[]"), (200, b"nonsense"), (200, b'{"choices": null}'), (500, b"x")]
)
def test_an_answer_that_is_no_reply_is_a_failure_and_no_traceback(status, content):
    with served(Answers(status, {"content-type": "application/json"}, content)) as url:
        report = examined(url)
    assert line(report, "chat-large").state == "failure" or "structured" in repr(report), repr(report)
    assert report.failed


@pytest.mark.parametrize(("off", "state"), [(0, "ok"), (-59, "ok"), (90, "warning"), (-3600, "failure")])
def test_a_clock_that_is_off_is_told_by_how_much(off, state):
    now = int(time.time())
    (found,) = reach.clock(formatdate(now, usegmt=True), now + off)
    assert found.state == state and (state == "ok" or f"{abs(off)} s" in found.what)
    assert list(reach.clock("nonsense", now)) == list(reach.clock(None, now)) == []


def test_a_check_has_a_time_limit_and_passes_on_what_it_returns_or_raises():
    assert within(1, lambda: 7) == 7
    with pytest.raises(KeyError):
        within(1, lambda: {}["x"])
    with pytest.raises(TookTooLong):
        within(0.05, lambda: time.sleep(5))


# ---- this machine


def test_settings_that_describe_no_endpoint_are_lines_too():
    with pytest.raises(SettingsError) as caught:
        Settings.from_text("WORKBOOK_PROFILE=azure")
    report = unsettled(caught.value)
    assert report.failed and line(report, "AZURE_OPENAI_ENDPOINT").next_step.startswith("put your resource's")


def test_certificates_that_are_not_there_are_a_failure(monkeypatch, tmp_path):
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "gone.pem"))
    report = examine(connect("mock", quiet=True))
    assert line(report, "certificates").state == "failure" and "SSL_CERT_FILE" in line(report, "certificates").what


def test_a_port_in_use_is_no_failure(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(machine, "LAB_PORT", taken.getsockname()[1])
        assert machine._port().state == "ok" and "takes the next" in machine._port().what


def test_packages_that_differ_from_the_lock_are_named(monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setattr(machine, "ROOT", tmp_path)
    lock = "# comment\nopenai==0.0.1\nno-such-package-4711==1.0\nopenai==9 ; sys_platform == 'nowhere'\n-e .\n"
    (tmp_path / "requirements.txt").write_text(lock, encoding="utf-8")
    found = machine._packages()
    assert found.state == "warning" and "no-such-package-4711 is missing" in found.what and "not 0.0.1" in found.what


# ---- a room


@pytest.fixture
def measured(monkeypatch):
    use = {
        "chat-large": {"requests": 10, "input_tokens": 3000, "output_tokens": 1000},
        "embedding": {"requests": 2, "input_tokens": 500, "output_tokens": 0},
    }
    monkeypatch.setattr(lesson_use, "read", lambda: {"02_prompts": {"minutes": 40, "use": use}})


def asked(limits, learners=30, lines=()):
    endpoint = SimpleNamespace(settings=Settings.from_text(env("https://unit.openai.azure.com", *lines)))
    return room(endpoint, limits, learners, "02_prompts")


def test_a_quota_that_bears_the_room_says_in_how_many_minutes(measured):
    found, how = asked({"team-large": {"requests": 60, "tokens": 10_000}, "team-embedding": {"tokens": 100_000}})
    # 30 x 4,000 tokens at 10,000 a minute; 30 x 10 requests at 60 a minute take five.
    assert found.state == "ok" and how["minutes_to_serve"] == 12.0 and "12.0 minutes" in found.what
    large = how["models"][0]
    assert large["room"] == {"requests": 300, "tokens": 120_000}
    assert large["needed_a_minute"] == {"requests": 8, "tokens": 3000}


def test_requests_may_be_what_is_short(measured):
    found, how = asked({"team-large": {"requests": 6, "tokens": 10_000_000}, "team-embedding": {"tokens": 100_000}})
    assert how["minutes_to_serve"] == 50.0
    assert found.state == "failure" and "1.3 times the quota of `team-large`" in found.next_step


def test_one_deployment_for_two_roles_bears_both(measured):
    _, how = asked({"team-large": {"tokens": 4_500}}, learners=1, lines=["WORKBOOK_EMBEDDING=team-large"])
    assert [row["one_learner"]["tokens"] for row in how["models"]] == [4_500] and how["minutes_to_serve"] == 1.0


def test_without_stated_limits_the_need_is_said_and_nothing_is_promised(measured):
    found, how = asked({})
    assert found.state == "warning" and "3,000 a minute" in found.what and how["minutes_to_serve"] is None
    part, _ = asked({"team-large": {"tokens": 100_000}})
    assert part.state == "warning" and "team-embedding" in part.next_step


def test_the_command_takes_its_limits_from_the_replies(measured, stand_in, monkeypatch, capsys, tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    (home / ".env").write_text(env(stand_in.url), encoding="utf-8")
    assert command.run(None, learners=30, lesson="02_prompts", as_json=True) == 0
    content = json.loads(capsys.readouterr().out)
    assert content["room"]["models"][0]["limit_a_minute"] == {"requests": 6000, "tokens": 600_000}
    assert content["room"]["minutes_to_serve"] == 0.2
    assert KEY not in json.dumps(content)


@pytest.mark.parametrize(("learners", "lesson"), [(30, None), (None, "02_prompts"), (30, "02_promts")])
def test_half_a_question_about_a_room_is_a_sentence(measured, learners, lesson):
    with pytest.raises(Problem, match=r"--lesson"):
        command.run("mock", learners=learners, lesson=lesson, as_json=True)


def test_every_lesson_was_measured():
    from helpers.publishing.source import read_all

    every = {source.name: source.front.minutes for source in read_all()}
    assert {name: row["minutes"] for name, row in lesson_use.read().items()} == every, "run `workbook build`"


def test_use_is_counted_by_role():
    entry = {"method": "POST", "input_tokens": 5, "output_tokens": 2}
    log = [{**entry, "model": "sim-large"}, {**entry, "model": "no-such"}, {**entry, "method": "GET", "model": None}]
    assert lesson_use.counted(log) == {"chat-large": {"requests": 2, "input_tokens": 10, "output_tokens": 4}}
