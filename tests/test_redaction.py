"""What is personal, secret or a machine's name gets a placeholder; codes, severities and numbers stay."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.connection import masking
from helpers.problem import Problem
from helpers.redaction import MOST_SLOW, Redactor

REDACTOR = Redactor.of(None)

CLEANED = {
    "Account anna.meyer locked, from 10.12.0.7": "Account <USER> locked, from <IP>",
    "upstream web-03.shop.internal:8080 (10.0.0.7) answered": "upstream <HOST>:8080 (<IP>) answered",
    "Connection refused to db-prod-02": "Connection refused to <HOST>",
    "pod orders-7d9f8b6c5d-x2x4z on node ip-10-0-0-12": "pod <HOST> on node <HOST>",
    'host=web server: "mail", client: 1.2.3.4': 'host=<HOST> server: "<HOST>", client: <IP>',
    "fe80::1%eth0, 2001:db8::8a2e:370:7334 and ::1": "<IP>, <IP> and <IP>",
    "mail to bob@shop.example failed": "mail to <EMAIL> failed",
    "postgres@shop is gone": "<USER> is gone",
    "Failed password for invalid user admin from 203.0.113.7": "Failed password for invalid user <USER> from <IP>",
    'password authentication failed for user "bob"': 'password authentication failed for user "<USER>"',
    "user=bob, uid: 1001; owner=ann": "user=<USER>, uid: <USER>; owner=<USER>",
    "session opened for user root(uid=0)": "session opened for user <USER>(uid=<USER>)",
    "i.marrant requested it": "<USER> requested it",
    'open() "/home/anna/x.csv" failed': 'open() "<PATH>" failed',
    "C:\\Users\\Anna Meyer\\x.txt and \\\\srv\\share\\x": "<PATH> and <PATH>",
    "id 550e8400-e29b-41d4-a716-446655440000": "id <UUID>",
    "hash 9f86d081884c7d659a2feaa0c55ad015": "hash <ID>",
    "00:1a:2b:3c:4d:5e left": "<MAC> left",
    "https://bob:pw123@api.example.com/v1?token=abc failed": "<URL> failed",
    "jdbc:postgresql://db1:5432/shop?user=bob refused": "<URL> refused",
    "Authorization: Bearer abcdefghijklmnop1234": "Authorization: Bearer <SECRET>",
    "token=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc": "token=<SECRET>",
    "password: Geheim!2026 is wrong": "password: <SECRET> is wrong",
    '{"user": "bob", "password": "x y"}': '{"user": "<USER>", "password": "<SECRET>"}',
    "API key mk-demo-a7ceee8ac909 was withdrawn": "API key <SECRET> was withdrawn",
    "key AKIAIOSFODNN7EXAMPLE leaked": "key <SECRET> leaked",
    "Set-Cookie: sid=31d4d96e; path=/": "Set-Cookie: <SECRET>",
    "IBAN DE89 3704 0044 0532 0130 00 is wrong": "IBAN <IBAN> is wrong",
    "account GB29NWBK60161331926819 closed": "account <IBAN> closed",
    "card 4111 1111 1111 1111 refused": "card <CARD> refused",
    "card 4111111111111112, typed wrongly": "card <CARD>, typed wrongly",
    "card ****1234 refused": "card <CARD> refused",
    "call +49 170 1234567 or (555) 123-4567 or tel: 089/1234567": "call <PHONE> or <PHONE> or tel: <PHONE>",
    "Mrs. Anna Meyer and customer Bob van Dyk wrote": "Mrs. <PERSON> and customer <PERSON> wrote",
    "not in address of Solvei Hoogvest": "not in address of <PERSON>",
    "letter to Anna Meyer <anna@x.example>": "letter to <PERSON> <<EMAIL>>",
}


@pytest.mark.parametrize("text", CLEANED)
def test_it_is_replaced_by_its_kind(text):
    assert REDACTOR.clean(text) == CLEANED[text]
    assert REDACTOR.found(text)
    assert REDACTOR.found(CLEANED[text]) == []


@pytest.mark.parametrize(
    "text",
    [
        "E1042 locked, HTTP 503, ORA-00942, PAY-003: ERROR after 3 tries",
        "user not found in directory; user name is too long; customer service failed",
        "Invalid token: unexpected end of input; token expired; password is wrong",
        "java.net.ConnectException at com.shop.orders.OrderService.open and std::vector",
        "config.yaml, main.py, x.log and self.app on 2026-11-22 at 17:00:00 of version 1.2.3",
        "12/100 done, 5 km/h, and/or, I/O, 12.50 EUR, 4096 MB, 1795366800123",
        "server closed the connection; host is unreachable; pinned, spinning=fast, design=new",
        "<HOST> <IP> <EMAIL> user=<USER> token=<SECRET> host: <HOST>",
    ],
)
def test_what_is_no_ones_stays(text):
    assert REDACTOR.clean(text) == text


def test_findings_name_the_kind_and_the_text():
    assert REDACTOR.found("bob@x.example from 10.0.0.7") == [("EMAIL", "bob@x.example"), ("IP", "10.0.0.7")]


def test_a_key_that_this_process_knows_is_replaced_wherever_it_stands(monkeypatch):
    monkeypatch.setenv("SHOP_API_KEY", "correcthorsebatterystaple")
    assert Redactor.of(None).clean("sent correcthorsebatterystaple twice") == "sent <SECRET> twice"
    assert "correcthorsebatterystaple" in masking.known_secrets()


PARTS = st.sampled_from(
    [*CLEANED, "a", " ", "=", ":", "/", "@", ".", "-", "<", ">", '"', "'", "\\", "user ", "1", "x" * 70]
)


@settings(max_examples=150, deadline=None)
@given(
    st.one_of(st.text(max_size=80), st.lists(PARTS, max_size=6).map("".join), st.lists(PARTS, max_size=6).map(" ".join))
)
def test_a_cleaned_text_has_nothing_left_to_find(text):
    cleaned = REDACTOR.clean(text)
    assert REDACTOR.found(cleaned) == []
    assert REDACTOR.clean(cleaned) == cleaned


@pytest.mark.parametrize(
    "run", ["a", "1", "A1", ".", "a.", "-", "/a", "user ", "a@", ":", "a=", "\\", "x-", "<", "Aa ", "1 ", '"', "key "]
)
def test_a_long_line_takes_no_longer_than_its_length_explains(run):
    REDACTOR.clean(run * (500 // len(run)))
    short, long = (_seconds(run * (size // len(run))) for size in (2_000, 32_000))
    assert long < 100 * max(short, 0.002)  # 16 times as long; with a square it would be 256 times


def _seconds(text: str) -> float:
    began = time.process_time()
    REDACTOR.clean(text)
    return time.process_time() - began


# --- a team's own rules --------------------------------------------------------------------------------------------


def rules(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_teams_rules_come_first_and_the_others_stay(tmp_path):
    redactor = Redactor.of(
        rules(tmp_path, "- name: ORDER\n  pattern: '\\bA\\d{8}\\b'\n- {name: SKU, pattern: 'KX-\\d+'}\n")
    )
    assert redactor.clean("A26000001 of KX-12 from 10.0.0.7") == "<ORDER> of <SKU> from <IP>"
    assert redactor.found("A26000001") == [("ORDER", "A26000001")]
    assert redactor.clean("<ORDER> of <SKU>") == "<ORDER> of <SKU>"


def test_an_empty_file_of_rules_is_no_rules(tmp_path):
    assert Redactor.of(rules(tmp_path, "# none so far\n")).rules == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- name: [", "cannot be read"),
        ("name: X\npattern: x\n", "is no list of rules"),
        ("- name: ORDER\n", "rule 1 of rules.yaml has not just a name and a pattern"),
        ("- {name: order, pattern: x}\n", "use capitals"),
        ("- {name: ORDER, pattern: 12}\n", "put it in single quotes"),
        ("- {name: ORDER, pattern: '(x'}\n", "ORDER, has a wrong pattern: missing \\)"),
        ("- {name: ORDER, pattern: 'x*'}\n", "fits the empty text"),
        ("- {name: ORDER, pattern: '(a|aa)+$'}\n", "takes too long"),
    ],
)
def test_a_wrong_rule_is_refused_with_what_to_do(tmp_path, text, says):
    with pytest.raises(Problem, match=says):
        Redactor.of(rules(tmp_path, text))


def test_a_missing_file_of_rules_is_said(tmp_path):
    with pytest.raises(Problem, match=r"none\.yaml cannot be read"):
        Redactor.of(tmp_path / "none.yaml")


def test_where_a_rule_cannot_decide_in_time_nothing_gets_out_and_it_does_not_hang(tmp_path):
    # Slow only on a text that is not among those it is tried on.
    redactor = Redactor.of(rules(tmp_path, "- {name: SLOW, pattern: '(?:q|qq)+(?:q|qq)+z(?:y)'}\n"))
    hard = "anna " + "q" * 400
    began = time.monotonic()
    assert redactor.clean(hard) == "<SLOW>"
    with pytest.raises(Problem, match="SLOW took more than"):
        for _ in range(MOST_SLOW + 1):
            redactor.clean(hard)
    assert time.monotonic() - began < 60  # it ends: without the bound it would not
