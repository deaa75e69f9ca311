"""The five days, slot by slot: failures and orders are placed, routine lines fill the rest, all goes to disk."""

from __future__ import annotations

import csv
import shutil
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from random import Random

from .days import SLOT, SLOTS, shares
from .formats import WRITERS
from .messages import LINES, SYSTEMS, Failure, Message, Sayings, sayings
from .things import Things

SAMPLE_LINES, LEAST_LINES, SEED = 4_300, 4_300, 7
GROWTH = 0.8  # failures grow more slowly than lines: in a long log a smaller part of the lines tells of one
RETRIED = 0.15  # share of failures that come again for the same request, seconds later
GOLD = ("file", "line", "category")


@dataclass(order=True, slots=True)
class Placed:
    """A message at its time, with what its request shares with other lines."""

    at: float
    order: int
    message: Message = field(compare=False)
    context: dict[str, str] = field(compare=False)
    failure: Failure | None = field(compare=False, default=None)


def write_logs(
    folder: Path, *, lines: int = SAMPLE_LINES, seed: int = SEED, new: bool = True, wordings: str = "first"
) -> list[Path]:
    """Write the five logs with `lines` lines in all, their gold.csv, and categories.yaml; the paths written.

    `new=False` leaves out the failures of each category that the team does not have yet. `wordings="held_out"`: the
    same systems in other words, for measuring only (see the package's docstring). Memory does not grow with `lines`;
    the same arguments give the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        logs = {name: stack.enter_context((folder / file).open("wb")) for name, file in SYSTEMS.items()}
        parts = {name: folder / f"gold.csv.{name}" for name in SYSTEMS}
        gold = {name: stack.enter_context(part.open("w", encoding="utf-8")) for name, part in parts.items()}
        for system, line, text, failure in written(lines, seed, new, wordings):
            logs[system].write(text)
            if failure is not None:
                gold[system].write(f"{SYSTEMS[system]},{line},{failure.category}\n")
    with (folder / "gold.csv").open("w", encoding="utf-8", newline="") as whole:
        csv.writer(whole, lineterminator="\n").writerow(GOLD)
        for part in parts.values():
            with part.open(encoding="utf-8") as rows:
                shutil.copyfileobj(rows, whole)
            part.unlink()
    (folder / "categories.yaml").write_bytes(files(__package__).joinpath("categories.yaml").read_bytes())
    return [*(folder / file for file in SYSTEMS.values()), folder / "gold.csv", folder / "categories.yaml"]


def written(
    lines: int, seed: int, new: bool, wordings: str = "first"
) -> Iterator[tuple[str, int, bytes, Failure | None]]:
    """Every event in the order of each file: system, number of its first line, its bytes, its failure if it is one."""
    told, random = sayings(wordings), Random(f"{seed}/routine").random
    things = Things(seed, told.strangers)
    place, to_come = Placing(told, lines, seed, new), special_lines(Placing(told, lines, seed, new))
    wanted = {name: int(lines * share) for name, share in LINES.items()}
    wanted["payments"] += lines - sum(wanted.values())
    done, traffic = dict.fromkeys(SYSTEMS, 0), cumulated("traffic")
    for slot in range(SLOTS):
        special = place.slot(slot)
        now = (traffic[slot + 1] - traffic[slot]) / (1 - traffic[slot])  # share of the traffic that is left
        for system in SYSTEMS:
            events = []
            for each in special[system]:
                things.renew(each.context)
                text = WRITERS[system](each.at, each.message, things)
                events.append((each.at, len(events), text, each.failure))
            to_come[system] -= sum(each.message.lines for each in special[system])
            count = done[system] + sum(text.count(b"\n") for _, _, text, _ in events)
            left = wanted[system] - count - to_come[system]  # routine lines from here on
            for _ in range(int(left * now + random()) if slot < SLOTS - 1 else round(left)):
                at, message = (slot + random()) * SLOT, drawn(told.routine[system], random())
                things.renew()
                events.append((at, len(events), WRITERS[system](at, message, things), None))
            for _, _, text, failure in sorted(events, key=lambda event: event[:2]):
                yield system, done[system] + 1, text, failure
                done[system] += text.count(b"\n")


def special_lines(place: Placing) -> dict[str, float]:
    """Lines to expect of each system's failures and orders, so that routine lines can be spread evenly around them."""
    found = dict.fromkeys(SYSTEMS, 0.0)
    for slot in range(SLOTS):
        for system, placed in place.slot(slot).items():
            found[system] += sum(each.message.lines for each in placed)
    return found


def drawn(routine: list[tuple[float, Message]], share: float) -> Message:
    return routine[bisect_right(routine, share, key=lambda row: row[0])][1]


@cache
def cumulated(pattern: str) -> list[float]:
    return shares(pattern)


class Placing:
    """Which failures and which lines of orders lie in a slot; what they set off later is kept until its slot comes."""

    def __init__(self, told: Sayings, lines: int, seed: int, new: bool) -> None:
        self.told, self.lines = told, lines
        self.random = Random(f"{seed}/placing").random
        self.growth = max(1.0, lines / SAMPLE_LINES) ** GROWTH
        self.failures = [one for one in told.failures.values() if new or one.category not in told.new]
        self.offsets = {id(one): self.random() for one in self.failures}
        self.later: dict[int, list[Placed]] = defaultdict(list)
        self.placed = 0
        self.stories = lines * told.story_share / len(told.story)

    def slot(self, slot: int) -> dict[str, list[Placed]]:
        found: dict[str, list[Placed]] = {name: [] for name in SYSTEMS}
        for failure in self.failures:
            for _ in range(self.how_many(failure.often * self.growth, failure.when, slot, self.offsets[id(failure)])):
                self.fail(failure, (slot + self.random()) * SLOT, {})
        for _ in range(self.how_many(self.stories, "traffic", slot, 0.5)):
            start, context = (slot + self.random()) * SLOT, {}
            for step in self.told.story:
                self.put(start + step.after * (0.7 + 0.6 * self.random()), step.message, context)
        for each in sorted(self.later.pop(slot, ())):
            found[each.message.system].append(each)
        return found

    @staticmethod
    def how_many(in_all: float, pattern: str, slot: int, offset: float) -> int:
        """Of so many over the five days, those in this slot."""
        share = cumulated(pattern)
        return int(in_all * share[slot + 1] + offset) - int(in_all * share[slot] + offset)

    def put(self, at: float, message: Message, context: dict[str, str], failure: Failure | None = None) -> None:
        self.placed += 1
        self.later[int(at // SLOT)].append(Placed(at, self.placed, message, context, failure))

    def fail(self, failure: Failure, at: float, context: dict[str, str]) -> None:
        self.put(at, failure.message, context, failure)
        if failure.often > 1 and self.random() < RETRIED:
            self.put(at + 2 + 9 * self.random(), failure.message, context, failure)
        for name, share in failure.then:
            if self.random() < share:
                self.fail(self.told.failures[name], at + 0.2 + 4 * self.random(), context)
