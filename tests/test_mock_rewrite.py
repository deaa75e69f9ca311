"""Rewriting and summarising say only what the text says, in the words and the length that the prompt asks for."""

from __future__ import annotations

import re
from typing import Any

import openai
import pytest

from helpers.mock_endpoint import start
from helpers.mock_endpoint.skills.rewrite import rewritten
from helpers.mock_endpoint.text.plain_words import in_plain_words
from helpers.mock_endpoint.text.redaction import kept_values, named_for_keeping, named_for_removal, without

LOG = """2033-02-11 04:20:07 ERROR [io-2] org.tide.Pump - Pump controller timed out, error code TD-7714, severity high.
    at org.tide.Pump.open(Pump.java:51)
    at org.tide.Main.main(Main.java:9)
The valve at gate-node-12 (10.3.0.8) was closed by the operator at 04:31, and approximately 40 boats had to wait."""
NOTICE = (
    "In accordance with the harbour rules, skippers shall submit the form prior to 9 May 2033. The fee of 35 euros is "
    "charged at the office, and receipts are sent by post. Assistance is available on Mondays. The harbour café serves "
    "soup. The fee of 35 euros must be paid at the office."
)


@pytest.fixture(scope="module")
def ask():
    client = openai.OpenAI(base_url=start().url, api_key="workbook", max_retries=0)

    def ask(said: str, system: str = "", model: str = "sim-large", **parameters: Any) -> str:
        messages: list[Any] = [{"role": "system", "content": system}] if system else []
        messages.append({"role": "user", "content": said})
        reply = client.chat.completions.create(model=model, messages=messages, temperature=0, **parameters)
        return reply.choices[0].message.content or ""

    return ask


# --- rewrite -------------------------------------------------------------------------------------------------------


def test_a_text_for_customers_has_no_technical_traces_and_keeps_the_facts(ask):
    reply = ask(f'Rewrite this log for a customer. Keep the error code.\n"""{LOG}"""')
    for gone in ("Pump.java", "10.3.0.8", "gate-node-12", "org.tide", "timed out"):
        assert gone not in reply
    for kept in ("TD-7714", "04:31", "40 boats", "took too long"):
        assert kept in reply


def test_engineers_keep_the_host_unless_it_is_to_go(ask):
    assert "gate-node-12" in ask(f'Rewrite this for an engineer, in short sentences.\n"""{LOG}"""')
    told = "Rewrite this for an engineer. Remove host names and IP addresses."
    reply = ask(f'{told}\n"""{LOG}"""')
    assert "gate-node-12" not in reply and "10.3.0.8" not in reply and "TD-7714" in reply


def test_every_number_and_name_of_a_rewrite_stands_in_the_text(ask):
    reply = ask(f'Rewrite in plain language.\n"""{NOTICE}"""')
    assert set(re.findall(r"\d+", reply)) == set(re.findall(r"\d+", NOTICE))
    assert "before 9 May 2033" in reply and "must send" in reply and "Help is available" in reply


def test_long_sentences_are_split_at_clauses():
    parts = rewritten(
        "The lock was full of water at noon that day, but the boats were able to leave before dark.",
        "in plain language",
    )
    assert parts == ["The lock was full of water at noon that day.", "But the boats could leave before dark."]


def test_a_passive_with_an_agent_is_turned_round():
    assert rewritten("The lock was closed by the keeper on Monday.", "plain language") == [
        "The keeper closed the lock on Monday."
    ]
    assert rewritten("The lock was closed by mistake.", "plain language") == ["The lock was closed by mistake."]


def test_length_and_what_must_stay_are_kept_together(ask):
    reply = ask(f'Rewrite for a manager in at most 25 words. Keep the severity.\n"""{LOG}"""')
    assert len(reply.split()) <= 27 and "severity high" in reply.lower()
    bullets = ask(
        f'Rewrite in plain language as 3 bullets of at most 9 words each. Keep dates.\n"""{NOTICE}"""'
    ).splitlines()
    assert len(bullets) == 3 and all(len(line.removeprefix("- ").split()) <= 9 for line in bullets)
    assert "9 May 2033" in "".join(line for line in bullets if "form" in line or "skippers" in line)


def test_shorter_is_shorter(ask):
    reply = ask(f"Make this shorter:\n\n{NOTICE}")
    assert 5 < len(reply.split()) <= 0.6 * len(NOTICE.split())


def test_tone_is_changed_without_changing_what_is_said(ask):
    polite = ask('Make this more polite: "Send me the list right now. You must sign it."')
    assert polite == "Please send me the list as soon as you can. Please sign it."
    formal = ask('Rewrite in a formal tone: "We can\'t open the lock today. Thanks for waiting."')
    assert formal == "We cannot open the lock today. Thank you for waiting."


def test_personal_data_is_left_out(ask):
    reply = ask(
        'Remove personal data from the text and rewrite it: """Write to bo@dock.example or call 040 555 0199."""'
    )
    assert "bo@dock" not in reply and "0199" not in reply


@pytest.mark.parametrize(
    ("text", "language", "plain"),
    [
        (
            "O capitão deve solicitar ajuda e efetuar o pagamento.",
            "pt",
            "O capitão deve pedir ajuda e fazer o pagamento.",
        ),
        ("El capitán debe solicitar ayuda y efectuar el pago.", "es", "El capitán debe pedir ayuda y hacer el pago."),
        ("We utilise numerous tools.", "en", "We use many tools."),
        ("He lives in Purchase Street.", "en", "He lives in Purchase Street."),
    ],
)
def test_plain_words_in_three_languages_spare_names(text, language, plain):
    assert in_plain_words(text, language) == plain


def test_a_translation_is_declined_plainly(ask):
    reply = ask(f"Translate the following text into German:\n\n{NOTICE}")
    assert reply.startswith("I cannot translate into German")


def test_what_to_remove_and_to_keep_is_read_from_the_instructions():
    told = "Remove host names, IP addresses and stack traces, but keep the error code and all dates."
    assert named_for_removal(told) >= {"host", "ip", "trace"}
    assert named_for_keeping(told) == ("code", "date")
    assert kept_values("TD-7714 since 3 May 2033", ("code", "date")) == ["TD-7714", "3 May 2033"]
    assert without("Host web-01 (10.0.0.1) is down.", ("host", "ip")) == "Host is down."


# --- summarise -----------------------------------------------------------------------------------------------------


def test_a_summary_does_not_say_the_same_twice(ask):
    reply = ask(f'Summarise in two sentences.\n"""{NOTICE}"""')
    assert reply.count("35 euros") <= 1


def test_a_summary_of_one_subject_takes_what_is_about_it(ask):
    assert "35 euros" in ask(f'Summarise what it says about money in one sentence.\n"""{NOTICE}"""')
    assert "soup" in ask(f'Summarise what it says about food in one sentence.\n"""{NOTICE}"""')


@pytest.mark.parametrize("words", [6, 10, 18, 30])
def test_a_summary_keeps_its_limit_without_cutting_words(ask, words):
    reply = ask(f'Summarise in at most {words} words.\n"""{NOTICE}"""')
    assert len(reply.split()) <= words
    assert {w.strip(".,").lower() for w in reply.split()} <= {w.strip(".,").lower() for w in NOTICE.split()}


def test_a_summary_keeps_the_order_of_the_text(ask):
    lines = ask(f'Summarise as 3 bullet points.\n"""{NOTICE}"""').splitlines()
    places = [NOTICE.find(line.removeprefix("- ")) for line in lines]
    assert len(lines) == 3 and places == sorted(places) and places[0] >= 0


def test_a_summary_is_in_the_language_of_the_text(ask):
    text = "O porto fecha em agosto. Os barcos saem pela comporta norte. O porto abre de novo em setembro."
    assert ask(f'Resuma em uma frase:\n"""{text}"""') in text
