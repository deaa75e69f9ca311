"""Cases with what is expected of them: loaded from a file, cut into slices, drawn and divided by a seed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


class DatasetError(ValueError):
    """A dataset cannot be used; the message names the row and what to change."""


@dataclass(frozen=True)
class Case:
    """One thing to try. `tags` are what results can be sliced by, such as {"language": "pt"}."""

    id: str
    input: Any
    expected: Any = None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Dataset:
    """Cases in a fixed order, each with an id of its own. Raises DatasetError when empty or when ids repeat."""

    name: str
    cases: tuple[Case, ...]

    def __post_init__(self) -> None:
        if not self.cases:
            raise DatasetError(f"The dataset {self.name!r} has no cases.")
        seen: set[str] = set()
        for case in self.cases:
            if case.id in seen:
                raise DatasetError(f"The dataset {self.name!r} has two cases with the id {case.id!r}; ids must differ.")
            seen.add(case.id)

    @classmethod
    def from_rows(
        cls,
        name: str,
        rows: Iterable[Mapping[str, Any]],
        *,
        input: str | Sequence[str] = "input",
        expected: str | None = "expected",
        id: str | None = "id",
        tags: Sequence[str] = (),
    ) -> Dataset:
        """A dataset from dicts. input: the column that a task gets; several columns give it a dict of them.

        id: the column that names a case; cases are numbered from 1 when no row has it. tags: columns to slice by.
        """
        cases = []
        for number, row in enumerate(rows, 1):
            wanted = [input] if isinstance(input, str) else list(input)
            absent = [column for column in (*wanted, *([expected] if expected else []), *tags) if column not in row]
            if absent:
                raise DatasetError(
                    f"Row {number} of {name!r} has no {', '.join(absent)}; it has {', '.join(map(str, row))}."
                )
            cases.append(
                Case(
                    id=str(row[id]) if id and row.get(id) not in (None, "") else str(number),
                    input=row[input] if isinstance(input, str) else {column: row[column] for column in wanted},
                    expected=row[expected] if expected else None,
                    tags={tag: str(row[tag]) for tag in tags},
                )
            )
        return cls(name, tuple(cases))

    @classmethod
    def load(cls, path: Path | str, **columns: Any) -> Dataset:
        """A dataset from .csv, .jsonl or .json (a list); columns as for from_rows(). Raises DatasetError."""
        path = Path(path)
        try:
            text = path.read_text(encoding="utf-8-sig")
            if path.suffix == ".csv":
                rows = list(csv.DictReader(io.StringIO(text, newline="")))
            elif path.suffix == ".jsonl":
                rows = [json.loads(line) for line in text.splitlines() if line.strip()]
            elif path.suffix == ".json":
                rows = json.loads(text)
            else:
                raise DatasetError(f"{path.name} is no .csv, .jsonl or .json file.")
        except (OSError, UnicodeDecodeError, json.JSONDecodeError, csv.Error) as error:
            raise DatasetError(f"{path.name} cannot be read: {error}") from error
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise DatasetError(f"{path.name} must be a list of objects, one a case.")
        return cls.from_rows(path.stem, rows, **columns)

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all cases: two runs are comparable case by case when it is the same."""
        rows = [[case.id, case.input, case.expected, dict(case.tags)] for case in self.cases]
        return hashlib.sha256(json.dumps(rows, sort_keys=True, default=str).encode()).hexdigest()

    def sample(self, n: int, seed: int = 0) -> Dataset:
        """At most n cases, drawn by the seed and kept in their order."""
        if n >= len(self.cases):
            return self
        drawn = sorted(random.Random(seed).sample(range(len(self.cases)), n))
        return Dataset(self.name, tuple(self.cases[i] for i in drawn))

    def split(self, share: float, seed: int = 0) -> tuple[Dataset, Dataset]:
        """Two parts for tuning and for scoring. A case stays in its part when others are added or removed.

        share: of the first part, 0 to 1, about kept: each case falls by the hash of its own id and the seed.
        """

        def place(case: Case) -> float:
            return int(hashlib.sha256(f"{seed}:{case.id}".encode()).hexdigest()[:8], 16) / 16**8

        first = tuple(case for case in self.cases if place(case) < share)
        second = tuple(case for case in self.cases if place(case) >= share)
        return Dataset(f"{self.name}, part 1", first), Dataset(f"{self.name}, part 2", second)

    def where(self, **tags: str) -> Dataset:
        """The cases that have all these tags."""
        kept = tuple(case for case in self.cases if all(case.tags.get(tag) == value for tag, value in tags.items()))
        if not kept:
            told = ", ".join(f"{tag}={value}" for tag, value in tags.items())
            raise DatasetError(f"No case of {self.name!r} has {told}.")
        return Dataset(self.name, kept)

    def __iter__(self) -> Iterator[Case]:
        return iter(self.cases)

    def __len__(self) -> int:
        return len(self.cases)
