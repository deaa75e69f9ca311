"""`workbook ledger`: what the calls of all notebooks used, from the files in the learner's folder."""

from __future__ import annotations

import csv
import json
import re
from dataclasses import asdict, fields
from pathlib import Path
from typing import cast

from helpers.ledger.call import Call
from helpers.ledger.kept import ledger_folder
from helpers.ledger.totals import WAYS, By, Reader, Summary, Total, summary
from helpers.prices import PricesError, sources
from helpers.problem import Problem

_SPENT = {"live": "spent", "recorded": "replayed, nothing spent", "simulated": "simulated, nothing spent"}


def run(since: str, by: str, csv_file: Path | None, as_json: bool) -> str:
    """What is to be printed. Raises Problem: an option that cannot be understood, a file that cannot be written."""
    if by not in WAYS:
        raise Problem(f"`--by {by}` is not known", f"choose one of {', '.join(WAYS)}")
    if since and not re.fullmatch(r"\d{4}-\d{2}(-\d{2})?", since):
        raise Problem(f"`--since {since}` is no day", "write it as 2026-11-01, or a month as 2026-11")
    folder = ledger_folder()
    if csv_file is not None:
        return _write_csv(folder, since, csv_file)
    found = summary(folder, cast(By, by), since)
    try:
        priced_by = sources()
    except PricesError as error:
        priced_by = str(error)
    return _json(found, since, priced_by) if as_json else _text(found, since, priced_by, folder)


def _text(found: Summary, since: str, priced_by: str, folder: Path) -> str:
    if not found.groups:
        when = f" since {since}" if since else ""
        return f"The ledger in {folder} has no call{when}." + _damaged(found)
    heads = (found.by, "source", "calls", "failed", "input", "cached", "output", "seconds", "US dollars")
    lines = [heads, *(_row(group, source, total) for (group, source), total in found.groups.items())]
    widths = [max(len(line[i]) for line in lines) for i in range(len(heads))]
    text = ["  ".join(_set(cell, widths[i], i) for i, cell in enumerate(line)).rstrip() for line in lines]
    text.append("")
    for source, said in _SPENT.items():
        total = found.of(source)
        if total.calls:
            unpriced = f", and {total.unpriced} calls whose price is not known" if total.unpriced else ""
            text.append(f"{source}: {total.calls:,} calls, ${total.usd:.4f} {said}{unpriced}")
    text.append(f"Prices: {priced_by}.")
    return "\n".join(text) + _damaged(found) + _month_budget(folder)


def _row(group: str, source: str, total: Total) -> tuple[str, ...]:
    failed = total.refused + total.broken
    dollars = f"{total.usd:.6f}" + (" + ?" if total.unpriced else "")
    numbers = (total.calls, failed, total.input_tokens, total.cached_tokens, total.output_tokens)
    return (group, source, *(f"{number:,}" for number in numbers), f"{total.seconds:,.1f}", dollars)


def _set(cell: str, width: int, column: int) -> str:
    return cell.ljust(width) if column < 2 else cell.rjust(width)


def _damaged(found: Summary) -> str:
    return f"\n{found.damaged} damaged lines were passed over." if found.damaged else ""


def _month_budget(folder: Path) -> str:
    """The month's shared budget, where one was ever set: what is spent, and what killed kernels left in doubt."""
    states = sorted(folder.glob("budget-????-??.json"))
    if not states:
        return ""
    try:
        state = json.loads(states[-1].read_text(encoding="utf-8"))
        spent, held = float(state["spent"]), sum(map(float, state["reserved"].values()))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ""
    month = states[-1].stem.removeprefix("budget-")
    doubt = f"; ${held:.4f} are held for calls under way or of unknown cost" if held else ""
    return f"\nMonthly budget, {month}: ${spent:.4f} counted{doubt}."


def _json(found: Summary, since: str, priced_by: str) -> str:
    groups = [{found.by: group, "source": source, **asdict(total)} for (group, source), total in found.groups.items()]
    totals = {source: asdict(found.of(source)) for source in _SPENT}
    whole = {"since": since or None, "by": found.by, "groups": groups, "totals": totals}
    return json.dumps({**whole, "damaged_lines": found.damaged, "prices": priced_by}, indent=1)


def _write_csv(folder: Path, since: str, path: Path) -> str:
    """Every call as a row, as the files have them: in the order of each kernel, kernel after kernel."""
    reader, count = Reader(folder, since), 0
    names = [field.name for field in fields(Call)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(names)
            for call in reader:
                rows.writerow([_cell(getattr(call, name)) for name in names])
                count += 1
    except OSError as error:
        raise Problem(f"{path} cannot be written ({error.strerror})", "choose another file or folder") from None
    damaged = f"; {reader.damaged} damaged lines were passed over" if reader.damaged else ""
    return f"{count:,} calls written to {path}{damaged}."


def _cell(value: object) -> object:
    isoformat = getattr(value, "isoformat", None)
    if isoformat:
        return isoformat(timespec="milliseconds")
    # A spreadsheet would compute what begins like a formula; names come from endpoints.
    return f"'{value}" if isinstance(value, str) and value[:1] in "=+-@\t\r" and value else value
