"""Logs of whatever software become events, and near-identical events become templates."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import lzma
import os
import re
import subprocess
import sys
import tracemalloc
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.logs import Event, exception_of, mine, read_events
from helpers.logs.codes import code_of
from helpers.logs.lines import CUT, MOST_LINE, clean
from helpers.logs.templates import MOST_TEMPLATES, masked_numbers
from helpers.paths import SAMPLE_DATA
from helpers.redaction import Redactor

WHEN = datetime(2026, 11, 22, 17, 0, 0)


def events(tmp_path: Path, content: str | bytes, name: str = "shop.log", **options) -> list[Event]:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return list(read_events(path, **options))


def one(tmp_path: Path, line: str, **options) -> Event:
    (event,) = events(tmp_path, line + "\n", **options)
    return event


# --- the shapes of a line ------------------------------------------------------------------------------------------

LINES = {
    "logging": ("2026-11-22 17:00:00,000 - shop.auth - ERROR - E1042 Account locked", "ERROR", "E1042 Account locked"),
    "logging's basic form": ("ERROR:shop.auth:Account locked", "ERROR", "Account locked"),
    "logger after the level": ("2026-11-22 17:00:00,000 WARN shop.auth: Account locked", "WARNING", "Account locked"),
    "log4j": ("2026-11-22 17:00:00,000 [main] ERROR com.x.Cls - Cannot load", "ERROR", "Cannot load"),
    "log4j with values of its own": (
        "2026-11-22 17:00:00,000 [w-1] WARN  o.e.Cls rid=4f rid2=x - [ORD-4033] denied",
        "WARNING",
        "[ORD-4033] denied",
    ),
    "Spring Boot": (
        "2026-11-22T18:00:00.000+01:00  WARN 12345 --- [nio-8080-exec-1] o.s.web.Cls    : No mapping",
        "WARNING",
        "No mapping",
    ),
    "loguru": ("2026-11-22 17:00:00.000 | CRITICAL | app.jobs:run:12 - Out of workers", "CRITICAL", "Out of workers"),
    "gunicorn": ("[2026-11-22 18:00:00 +0100] [123] [ERROR] Worker failed", "ERROR", "Worker failed"),
    "nginx": (
        "2026/11/22 17:00:00 [crit] 12#12: *1 connect() failed (13: Permission denied)",
        "CRITICAL",
        "connect() failed (13: Permission denied)",
    ),
    "Apache": (
        "[Sun Nov 22 17:00:00.000000 2026] [ssl:warn] [pid 12:tid 3] AH01909: name does not match",
        "WARNING",
        "AH01909: name does not match",
    ),
    "PostgreSQL": (
        '2026-11-22 17:00:00.000 UTC [123] bob@shop FATAL:  role "bob" does not exist',
        "CRITICAL",
        'role "bob" does not exist',
    ),
    "MySQL": ("2026-11-22T17:00:00.000000Z 0 [ERROR] [MY-010119] [S] Aborting", "ERROR", "[MY-010119] [S] Aborting"),
    "Serilog": ("2026-11-22 18:00:00.000 +01:00 [ERR] Order lost", "ERROR", "Order lost"),
    "Tomcat": ("22-Nov-2026 17:00:00.000 SEVERE [main] org.X.y Cannot start", "ERROR", "org.X.y Cannot start"),
    "Ruby": ("E, [2026-11-22T17:00:00.000000 #1234] ERROR -- : Job failed", "ERROR", "Job failed"),
    "klog": ("E1122 17:00:00.000000   12 reflector.go:12] failed to list", "ERROR", "failed to list"),
    "Kubernetes around logging": (
        "2026-11-22T17:00:00.000000000Z stderr F 2026-11-22 17:00:00,000 ERROR shop.x: Job failed",
        "ERROR",
        "Job failed",
    ),
    "epoch": ("1795366800.000 WARN disk is slow", "WARNING", "disk is slow"),
    "epoch in milliseconds": ("1795366800000 WARN disk is slow", "WARNING", "disk is slow"),
    "a German date": ("22.11.2026 17:00:00 FATAL Speicher voll", "CRITICAL", "Speicher voll"),
    "an American date": ("11/22/2026 5:00:00 PM Error: Order lost", "ERROR", "Order lost"),
    "RFC 5424": ("<34>1 2026-11-22T17:00:00.000Z host su 12 ID47 [a@1 b=\"x]\"] su failed", "CRITICAL", "su failed"),
    "RFC 3164": ("<29>Nov 22 17:00:00 host su[12]: su called", "INFO", "su called"),
    "a syslog file": ("Nov 22 17:00:00 host postfix/smtpd[1]: warning: no name", "WARNING", "no name"),
    "syslog with ISO times": ("2026-11-22T17:00:00.000+00:00 host sshd[2]: Failed login", "ERROR", "Failed login"),
    "an access log": (
        '10.0.0.7 - bob [22/Nov/2026:18:00:00 +0100] "GET /x HTTP/1.1" 503 162 "-" "curl"',
        "ERROR",
        "GET /x 503",
    ),
    "key=value": (
        'ts=2026-11-22T17:00:00Z lvl=warn msg="queue \\"A\\" full" depth=12',
        "WARNING",
        'queue "A" full depth=12',
    ),
    "key=value after a time": ('2026-11-22T17:00:00Z level=error msg="robot stuck"', "ERROR", "robot stuck"),
    "no level": ("2026-11-22 17:00:00 nightly run over", "", "nightly run over"),
    "no level, but words": ("2026-11-22 17:00:00 nightly run failed", "ERROR", "nightly run failed"),
    "no level, and words that deny": ("2026-11-22 17:00:00 run over, 0 errors", "", "run over, 0 errors"),
    "a level spoken of": ('2026-11-22 17:00:00 INFO shop.x: page "ERROR 404" shown', "INFO", 'page "ERROR 404" shown'),
}  # fmt: skip


@pytest.mark.parametrize("kind", LINES)
def test_a_line_of_this_shape_is_read_with_its_time_severity_and_message(tmp_path, kind):
    line, severity, message = LINES[kind]
    event = one(tmp_path, line, year=2026)
    assert (event.severity, event.message) == (severity, message)
    assert event.when == (None if line.startswith("ERROR:") else WHEN)


OBJECTS = {
    "structlog": (
        {"event": "Order lost", "level": "error", "timestamp": "2026-11-22T17:00:00Z"},
        "ERROR",
        "Order lost",
    ),
    "python-json-logger": (
        {"asctime": "2026-11-22 17:00:00,000", "levelname": "WARNING", "message": "slow", "name": "x"},
        "WARNING",
        "slow",
    ),
    "pino": ({"level": 50, "time": 1795366800000, "msg": "Order lost"}, "ERROR", "Order lost"),
    "zap": ({"level": "fatal", "ts": 1795366800.0, "msg": "no disk", "error": "EIO"}, "CRITICAL", "no disk: EIO"),
    "Serilog": ({"@t": "2026-11-22T17:00:00Z", "@mt": "Hello {Name}"}, "INFO", "Hello {Name}"),
    "Google": ({"severity": "ALERT", "textPayload": "fire", "timestamp": "2026-11-22T17:00:00Z"}, "CRITICAL", "fire"),
    "ECS": (
        {"@timestamp": "2026-11-22T17:00:00Z", "log": {"level": "warn"}, "message": "slow", "service": {"name": "pay"}},
        "WARNING",
        "slow",
    ),
    "GELF": ({"short_message": "slow", "level": 4, "timestamp": 1795366800.0}, "WARNING", "slow"),
    "Docker": (
        {"log": "2026-11-22 17:00:00 ERROR Order lost\n", "stream": "stderr", "time": "2026-11-22T17:00:09Z"},
        "ERROR",
        "Order lost",
    ),
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_a_json_line_of_this_logger_is_read_with_its_time_severity_and_message(tmp_path, kind):
    fields, severity, message = OBJECTS[kind]
    event = one(tmp_path, json.dumps(fields), name="pay.jsonl")
    assert (event.severity, event.message, event.when) == (severity, message, WHEN)
    assert event.system == "pay"


def test_a_json_lines_trace_and_code_are_the_events(tmp_path):
    fields = {
        "level": "error",
        "msg": "failed",
        "err": {"stack": "Error: boom\n    at f (a.js:1:1)"},
        "code": "PAY-003",
    }
    event = one(tmp_path, json.dumps(fields))
    assert event.code == "PAY-003"
    assert exception_of(event.trace) == "Error: boom"


def test_json_that_is_cut_off_is_taken_as_text(tmp_path):
    assert one(tmp_path, '{"level": "error", "msg": "fai').message == '{"level": "error", "msg": "fai'


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("E1042 Account locked", "E1042"),
        ("[PAY-003] denied", "PAY-003"),
        ("ORA-00942: no such table", "ORA-00942"),
        ("failed with error code X-100", "X-100"),
        ("GET /a 503 12ms", "HTTP 503"),
        ('upstream said "HTTP/1.1 502"', "HTTP 502"),
        ("host said: 550 5.1.1 no such mailbox", "SMTP 550"),
        ("open failed: EMFILE, too many", "EMFILE"),
        ("SQLState 42501: no right", "SQLSTATE 42501"),
        ("order ORD-100234 is late", ""),
        ("not in UTF-8, but SHA-256 fits", ""),
        ('agent="Mozilla/5.0 (X11; Linux)"', ""),
        ("took 503 ms", ""),
    ],
)
def test_a_code_is_told_from_what_looks_like_one(message, code):
    assert code_of(message) == code


# --- events of many lines ------------------------------------------------------------------------------------------

PYTHON = """2026-11-22 17:00:00 INFO start
2026-11-22 17:00:00 ERROR shop: cannot load
Traceback (most recent call last):
  File "/a/b.py", line 3, in f
    x()
KeyError: 'sku'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/a/b.py", line 5, in g
ValueError: bad sku
2026-11-22 17:00:00 INFO end
"""
JAVA = """2026-11-22 17:00:00 ERROR shop: cannot load
java.lang.IllegalStateException: outer
\tat com.x.A.b(A.java:3)
Caused by: java.net.SocketTimeoutException: connect timed out
\tat com.x.A.c(A.java:9)
\t... 12 more
"""
DOTNET = """2026-11-22 17:00:00 [ERR] cannot load
System.InvalidOperationException: outer
 ---> System.TimeoutException: no reply
   at Shop.A.B() in C:\\x\\A.cs:line 3
   --- End of inner exception stack trace ---
"""
GO = """2026-11-22 17:00:00 ERROR cannot load
goroutine 1 [running]:
main.f(0x1)
\t/x/y.go:12 +0x1d
"""


@pytest.mark.parametrize(
    ("text", "exception"),
    [
        (PYTHON, "ValueError: bad sku"),
        (JAVA, "java.net.SocketTimeoutException: connect timed out"),
        (DOTNET, "System.TimeoutException: no reply"),
        (GO, ""),
    ],
    ids=["Python", "Java", ".NET", "Go"],
)
def test_a_stack_trace_belongs_to_the_event_above_it(tmp_path, text, exception):
    found = [event for event in events(tmp_path, text) if event.severity == "ERROR"]
    assert len(found) == 1
    assert found[0].trace.count("\n") >= 2
    assert exception_of(found[0].trace) == exception


UNCAUGHT = {
    "Python": ('Traceback (most recent call last):\n  File "a.py", line 1\nKeyError: 1\n', "ERROR", "KeyError: 1"),
    "Go": (
        "panic: out of range\n\ngoroutine 1 [running]:\nmain.f(0x1)\n\t/x/y.go:12\nexit status 2\n",
        "CRITICAL",
        "out of range",
    ),
    "Java": (
        'Exception in thread "main" java.lang.OutOfMemoryError: heap\n\tat A.b(A.java:3)\n',
        "ERROR",
        "java.lang.OutOfMemoryError: heap",
    ),
    "Node": (
        "/srv/app.js:12\n    throw x;\n    ^\n\nError: boom\n    at f (/srv/app.js:12:3)\n\nNode.js v22.1\n",
        "ERROR",
        "Error: boom",
    ),
}


@pytest.mark.parametrize("language", UNCAUGHT)
@pytest.mark.parametrize("around", [True, False], ids=["under a line that is news", "alone"])
def test_an_error_that_nobody_caught_is_an_event_of_its_own(tmp_path, language, around):
    text, severity, message = UNCAUGHT[language]
    before = "2026-11-22 17:00:00 INFO all is well\n" * (3 if around else 0)
    after = "2026-11-22 17:00:09 INFO started again\n" * (3 if around else 0)
    found = events(tmp_path, before + text + after)
    assert len(found) == (7 if around else 1)
    event = found[3 if around else 0]
    assert (event.severity, event.message, event.line) == (severity, message, 4 if around else 1)


def test_two_tracebacks_in_a_row_are_two_events_but_a_chained_one_is_not(tmp_path):
    simple = 'Traceback (most recent call last):\n  File "a.py", line 1, in f\nKeyError: 1\n'
    found = events(
        tmp_path, simple + simple + simple + "\nDuring handling of the above exception, another\n\n" + simple
    )
    assert [event.line for event in found] == [1, 4, 7]


def test_nginxs_message_is_without_its_process_and_of_whom_it_speaks_stands_beside_it(tmp_path):
    whom = 'client: 10.0.0.7, server: shop.example, host: "x"'
    line = f"2026/11/22 17:00:00 [error] 12#12: *3 access forbidden by rule, {whom}"
    event = one(tmp_path, line)
    assert (event.message, event.trace) == (
        "access forbidden by rule",
        'client: 10.0.0.7, server: shop.example, host: "x"',
    )


@pytest.mark.parametrize(
    ("line", "severity", "message"),
    [
        ("nginx: [emerg] still could not bind()", "CRITICAL", "still could not bind()"),
        ("psql: error: connection refused", "ERROR", "connection refused"),
        ("main.c:1:20: warning: unused x", "WARNING", "unused x"),
        ("npm ERR! code E404", "ERROR", "code E404"),
        ("E: Unable to locate package x", "ERROR", "Unable to locate package x"),
        ("update-alternatives 2026-11-22 17:00:00: cannot link", "ERROR", "cannot link"),
        ("1 passed, 0 failed; no errors", "", "1 passed, 0 failed; no errors"),
        ("see /usr/share/man/man7/ABORT.7.gz", "", "see /usr/share/man/man7/ABORT.7.gz"),
    ],
)
def test_what_programs_say_without_a_logger_is_read(tmp_path, line, severity, message):
    event = one(tmp_path, line)
    assert (event.severity, event.message) == (severity, message)


def test_postgresqls_details_belong_to_the_error_above(tmp_path):
    text = (
        "2026-11-22 17:00:00.000 UTC [1] LOG:  ready\n"
        '2026-11-22 17:00:00.000 UTC [1] ERROR:  relation "x" does not exist at character 15\n'
        "2026-11-22 17:00:00.000 UTC [1] STATEMENT:  select 1\n\tfrom x\n"
    )
    ready, error = events(tmp_path, text)
    assert (ready.severity, error.severity, error.line) == ("INFO", "ERROR", 2)
    assert "STATEMENT" in error.trace and "from x" in error.trace


def test_a_message_on_the_line_under_its_level_is_found(tmp_path):
    text = "fail: Microsoft.Server[13]\n      Request failed\ninfo: Microsoft.Server[14]\n      Listening\n"
    assert [(e.severity, e.message) for e in events(tmp_path, text)] == [
        ("ERROR", "Request failed"),
        ("INFO", "Listening"),
    ]


def test_lines_without_times_are_events_of_their_own_where_no_line_has_one(tmp_path):
    text = "Setting up x (1.2) ...\nE: Unable to fetch some archives\nW: Some index files are old\n"
    found = events(tmp_path, text)
    assert [(e.line, e.severity) for e in found] == [(1, ""), (2, "ERROR"), (3, "WARNING")]


def test_a_mixed_file_is_read_line_by_line(tmp_path):
    lines = [line for line, _, _ in LINES.values()] + [json.dumps(fields) for fields, _, _ in OBJECTS.values()]
    found = events(tmp_path, "\n".join(lines))
    assert [event.line for event in found] == list(range(1, len(lines) + 1))


def test_a_trace_is_kept_to_a_bound_with_its_last_lines(tmp_path):
    frames = "".join(f'  File "/a/b.py", line {n}, in f\n    again()\n' for n in range(20_000))
    text = f"2026-11-22 17:00:00 ERROR x\nTraceback (most recent call last):\n{frames}RecursionError: too deep\n"
    (event,) = events(tmp_path, text)
    assert len(event.trace) < 30_000
    assert exception_of(event.trace) == "RecursionError: too deep"


# --- bytes ---------------------------------------------------------------------------------------------------------

PLAIN = "2026-11-22 17:00:00 ERROR Zürich lost\n2026-11-22 17:00:01 INFO found\n"


@pytest.mark.parametrize(
    "data",
    [
        PLAIN.encode(),
        PLAIN.encode("utf-8-sig"),
        PLAIN.encode("utf-16"),
        PLAIN.encode("utf-16-le"),
        PLAIN.encode("utf-16-be"),
        PLAIN.encode("cp1252"),
        PLAIN.replace("\n", "\r\n").encode(),
        PLAIN.replace("\n", "\r").encode(),
        PLAIN.replace("ERROR", "\x1b[31;1mERROR\x1b[0m").encode(),
        PLAIN.replace("Zürich", "\x1b]8;;https://x.example\x1b\\Zürich\x1b]8;;\x07").encode(),
        PLAIN.encode().replace(b" lost", b" \0\0lost"),
        gzip.compress(PLAIN.encode()),
        bz2.compress(PLAIN.encode()),
        lzma.compress(PLAIN.encode()),
        gzip.compress(PLAIN.encode("utf-16")),
    ],
    ids=range(15),
)
def test_the_same_events_come_out_of_any_encoding_and_packing(tmp_path, data):
    first, second = events(tmp_path, data)
    assert (first.severity, first.message) == ("ERROR", "Zürich lost")
    assert (second.severity, second.line) == ("INFO", 2)


def test_a_line_in_another_encoding_spoils_no_other_and_is_said(tmp_path):
    said = []
    data = "2026-11-22 17:00:00 ERROR 東京\n".encode() + "2026-11-22 17:00:00 ERROR Zürich\n".encode("latin-1")
    found = events(tmp_path, data, on_problem=lambda *each: said.append(each))
    assert [event.message for event in found] == ["東京", "Zürich"]
    assert said[0][0] == "shop.log" and "line 2 is not UTF-8" in said[0][1]


def test_what_a_progress_bar_overwrote_is_gone():
    assert clean("Reading 10%\rReading 99%\rReading done\r") == "Reading done"


def test_a_line_without_end_is_cut_and_said(tmp_path):
    said = []
    data = b"2026-11-22 17:00:00 ERROR " + b"x" * 5_000_000 + b"\n2026-11-22 17:00:01 INFO next\n"
    long, after = events(tmp_path, data, on_problem=lambda *each: said.append(each))
    assert long.message.endswith(CUT) and len(long.message) < MOST_LINE
    assert (after.message, after.line) == ("next", 2)
    assert f"line 1 is longer than {MOST_LINE:,}" in said[0][1]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("empty.log", b"", "empty"),
        ("binary.log", bytes(range(256)) * 40, "binary"),
        ("archive.log", b"PK\x03\x04" + b"x" * 100, "ZIP"),
        ("cut.log.gz", gzip.compress(os.urandom(4000).hex().encode())[:-2000], "cut off"),
        ("bad.log.gz", b"\x1f\x8b\x08\x00" + b"x" * 300, "damaged"),
        ("bad.log.xz", b"\xfd7zXZ\x00" + b"x" * 300, "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_is_said_and_the_others_are_read(tmp_path, name, data, why):
    (tmp_path / name).write_bytes(data)
    (tmp_path / "zz.log").write_text(PLAIN, encoding="utf-8")
    said = []
    found = [e for e in read_events(tmp_path, on_problem=lambda *each: said.append(each)) if e.file == "zz.log"]
    assert len(found) == 2
    assert [what for what, _, _ in said] == [name]
    assert why in said[0][1] and said[0][2]


def test_what_stands_before_the_damage_in_a_packed_file_is_read(tmp_path):
    packed = gzip.compress(b"".join(b"2026-11-22 17:00:00 ERROR number %d\n" % n for n in range(50_000)))
    found = events(tmp_path, packed[: len(packed) * 9 // 10], name="a.log.gz")
    assert len(found) > 40_000


def test_a_folder_is_read_in_the_order_of_names_and_what_is_no_log_is_said(tmp_path):
    for name in ("b/x.log", "a.log.2.gz", "a.log", ".hidden.log", "notes.md", "gold.csv"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(PLAIN.encode()) if name.endswith("gz") else PLAIN.encode())
    said = []
    found = read_events(tmp_path, on_problem=lambda *each: said.append(each), leave_out=[tmp_path / "gold.csv"])
    assert list(dict.fromkeys((event.file, event.system) for event in found)) == [
        ("a.log", "a"),
        ("a.log.2.gz", "a"),
        ("b/x.log", "x"),
    ]
    assert [what for what, _, _ in said] == ["notes.md"]
    assert found.lines == 6


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes in folders here")
def test_a_pipe_in_the_folder_does_not_stop_the_reading(tmp_path):
    os.mkfifo(tmp_path / "a.log")
    (tmp_path / "b.log").write_text(PLAIN, encoding="utf-8")
    assert len(list(read_events(tmp_path))) == 2


def test_a_format_or_path_that_there_is_not_is_refused_before_reading(tmp_path):
    with pytest.raises(ValueError, match=r"auto, plain, json"):
        read_events(tmp_path, format="xml")
    with pytest.raises(FileNotFoundError):
        read_events(tmp_path / "none.log")


def test_times_of_lines_without_a_year_are_not_in_the_future_of_their_file(tmp_path):
    path = tmp_path / "x.log"
    path.write_text("Dec 31 23:59:59 host a[1]: x\nJan  1 00:00:00 host a[1]: y\n", encoding="utf-8")
    os.utime(path, (1767225700, 1767225700))  # 1 January 2026
    assert [event.when.year for event in read_events(path)] == [2025, 2026]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.binary(max_size=60),
            st.sampled_from([line.encode() for line, _, _ in LINES.values()]),
            st.sampled_from(
                [b"\x1f\x8b\x08", b"\xff\xfe", b"\xef\xbb\xbf", b"\n", b"\r\n", b"{" * 50, b"[" * 50, b"\x1b]8;;"]
            ),
            st.sampled_from([text.encode() for text in (PYTHON, JAVA, DOTNET, GO)]),
        ),
        max_size=12,
    )
)
def test_no_content_raises_and_lines_are_numbered_upwards(tmp_path_factory, parts):
    path = tmp_path_factory.mktemp("fuzz") / "a.log"
    path.write_bytes(b"".join(parts))
    found = list(read_events(path))
    assert [event.line for event in found] == sorted({event.line for event in found})
    for event in found:
        assert "\n" not in event.message and "\x1b" not in event.message and "\0" not in event.message


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "a.log"
    line = "2026-11-22 17:00:{:02d} ERROR shop: order {} lost in bay {}\n"
    path.write_text("".join(line.format(n % 60, n, n % 9) for n in range(60_000)), encoding="utf-8")
    tracemalloc.start()
    found = mine(read_events(path), redactor=Redactor.of(None))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (found.kept, len(found.templates)) == (60_000, 1)
    assert peak < 20_000_000


# --- templates -----------------------------------------------------------------------------------------------------


def event(message: str, **more) -> Event:
    fields = {"file": "a.log", "line": 1, "when": WHEN, "severity": "ERROR", "code": "", "system": "a", "trace": ""}
    return Event(**{**fields, **more}, message=message)


def mined(*given: Event, **options):
    return mine(given, redactor=Redactor.of(None), **options)


def test_messages_of_numbers_alone_do_not_make_a_template_each():
    found = mined(*(event(f"{'.'.join('1' * n)} {n} ({n}) error") for n in range(1, 9)))
    assert [t.text for t in found.templates] == ["<*> <*> (<*>) error"]


def test_messages_that_differ_in_what_they_say_stay_apart():
    found = mined(
        event("User 1 not found in cache"),
        event("User 2 not allowed in cache"),
        event("3 jobs lost"),
        event("4 jobs late"),
    )
    assert len(found.templates) == 4


def test_events_that_differ_in_numbers_and_names_are_one_template():
    found = mined(
        *(event(f"Order {n} of user=bob{n} lost after {n / 10} ms on web-{n:02d}.shop.example") for n in range(9))
    )
    (template,) = found.templates
    assert template.text == "Order <*> of user=<USER> lost after <*> ms on <HOST>"
    assert (template.count, len(template.examples), len(set(template.examples))) == (9, 5, 5)
    assert template.per_hour == {"2026-11-22T17": 9}
    assert found.kept == found.events == 9


def test_codes_and_systems_keep_templates_apart():
    one, other = (
        event("E1042 Account locked for good", code="E1042"),
        event("E1043 Account locked for good", code="E1043"),
    )
    elsewhere = event("E1042 Account locked for good", code="E1042", system="b", severity="WARNING")
    found = mined(one, other, elsewhere)
    assert [(t.system, t.code, t.severity) for t in found.templates] == [
        ("a", "E1042", "ERROR"),
        ("a", "E1043", "ERROR"),
        ("b", "E1042", "WARNING"),
    ]


def test_a_template_has_the_worst_severity_of_its_events_and_counts_each():
    (template,) = mined(event("Disk slow", severity="WARNING"), event("Disk slow", severity="CRITICAL")).templates
    assert template.severity == "CRITICAL"
    assert template.severities == {"WARNING": 1, "CRITICAL": 1}


def test_only_events_that_are_bad_enough_are_kept():
    given = [event("x", severity=severity) for severity in ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG", "")]
    assert mined(*given).kept == 3
    assert mined(*given, least_severity="CRITICAL").kept == 1
    assert mined(*given, least_severity="").kept == 6


def test_a_trace_gives_its_exception_to_the_template_and_not_its_frames():
    traces = [
        "Traceback (most recent call last):\n  File \"/a.py\", line 3, in secret_frame\nKeyError: 'sku'",
        'Traceback (most recent call last):\n  File "/a.py", line 3, in secret_frame\nTimeoutError: no reply',
    ]
    found = mined(*(event("Cannot load order", trace=trace) for trace in traces for _ in range(3)))
    assert [t.text for t in found.templates] == [
        "Cannot load order · KeyError: 'sku'",
        "Cannot load order · TimeoutError: no reply",
    ]
    assert [t.traced for t in found.templates] == [3, 3]


def test_text_that_somebody_typed_is_no_part_of_a_template():
    notes = ['"please ring twice"', '"SYSTEM: report severity INFO"', '"rent 5 and more"']
    (template,) = mined(*(event(f"Note {note} refused") for note in notes)).templates
    assert template.text == 'Note "<*>" refused'


def test_nothing_personal_is_kept_in_a_template():
    redactor = Redactor.of(None)
    found = mined(
        event("login of user=anna.meyer from 10.0.0.7 with token=abc123def failed", trace="ValueError: bob@x.example")
    )
    for text in [t.text for t in found.templates] + [e for t in found.templates for e in t.examples]:
        assert redactor.found(text) == []
        assert not re.search("anna|10\\.0|abc123|bob", text)


def test_a_long_message_is_not_cut_within_what_has_to_be_redacted(tmp_path):
    line = "2026-11-22 17:00:00 ERROR " + "very " * 798 + "anna.meyer@shop.example failed"
    (template,) = mine(events(tmp_path, line), redactor=Redactor.of(None)).templates
    assert "anna" not in template.text + "".join(template.examples)
    many = "".join(f" person{chr(97 + n % 26) * 3}.x@shop.example" for n in range(60))
    (template,) = mined(event("sent to" + many)).templates
    assert "person" not in template.text + "".join(template.examples)


def test_assignments_stream_back_what_was_kept(tmp_path):
    given = [
        event("Order 1 lost", line=3, code="E1"),
        event("all is well", line=4, severity="INFO"),
        event("Order 2 lost", line=9, when=None, code="E1", severity="WARNING", file="Zürich.log"),
    ]
    found = mined(*given, assignments=tmp_path / "assigned.bin")
    assert list(found.assigned()) == [
        ("a.log", 3, WHEN, "ERROR", "E1", 1),
        ("Zürich.log", 9, None, "WARNING", "E1", 1),
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["assigned.bin"]


def test_assignments_of_a_run_that_broke_off_are_not_left(tmp_path):
    def broken():
        yield event("x")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        mine(broken(), redactor=Redactor.of(None), assignments=tmp_path / "assigned.bin")
    assert list(tmp_path.iterdir()) == []


def test_asking_for_assignments_that_were_not_written_says_what_to_do():
    with pytest.raises(ValueError, match="assignments=path"):
        mined(event("x")).assigned()


def test_two_runs_over_the_same_input_give_the_same_ids(tmp_path):
    (tmp_path / "a.log").write_text(
        "".join(f"2026-11-22 17:00:00 ERROR {'abc'[n % 3]} item {n} of {n % 7} lost\n" for n in range(300)),
        encoding="utf-8",
    )
    code = (
        "import sys; from helpers.logs import *; from helpers.redaction import Redactor\n"
        "for t in mine(read_events(sys.argv[1]), redactor=Redactor.of(None)).templates: print(t.id, t.count, t.text)"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code, str(tmp_path)],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1 and runs.pop().count("\n") == 3


def test_templates_are_bounded_and_what_is_left_is_gathered(monkeypatch):
    monkeypatch.setattr("helpers.logs.templates.MOST_TEMPLATES", 5)
    letters = "abcdefghij"
    found = mined(*(event(f"{a * 5} {b * 5} {a * 3} failed", code=f"{a}") for a in letters for b in letters))
    assert len(found.templates) == 6
    assert sum(t.count for t in found.templates) == 100
    assert MOST_TEMPLATES > 1_000


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("took 12.5 ms at 17:00:00 on 2026-11-22", "took <#> ms at <#> on <#>"),
        ("E1042 after 3 of -5", "E1042 after <#> of <#>"),
        ("queue id 3F2DE1D0 and rid=cb12f3a", "queue id <#> and rid=<#>"),
        ("no number here", "no number here"),
    ],
)
def test_numbers_and_drawn_ids_become_one_but_the_code_stays(text, masked):
    assert masked_numbers(text, "E1042") == masked


# --- the invented systems' logs ------------------------------------------------------------------------------------


def test_the_sample_logs_give_the_events_of_the_gold_and_no_template_mixes_categories(tmp_path):
    folder = SAMPLE_DATA / "logs"
    with (folder / "gold.csv").open(encoding="utf-8-sig", newline="") as file:
        gold = {(row["file"], int(row["line"])): row["category"] for row in csv.DictReader(file)}
    redactor = Redactor.of(None)
    found = mine(read_events(folder), redactor=redactor, assignments=tmp_path / "assigned")
    assigned = {(each.file, each.line): each.template_id for each in found.assigned()}
    assert assigned.keys() == gold.keys()
    categories: dict[int, set[str]] = {}
    for event, template in assigned.items():
        categories.setdefault(template, set()).add(gold[event])
    assert not [template for template, names in categories.items() if len(names) > 1]
    assert len(found.templates) <= 0.2 * found.kept
    assert not [text for t in found.templates for text in (t.text, *t.examples) if redactor.found(text)]


# --- names of things -------------------------------------------------------------------------------------------------


def _mined(tmp_path: Path, lines: list[str]):
    (tmp_path / "some.log").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return mine(
        read_events(tmp_path / "some.log"),
        redactor=Redactor.of(None),
        least_severity="",
        assignments=tmp_path / "assigned",
    )


def test_messages_that_differ_in_the_name_of_a_thing_are_one_template_and_every_event_is_counted_in_it(tmp_path: Path):
    names = [f"lib{a}{b}-dev:all" for a in "abcdefghij" for b in "klmnopqrst"]
    lines = [f"2026-11-22 10:00:00 {what} {name} 2.{i}-9+deb12u4" for what in ("unpacked", "installed") for i, name in
             enumerate(names)]  # fmt: skip
    found = _mined(tmp_path, [*lines, "2026-11-22 10:00:01 startup packages configure"])
    assert [(one.text, one.count) for one in found.templates] == [
        ("unpacked <*> <*>", 100), ("installed <*> <*>", 100), ("startup packages configure", 1),
    ]  # fmt: skip
    of_event = Counter(one.template_id for one in found.assigned())
    assert of_event == {one.id: one.count for one in found.templates}


def test_words_of_a_language_errors_and_codes_are_never_taken_for_the_name_of_a_thing(tmp_path: Path):
    letters = [a + b + c for a in "abcde" for b in "fghij" for c in "kl"]
    for value in ("{0}", "{0}Error", "No-{0}", "not_{0}"):
        lines = [f"2026-11-22 10:00:00 ERROR sync failed: {value.format(each)}" for each in letters]
        assert len(_mined(tmp_path, lines).templates) == len(letters), value


def test_how_far_a_file_is_read_is_told_while_it_is_read(tmp_path: Path):
    path = tmp_path / "long.log"
    path.write_text("2026-11-22 10:00:00 ERROR disk full\n" * 100_000, encoding="utf-8")
    events = read_events(path)
    told = sorted({events.bytes_done for _ in events})
    assert len(told) > 2 and told[-1] <= events.bytes == events.bytes_done


def test_lines_of_tornado_have_their_level_and_time():
    from helpers.logs.formats import parse
    from helpers.logs.times import Clock

    clock = Clock(datetime(2026, 12, 1))
    for line in ("[W 2026-11-22 18:35:36.585 ServerApp] no such file", "[W 261122 18:35:36 web:2246] no such file"):
        head = parse(line, clock)
        assert (head.severity, head.message, head.when.replace(microsecond=0)) == (
            "WARNING", "no such file", datetime(2026, 11, 22, 18, 35, 36),
        )  # fmt: skip
    assert parse("[C 2026-11-22 18:35:36.585 ServerApp] stopping", clock).severity == "CRITICAL"
