"""What the mock endpoint gets right on train, held-out and development cases, and what moves it, over HTTP.

workbook bench mock_competence                   both sizes, tables in the terminal
workbook bench mock_competence --write           and docs/mock_competence.{json,md,png}
workbook bench mock_competence --wrong label     and the replies to train cases of that skill that were wrong
workbook bench mock_competence --endpoint URL --model NAME [--key K] --write
                                                 the same cases on any OpenAI-compatible server, as a column beside
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
from datetime import date
from pathlib import Path

import openai
from competence_suite.asking import Asked, ask_all
from competence_suite.cases import HALVES, SKILLS, Case, read_half
from competence_suite.mechanism import variants
from competence_suite.page import WHAT, share, write_page
from competence_suite.picture import draw
from competence_suite.results import Column, load, store
from competence_suite.scoring import score

from helpers import connect
from helpers.paths import ROOT

STORED = ROOT / "docs" / "mock_competence.json"


def main() -> None:
    options = parse()
    columns = measure_endpoint(options) if options.endpoint else measure_mock(options)
    for column in columns:
        report(column)
    if options.write:
        kept = [old for old in load(STORED) if old.model not in {column.model for column in columns}]
        store(STORED, [*columns, *kept])
        columns = load(STORED)
        STORED.with_suffix(".md").write_text(write_page(columns), encoding="utf-8")
        draw(columns, STORED.with_suffix(".png"))
        print(f"wrote {STORED.with_suffix('.md')}")


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="workbook bench mock_competence")
    parser.add_argument("--write", action="store_true", help="store the results and write the docs page")
    parser.add_argument("--wrong", metavar="SKILL", choices=SKILLS, help="print this skill's wrong train cases")
    parser.add_argument("--halves", nargs="+", choices=HALVES, default=list(HALVES))
    parser.add_argument("--every", type=int, default=1, metavar="N", help="ask only each skill's every Nth case")
    parser.add_argument("--no-mechanism", action="store_true", help="leave the comparisons of prompts out")
    parser.add_argument("--concurrency", type=int, default=2)
    parser.add_argument(
        "--endpoint", metavar="URL", help="another OpenAI-compatible server, such as http://localhost:8080/v1"
    )
    parser.add_argument("--model", help="its model")
    parser.add_argument("--key", default="none", help="its key")
    parser.add_argument("--note", default="", help="what the page should say about it, such as what was constrained")
    parser.add_argument("--tools-as-schema", action="store_true", help="have tool calls written as JSON by a schema")
    parser.add_argument("--kept", type=Path, help="file of replies; a run that was stopped goes on from it")
    options = parser.parse_args()
    if options.endpoint and not options.model:
        parser.error("--endpoint needs --model")
    return options


def measure_mock(options: argparse.Namespace) -> list[Column]:
    endpoint = connect("mock", quiet=True)
    return [measure(Asked(endpoint.client, model), options) for model in (endpoint.chat_large, endpoint.chat_small)]


def measure_endpoint(options: argparse.Namespace) -> list[Column]:
    client = openai.OpenAI(base_url=options.endpoint, api_key=options.key, timeout=600)
    options.no_mechanism = True
    return [measure(Asked(client, options.model, options.tools_as_schema), options)]


def measure(asked: Asked, options: argparse.Namespace) -> Column:
    """Ask everything and score it."""
    simulated = not options.endpoint
    column = Column(asked.model, simulated, date.today().isoformat(), commit(), command(options), options.note)
    cases = [case for half in options.halves for skill in SKILLS for case in of(skill, half)[:: options.every]]
    replies = ask_all(asked, cases, concurrency=options.concurrency, kept=options.kept)
    for case in cases:
        right, total = score(case, replies[case.id])
        column.add(case.skill, case.id, (right, total))
        if right < total and case.skill == options.wrong and case.half == "train":
            show_wrong(asked.model, case, replies[case.id].text or str(replies[case.id].calls))
    compared = [] if options.no_mechanism or options.every > 1 else list(variants())
    replies = ask_all(asked, [case for _, _, case in compared], concurrency=options.concurrency)
    for what, variant, case in compared:
        column.add_mechanism(what, variant, score(case, replies[case.id]))
    return column


def of(skill: str, half: str) -> list[Case]:
    return [case for case in read_half(half) if case.skill == skill]


def show_wrong(model: str, case: Case, reply: str) -> None:
    print(f"--- {model} {case.id}\n{case.messages[-1]['content']}\n==> {reply}\nexpected {case.expect}\n")


def command(options: argparse.Namespace) -> str:
    """The command as the page shows it: without keys, files and notes."""
    shown = ["workbook", "bench", "mock_competence"]
    shown += ["--endpoint", options.endpoint, "--model", options.model] if options.endpoint else []
    shown += ["--tools-as-schema"] if options.tools_as_schema else []
    shown += ["--every", str(options.every)] if options.every > 1 else []
    shown += ["--halves", *options.halves] if set(options.halves) != set(HALVES) else []
    return shlex.join([*shown, "--write"])


def commit() -> str:
    """Short hash of HEAD, and whether the code that answers differs from it; "unknown" outside a clone."""
    try:
        head, changed = (
            subprocess.run(["git", *command], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
            for command in (["rev-parse", "--short", "HEAD"], ["status", "--porcelain", "helpers"])
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return f"{head} with changes" if changed else head


def report(column: Column) -> None:
    """Percent and 95% Wilson interval of each skill and half, then of each variant of a prompt."""
    print(f"\n{column.model}{' (simulated)' if column.simulated else ''}, {column.date}, commit {column.commit}")
    print(f"{'':<54}{''.join(f'{half:>17}' for half in HALVES)}")
    for skill in SKILLS:
        print(f"{WHAT[skill]:<54}{''.join(f'{share(column.count(skill, half)):>17}' for half in HALVES)}")
    for what, rows in column.mechanism.items():
        print(what)
        for variant, (right, total) in rows.items():
            print(f"    {variant:<50}{share((right, total)):>17}")


if __name__ == "__main__":
    main()
