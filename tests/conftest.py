"""What every test is given: an environment of its own, no way out of this machine, warm kernels, clients of the offline
endpoint, and a short report.

Here is no test data and no helper of a single room's tests.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from helpers.publishing.build import BUILD_ENVIRONMENT
from helpers.publishing.warm_kernel import warm_kernels

# A shell that starts the suite in the background has interrupts ignored, and so would everything that it starts.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if TYPE_CHECKING:
    import openai
    from starlette.testclient import TestClient

# A developer's own endpoint and keys are nothing for a test to find, in this process or in one that it starts.
_PERSONAL = ("OPENAI_", "AZURE_", "LANGSMITH_", "LANGCHAIN_", "WORKBOOK_")
# These say how to test, not what.
_ABOUT_TESTING = (
    "WORKBOOK_BROWSER",
    "WORKBOOK_NO_BROWSER",
    "WORKBOOK_SCREENSHOTS",
    "WORKBOOK_TEST_GGUF",
    "WORKBOOK_TEST_KERNEL",
    "WORKBOOK_WHEELS",
)
_PROCESS = contextlib.ExitStack()


@pytest.hookimpl(trylast=True)  # after the terminal reporter has come
def pytest_configure(config: pytest.Config) -> None:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if not _is_xdist_worker(config):
        _PROCESS.enter_context(_without_personal_settings())
        # One nursery for all workers, which inherit its address; it imports nothing before a kernel is asked for.
        os.environ["WORKBOOK_TEST_KERNEL"] = _PROCESS.enter_context(warm_kernels(lazy=True))
        if reporter is not None and config.get_verbosity() <= 0:
            reporter.showfspath = reporter._show_progress_info = False
            config.pluginmanager.register(_ReportByFile(reporter), "report-by-file")


def pytest_unconfigure(config: pytest.Config) -> None:
    _PROCESS.close()


@contextlib.contextmanager
def _without_personal_settings() -> Iterator[None]:
    before = dict(os.environ)
    for name in before:
        if name.startswith(_PERSONAL) and name not in _ABOUT_TESTING:
            del os.environ[name]
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def _is_xdist_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


# ---- isolation


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home of the test's own, no settings but the defaults, and plots that open no window."""
    for name in list(os.environ):
        if name.startswith(_PERSONAL) and name not in _ABOUT_TESTING:
            monkeypatch.delenv(name)
    monkeypatch.setenv("WORKBOOK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("WORKBOOK_PROGRESS", str(tmp_path / "home" / "progress.json"))
    monkeypatch.setenv("WORKBOOK_VARIANT", "neutral")
    # A kernel chooses its own backend when this is not set; only plots in this process need one.
    if "matplotlib" in sys.modules:
        sys.modules["matplotlib"].use("agg")
    else:
        monkeypatch.delenv("MPLBACKEND", raising=False)


@pytest.fixture(autouse=True)
def only_this_machine(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail a test that connects to another machine, also when the code under test swallows the error."""
    refused: list[str] = []

    def guarded(original):
        def connect(self: socket.socket, address):
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
                refused.append(str(address[0]))
                raise ConnectionRefusedError(f"a test may not connect to {address[0]}")
            return original(self, address)

        return connect

    monkeypatch.setattr(socket.socket, "connect", guarded(socket.socket.connect))
    monkeypatch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex))
    yield
    if refused:
        pytest.fail(f"the test tried to reach {', '.join(sorted(set(refused)))}; only this machine is allowed")


def _is_loopback(host: str | bytes) -> bool:
    host = host.decode() if isinstance(host, bytes) else host
    return host in ("localhost", "::1", "") or host.startswith(("127.", "::ffff:127."))


# ---- the offline endpoint


@pytest.fixture(scope="module")
def web() -> Iterator[TestClient]:
    """HTTP to an endpoint of the module's own, without a socket; a fault inside is a reply, as it is for clients."""
    from starlette.testclient import TestClient

    from helpers.mock_endpoint import create_app

    with TestClient(create_app(), raise_server_exceptions=False) as own:
        yield own


@pytest.fixture(scope="module")
def client() -> openai.OpenAI:
    """The openai package's client of the endpoint that this process has anyway."""
    import openai

    from helpers.mock_endpoint import start

    return openai.OpenAI(base_url=start().url, api_key="workbook", max_retries=0)


# ---- notebooks


@pytest.fixture(scope="session")
def kernel_name() -> str:
    """The kernelspec to execute notebooks with: forked from warm imports where the system can."""
    return os.environ["WORKBOOK_TEST_KERNEL"]


@pytest.fixture
def notebook_environment(tmp_path: Path) -> Mapping[str, str]:
    """What a kernel gets on top of this process's environment: the build's, a home of its own, no way out."""
    nowhere = "http://127.0.0.1:9"
    return {
        **BUILD_ENVIRONMENT,
        "WORKBOOK_HOME": str(tmp_path / "home"),
        "WORKBOOK_POC_RUN": str(tmp_path / "home" / "poc_run"),
        **{name: nowhere for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy")},
        **{name: "127.0.0.1,localhost" for name in ("NO_PROXY", "no_proxy")},
    }


# ---- report


@pytest.hookimpl(wrapper=True)
def pytest_report_teststatus(report: pytest.TestReport, config: pytest.Config):
    category, letter, word = yield
    if config.get_verbosity() > 0:
        return category, letter, word
    # pytest prints nothing for a test without a word; the closing summary needs that of a failure.
    return category, "", "" if category in ("passed", "skipped") else word


class _ReportByFile:
    """One line a notebook and one a test file, printed as soon as it is done; pytest's own summary follows.

    A test of a notebook says so with record_property("notebook", path) and record_property("engine", name).
    With xdist this lives in the controlling process, which sees all reports but, of the items, only the ids.
    """

    def __init__(self, reporter):
        self._reporter = reporter
        self._expected: Counter[str] = Counter()
        self._finished: Counter[str] = Counter()
        self._outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._seconds: Counter[str] = Counter()
        self._of_test: defaultdict[str, list[pytest.TestReport]] = defaultdict(list)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self._expect([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node, ids: list[str]) -> None:
        self._expect(ids)  # every worker collects the same

    def _expect(self, ids: list[str]) -> None:
        if ids:
            self._expected = Counter(map(_file, ids))

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        reports = self._of_test[report.nodeid]
        reports.append(report)
        if report.when != "teardown":
            return
        del self._of_test[report.nodeid]
        outcome, seconds = _outcome(reports), sum(part.duration for part in reports)
        properties = dict(report.user_properties)
        if "notebook" in properties:
            self._line(outcome, f"{properties['notebook']:<54}  {properties.get('engine', ''):<9}", seconds)
        file = _file(report.nodeid)
        self._outcomes[file][outcome] += 1
        self._seconds[file] += seconds
        self._finished[file] += 1
        if self._finished[file] == self._expected[file]:
            self._file_line(file)

    @pytest.hookimpl(tryfirst=True)
    def pytest_terminal_summary(self) -> None:
        for file in self._finished:  # a worker that crashed leaves files unfinished
            if self._finished[file] != self._expected[file]:
                self._file_line(file)

    def _file_line(self, file: str) -> None:
        outcomes = self._outcomes[file]
        worst = next(outcome for outcome in ("failed", "passed", "skipped", "xfailed") if outcomes[outcome])
        counts = ", ".join(
            f"{outcomes[name]} {name}" for name in ("passed", "failed", "skipped", "xfailed") if outcomes[name]
        )
        self._line(worst, f"{file:<54}  {counts:<9}", self._seconds[file])

    def _line(self, outcome: str, text: str, seconds: float) -> None:
        sign, colour = {"passed": ("✓", "green"), "failed": ("✗", "red")}.get(outcome, ("-", "yellow"))
        try:
            sign.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
        except UnicodeEncodeError:  # an old Windows console
            sign = {"✓": "ok", "✗": "FAILED"}[sign]
        self._reporter.ensure_newline()
        self._reporter.write(sign, **{colour: True})
        self._reporter.write_line(f" {text} {seconds:6.1f} s")


def _file(nodeid: str) -> str:
    return nodeid.partition("::")[0]


def _outcome(reports: list[pytest.TestReport]) -> str:
    """Of a test's setup, call and teardown together."""
    if any(report.failed for report in reports):
        return "failed"
    if any(hasattr(report, "wasxfail") for report in reports):
        return "xfailed"
    return "skipped" if any(report.skipped for report in reports) else "passed"
