"""The logs of five invented systems: gold, traps and shapes are what they are said to be, and can be made again."""

from __future__ import annotations

import csv
import ipaddress
import json
import re
import tracemalloc
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

from helpers.commands.sample import run
from helpers.paths import SAMPLE_DATA
from helpers.problem import Problem
from helpers.systems import LEAST_LINES, NEW, NEW_IN, SYSTEMS, WORDINGS, write_logs
from helpers.systems.logs import written
from helpers.systems.messages import read, sayings
from helpers.systems.things import iban_remainder, luhn_digit

FOLDER = SAMPLE_DATA / "logs"
CATEGORIES = ("access", "data", "capacity")
ANSI = re.compile(r"\x1b\[[0-9;]*m")
INJECTED = re.compile(
    r"ignore the categories|ignore previous|report severity INFO|PWNED|reply with severity|Dear model", re.IGNORECASE
)
# How a line of each file begins an event, read here without the generator's own code; group 1: severity.
FIRST = {
    "portal.log": re.compile(r"[\d-]{10} [\d:,]{12} (\w+)"),
    "payments.jsonl": re.compile(r'\{.*"level": ?"?(\w+)'),
    "mailgate.log": re.compile(r"<(\d+)>"),
    "orders.log": re.compile(r"[\d-]{10}T[\d:,]{12}[+]\d{4} (\w+)"),
    "depot.log": re.compile(r"ts=\S+ lvl=(\w+)"),
}
BAD = {"WARNING", "ERROR", "CRITICAL", "WARN", "FATAL", "40", "50", "60", "18", "19", "20", "warn", "error", "crit"}


def lines_of(path: Path) -> list[str]:
    """Without escapes; a byte that is no UTF-8 becomes one replacement sign."""
    text = path.read_bytes().decode("utf-8", "replace")
    return [ANSI.sub("", line) for line in text.split("\n")[:-1]]


@pytest.fixture(scope="module")
def logs() -> dict[str, list[str]]:
    return {name: lines_of(FOLDER / name) for name in SYSTEMS.values()}


@pytest.fixture(scope="module")
def gold() -> dict[tuple[str, int], str]:
    rows = csv.DictReader((FOLDER / "gold.csv").open(encoding="utf-8"))
    return {(row["file"], int(row["line"])): row["category"] for row in rows}


# --- the files and their gold --------------------------------------------------------------------------------------


def test_the_committed_files_are_what_the_generator_writes(tmp_path):
    for path in write_logs(tmp_path):
        assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name
    assert {path.name for path in FOLDER.iterdir()} == {path.name for path in tmp_path.iterdir()}


def test_each_file_has_some_hundred_lines_and_most_events_are_routine(logs, gold):
    for name, lines in logs.items():
        assert 600 <= len(lines) <= 900
        events = sum(bool(FIRST[name].match(line)) for line in lines)
        failures = sum(file == name for file, _ in gold)
        assert 100 < failures < events / 3, name


@pytest.mark.parametrize("wordings", WORDINGS)
@pytest.mark.parametrize("new", [True, False])
def test_gold_has_a_row_for_the_first_line_of_every_warning_or_worse_and_for_nothing_else(tmp_path, new, wordings):
    write_logs(tmp_path, seed=3, new=new, wordings=wordings)
    with (tmp_path / "gold.csv").open(encoding="utf-8") as rows:
        told = [(row["file"], int(row["line"])) for row in csv.DictReader(rows)]
    seen = []
    for name in SYSTEMS.values():
        for number, line in enumerate(lines_of(tmp_path / name), 1):
            first = FIRST[name].match(line)
            seen += [(name, number)] if first and first[1] in BAD else []
    assert told == seen


def test_gold_is_what_the_event_is_about(logs, gold):
    about = {
        r"LDAP bind as \S+ timed out": "access",
        r"connection refused": "access",
        r"MG-12 login as svc-scan timed out": "access",
        r"Settlement file .* does not balance": "data",
        r"Negative stock": "data",
        r"Connection pool exhausted": "capacity",
        r"ENOSPC": "capacity",
        r"certificate not yet valid": NEW,
        r"fired a second time": NEW,
        r"emergency stop": "",
    }
    found = Counter()
    for (file, number), category in gold.items():
        for pattern, wanted in about.items():
            if re.search(pattern, logs[file][number - 1]):
                assert category == wanted, logs[file][number - 1]
                found[pattern] += 1
    assert set(found) == set(about)


def test_the_team_has_three_categories_defined_in_two_sentences():
    categories = yaml.safe_load((FOLDER / "categories.yaml").read_text(encoding="utf-8"))["categories"]
    assert tuple(one["name"] for one in categories) == CATEGORIES
    assert all(len(re.findall(r"[.](?:\s|$)", one["definition"])) == 2 for one in categories)


@pytest.mark.parametrize("wordings", WORDINGS)
def test_no_failure_names_a_category_or_uses_the_rare_words_of_its_definition(wordings):
    categories = yaml.safe_load((FOLDER / "categories.yaml").read_text(encoding="utf-8"))["categories"]
    for system in SYSTEMS:
        for category, rows in read(system, wordings)["failures"].items():
            said = {word for row in rows for word in re.findall(r"[a-z]+", row[-1].lower())}
            assert not said & set(CATEGORIES), (system, category)
            own = next((one["definition"] for one in categories if one["name"] == category), "")
            shared = {word for word in re.findall(r"[a-z]{6,}", own.lower())} & said
            assert not shared - {"itself", "trying", "failed"}, (system, category, shared)


@pytest.mark.parametrize("wordings", WORDINGS)
def test_every_category_has_every_severity_and_every_system(wordings):
    severities, systems = defaultdict(set), defaultdict(set)
    for failure in sayings(wordings).failures.values():
        severities[failure.category].add(failure.message.severity)
        systems[failure.category].add(failure.message.system)
    for category in (*CATEGORIES, *NEW_IN[wordings]):
        assert severities[category] == {"WARNING", "ERROR", "CRITICAL"}
        assert systems[category] == set(SYSTEMS)


def test_the_new_category_is_a_group_and_what_fits_nothing_is_none(gold):
    failures = sayings().failures
    assert sum(one.category == NEW for one in failures.values()) >= 6
    assert 40 < sum(category == NEW for category in gold.values()) < len(gold) / 5
    odd = [one for one in failures.values() if not one.category]
    assert len(odd) >= 6 and max(one.often for one in odd) <= 2
    assert len({one.message.logger for one in odd}) >= 8  # each from another corner


@pytest.mark.parametrize("wordings", WORDINGS)
def test_every_failure_is_seen_and_some_are_seen_often(wordings):
    events = [failure for *_, failure in written(LEAST_LINES, 7, True, wordings) if failure]
    counts = Counter(failure.message.system + "." + failure.key for failure in events)
    assert set(counts) == set(sayings(wordings).failures)
    assert all(20 <= sum(name.startswith(system) for name in counts) <= 40 for system in SYSTEMS)
    assert len(events) > 6 * len(counts)  # so that asking once for each kind saves five calls of six


@pytest.mark.parametrize("wordings", WORDINGS)
def test_without_the_new_category_nothing_of_it_is_left(tmp_path, wordings):
    write_logs(tmp_path, new=False, wordings=wordings)
    with (tmp_path / "gold.csv").open(encoding="utf-8") as rows:
        assert {row["category"] for row in csv.DictReader(rows)} == {*CATEGORIES, ""}


# --- traps ---------------------------------------------------------------------------------------------------------


def test_the_traps_of_bytes_are_there():
    raw = {name: (FOLDER / name).read_bytes() for name in SYSTEMS.values()}
    assert raw["portal.log"].count(b"\x1b[") > 20 and b"\n\n" in raw["portal.log"]
    assert 0 < raw["depot.log"].count(b"\r\n") < raw["depot.log"].count(b"\n") / 2
    latin, utf8 = [], []
    for line in raw["mailgate.log"].split(b"\n"):
        try:
            utf8 += [line] if not line.decode().isascii() else []
        except UnicodeDecodeError:
            latin.append(line)
    assert len(latin) > 5 and utf8
    for name in ("portal.log", "payments.jsonl", "orders.log", "depot.log"):
        raw[name].decode("utf-8")
    assert [len(line) > 40_000 for line in raw["payments.jsonl"].split(b"\n")].count(True) == 1
    assert not any(re.search(rb"\r(?!\n)|[\x0b\x0c\x1c-\x1e]|\xe2\x80[\xa8\xa9]", each) for each in raw.values())


def test_some_json_lines_are_cut_and_some_have_other_keys(logs):
    keys, cut = Counter(), 0
    for line in logs["payments.jsonl"]:
        try:
            keys["ts" if "ts" in json.loads(line) else "time"] += 1
        except ValueError:
            cut += 1
    assert 1 <= cut < 10 and keys["ts"] > keys["time"] > 50


def test_traces_are_of_every_kind(logs):
    python, java = "\n".join(logs["portal.log"]), "\n".join(logs["orders.log"])
    assert "During handling of the above exception, another" in python
    assert "The above exception was the direct cause" in python
    for sign in ("\nCaused by: ", "\n\tSuppressed: ", "\t... 12 more", "\t\t... 3 more"):
        assert sign in java
    wrapped = [at for at, line in enumerate(logs["depot.log"]) if line.startswith("\tpallet=")]
    assert wrapped and not any(FIRST["depot.log"].match(logs["depot.log"][at]) for at in wrapped)


def test_the_word_error_stands_in_lines_that_tell_of_none(logs, gold):
    for name, lines in logs.items():
        at = [n for n, line in enumerate(lines, 1) if FIRST[name].match(line) and re.search(r"ERROR[^\w]", line[50:])]
        assert [n for n in at if (name, n) not in gold], name


def test_one_message_is_in_two_systems(logs):
    assert all(
        any("ENOSPC no space left on device" in line for line in logs[n]) for n in ("portal.log", "payments.jsonl")
    )


def test_clocks_go_back(logs):
    times = [datetime.fromisoformat(line[:19]) for line in logs["portal.log"] if FIRST["portal.log"].match(line)]
    assert [str(b.date()) for a, b in pairwise(times) if b < a] == ["2026-10-25"]  # the end of summer time
    stamps = [datetime.fromisoformat(line[3:32]) for line in logs["depot.log"] if line.startswith("ts=")]
    assert [str(b.date()) for a, b in pairwise(stamps) if b < a] == ["2026-10-23"]  # a clock is set right


def test_orders_to_a_model_stand_in_every_file_and_change_no_gold(logs, gold):
    categories = set()
    for name, lines in logs.items():
        at = [n for n, line in enumerate(lines, 1) if INJECTED.search(line)]
        assert at, name
        categories |= {gold[name, n] for n in at if (name, n) in gold}
    assert {"access", "data"} <= categories


def test_a_request_is_followed_through_systems(logs):
    seen = defaultdict(set)
    for name, lines in logs.items():
        for line in lines:
            for order in re.findall(r"\bA26\d{6}\b", line):
                seen[order].add(name)
    assert sum(len(files) == 5 for files in seen.values()) > 20


def test_a_bad_evening_and_a_slow_leak_can_be_seen(logs, gold):
    hours = Counter(
        logs["orders.log"][n - 1][:13] for (file, n), c in gold.items() if file == "orders.log" and c == "capacity"
    )
    assert sum(hours[f"2026-10-23T{hour}"] for hour in (18, 19, 20)) > sum(hours.values()) / 3
    leaking = [line[:10] for line in logs["portal.log"] if "E3008 RSS" in line]
    assert len([day for day in leaking if day > "2026-10-24"]) > len(leaking) / 2


# --- nobody is in it -----------------------------------------------------------------------------------------------


def test_addresses_accounts_and_cards_belong_to_nobody(logs):
    assert_nobody(logs)


def assert_nobody(logs: dict[str, list[str]]) -> None:
    text = "\n".join(line for lines in logs.values() for line in lines)
    ranges = [ipaddress.ip_network(n) for n in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32")]
    addresses = set(re.findall(r"\b\d{1,3}(?:\.\d{1,3}){3}\b(?! Safari)|\b2001:db8::[0-9a-f]+", text)) - {"146.0.0.0"}
    assert len(addresses) > 100
    assert all(any(ipaddress.ip_address(each) in each_range for each_range in ranges) for each in addresses)
    domains = set(re.findall(r"@([\w.-]+\.\w+)", text))
    assert domains and all(re.search(r"(^|\.)example\.(com|net|org)$", domain) for domain in domains)
    ibans = set(re.findall(r"\b(?:DE|PT|GB)\d{2}[A-Z0-9]{10,}\b", text))
    assert ibans and all(iban_remainder(iban) != 1 for iban in ibans)
    cards = set(re.findall(r"\b4\d{15}\b", text))
    assert cards and all(str(luhn_digit(card[:-1])) != card[-1] for card in cards)


def test_check_digits_are_those_of_known_examples():
    assert luhn_digit("7992739871") == 3
    assert iban_remainder("GB82WEST12345698765432") == 1  # an example of textbooks; there is no such bank


# --- held-out wordings ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def held_out(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("held_out")
    write_logs(folder, wordings="held_out")
    return folder


@pytest.fixture(scope="module")
def held_out_logs(held_out) -> dict[str, list[str]]:
    return {name: lines_of(held_out / name) for name in SYSTEMS.values()}


def messages_of(wordings: str, part: str) -> list[str]:
    """Texts of the YAML files as they stand there, words in braces and all."""
    told = [read(system, wordings) for system in SYSTEMS]
    if part == "routine":
        return [row[-1] for one in told for row in one["routine"]] + [r[-1] for r in read("stories", wordings)["steps"]]
    if part == "traces":
        return [text for one in told for text in one["traces"].values()]
    return [row[-1] for one in told for rows in one["failures"].values() for row in rows]


def runs_of(text: str, length: int) -> Iterator[str]:
    """Runs of so many words between words in braces, without digits."""
    for piece in re.split(r"\{\w+\}", text.casefold()):
        said = re.findall(r"[^\W\d_]{2,}", piece)
        yield from (" ".join(said[at : at + length]) for at in range(len(said) - length + 1))


def test_held_out_failures_share_no_run_of_three_words_with_the_first_ones():
    first, held_out = ({run for text in messages_of(one, "failures") for run in runs_of(text, 3)} for one in WORDINGS)
    assert len(first) > 200 and len(held_out) > 200
    assert first & held_out == set()


def test_held_out_traces_share_no_frame_and_no_error_of_an_application_with_the_first_ones():
    """Lines of a trace, but for those that Python and Java themselves write."""
    own = re.compile(
        r"Traceback|During handling|The above exception|at java[.]base|[.]{3} \d+ more|TimeoutError$|[~^]+$"
    )
    first, held_out = (
        {
            line.strip()
            for text in messages_of(one, "traces")
            for line in text.splitlines()
            if not own.match(line.strip())
        }
        for one in WORDINGS
    )
    assert first & held_out <= {""}


def test_held_out_codes_are_other_codes():
    coded = re.compile(r"[A-Z]{1,4}\d?-?\d{2,5}[A-Z]?|0x[0-9a-f]+")
    found = [
        {row[3] for system in SYSTEMS for rows in read(system, one)["failures"].values() for row in rows}
        for one in WORDINGS
    ]
    assert not {code for code in found[0] & found[1] if coded.fullmatch(code)}


def test_about_half_of_the_routine_lines_are_worded_anew():
    first, held_out = (set(messages_of(one, "routine")) for one in WORDINGS)
    assert len(first) == len(held_out) and 0.4 < len(held_out - first) / len(held_out) < 0.65


def test_held_out_gold_has_as_many_of_each_as_the_first_and_two_new_categories(gold, held_out):
    rows = list(csv.DictReader((held_out / "gold.csv").open(encoding="utf-8")))
    counts, first = Counter(row["category"] for row in rows), Counter(gold.values())
    assert counts == {"access": 278, "capacity": 284, "data": 276, "clock": 86, "upkeep": 74, "": 12}
    assert all(0.8 < counts[category] / first[category] < 1.2 for category in (*CATEGORIES, NEW))
    failures = sayings("held_out").failures.values()
    upkeep = [one.message.system for one in failures if one.category == "upkeep"]
    assert len(upkeep) >= 6 and len(set(upkeep)) >= 3
    odd = [one for one in failures if not one.category]
    assert 6 <= len(odd) <= 8 and len({one.message.logger for one in odd}) == len(odd)


def test_held_out_gold_is_what_the_event_is_about(held_out, held_out_logs):
    about = {
        r"no ticket from \S+ in \d+ ms": "access",
        r"reset by peer while greeting": "access",
        r"ORA-00942": "access",
        r"books must agree": "data",
        r"booked out of a shelf": "data",
        r"callers queue for": "capacity",
        r"EAGAIN": "capacity",
        r"retired on|ended \d{4}": "access",
        r"another 02:30": "clock",
        r"Certificate of \S+ starts in": "clock",
        r"badges shown to it in vain": "upkeep",
        r"chips not read": "upkeep",
        r"every cassette": "upkeep",
        r"fire drill": "",
    }
    rows, found = csv.DictReader((held_out / "gold.csv").open(encoding="utf-8")), Counter()
    for row in rows:
        line = held_out_logs[row["file"]][int(row["line"]) - 1]
        for pattern, wanted in about.items():
            if re.search(pattern, line):
                assert row["category"] == wanted, line
                found[pattern] += 1
    assert set(found) == set(about)


def test_held_out_lines_have_the_same_formats_and_traps(held_out, held_out_logs):
    for name, lines in held_out_logs.items():
        assert sum(bool(FIRST[name].match(line)) for line in lines) > 500, name
        assert any(re.search(r"ERROR[^\w]", line[50:]) for line in lines if FIRST[name].match(line)), name
    python, java = "\n".join(held_out_logs["portal.log"]), "\n".join(held_out_logs["orders.log"])
    for sign in ("During handling of the above exception, another", "The above exception was the direct cause"):
        assert sign in python
    for sign in ("\nCaused by: ", "\n\tSuppressed: ", "\t... 12 more", "\t\t... 3 more"):
        assert sign in java
    assert any(line.startswith("\tpallet=") for line in held_out_logs["depot.log"])
    for name in ("portal.log", "payments.jsonl"):
        assert any("EAGAIN resource temporarily" in line for line in held_out_logs[name])
    assert "\N{REPLACEMENT CHARACTER}" in "".join(held_out_logs["mailgate.log"])  # Latin-1
    assert b"\r\n" in (held_out / "depot.log").read_bytes()
    assert max(map(len, held_out_logs["payments.jsonl"])) > 40_000


def test_held_out_orders_to_a_model_are_other_orders_and_stand_in_every_file(held_out_logs):
    orders = [
        text for name, texts in read("strangers", "held_out").items() if name.endswith("_orders") for text in texts
    ]
    assert orders and not any(INJECTED.search(text) for text in orders)
    for name, lines in held_out_logs.items():
        text = "\n".join(lines)
        assert not INJECTED.search(text)
        assert any(order in text for order in orders), name


def test_held_out_addresses_and_accounts_belong_to_nobody(held_out_logs):
    assert_nobody(held_out_logs)


def test_there_are_as_many_held_out_lines_as_asked_for():
    assert sum(text.count(b"\n") for _, _, text, _ in written(9_001, 4, True, "held_out")) == 9_001


def test_the_command_makes_held_out_logs(tmp_path):
    (said,) = run("logs", tmp_path, wordings="held_out")
    assert said.startswith("7 files") and "upkeep" in (tmp_path / "gold.csv").read_text(encoding="utf-8")
    with pytest.raises(Problem, match="no wordings 'other'"):
        list(run("logs", tmp_path, wordings="other"))


# --- the generator -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lines", "seed"), [(LEAST_LINES, 1), (LEAST_LINES, 2), (5_001, 7), (20_003, 7)])
def test_there_are_as_many_lines_as_asked_for(lines, seed):
    assert sum(text.count(b"\n") for _, _, text, _ in written(lines, seed, True)) == lines


def test_another_seed_makes_other_logs_and_the_same_seed_the_same():
    made = [b"".join(text for _, _, text, _ in written(LEAST_LINES, seed, True)) for seed in (5, 5, 6)]
    assert made[0] == made[1] != made[2]


def test_memory_does_not_grow_with_the_number_of_lines():
    sayings()
    peaks = []
    for lines in (5_000, 25_000):
        tracemalloc.start()
        for _ in written(lines, 7, True):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 2_000_000 and peaks[1] < 2.5 * peaks[0], peaks


def test_the_command_makes_logs_and_says_what_it_cannot(tmp_path):
    (said,) = run("logs", tmp_path / "a", lines=6_000, seed=2, without_new=True)
    assert said.startswith("7 files") and sum(len(lines_of(tmp_path / "a" / n)) for n in SYSTEMS.values()) == 6_000
    assert NEW not in (tmp_path / "a" / "gold.csv").read_text(encoding="utf-8")
    with pytest.raises(Problem, match="too few"):
        list(run("logs", tmp_path, lines=10))
    with pytest.raises(Problem, match="no option --pages"):
        list(run("logs", tmp_path, pages=3))
    with pytest.raises(Problem, match="no option --without-new"):
        list(run("companies", tmp_path, without_new=True))
