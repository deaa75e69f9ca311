"""What a run found, as plain data: one row a case, in files that can be read, compared and shown again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from helpers.evaluation.scorers import Score
from helpers.files import write_atomically
from helpers.intervals import Interval, bootstrap, share

FORMAT = 1


@dataclass(frozen=True)
class Row:
    """One case: what came out, how it scored, what it took. `error` says why there is no output."""

    id: str
    input: Any
    expected: Any
    output: Any
    scores: dict[str, Score]
    tags: dict[str, str] = field(default_factory=dict)
    error: str = ""
    seconds: float = 0.0
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float | None = 0.0
    prompts: list[Any] = field(default_factory=list)  # the messages (or input) of each call, in order


@dataclass(frozen=True)
class Results:
    """A run: its rows in the dataset's order, and what is needed to repeat it."""

    name: str
    rows: tuple[Row, ...]
    about: dict[str, Any] = field(default_factory=dict)  # dataset, fingerprint, endpoint, models, seed, versions, when

    @property
    def scorers(self) -> list[str]:
        """Names of the scorers, in their order."""
        return list(dict.fromkeys(name for row in self.rows for name in row.scores))

    @property
    def simulated(self) -> bool:
        """True when the outputs were made with the mock endpoint."""
        return bool(self.about.get("simulated"))

    def values(self, scorer: str) -> dict[str, float]:
        """Case id -> score from 0 to 1. A case without an output scores 0; one that could not be judged is left out.

        Raises KeyError for a scorer that the run did not have.
        """
        if scorer not in self.scorers:
            raise KeyError(f"{self.name!r} has no scorer {scorer!r}; it has {', '.join(self.scorers) or 'none'}")
        found = {}
        for row in self.rows:
            value = 0.0 if row.error else row.scores[scorer].value
            if value is not None:
                found[row.id] = value
        return found

    def score(self, scorer: str, rows: Sequence[Row] | None = None) -> Interval:
        """The mean score with its interval: Wilson's for right or wrong, the bootstrap's for scores in between."""
        known = self.values(scorer)
        values = [known[row.id] for row in (self.rows if rows is None else rows) if row.id in known]
        if not values:
            return Interval(float("nan"), 0.0, 1.0)
        if set(values) <= {0.0, 1.0}:
            return share(int(sum(values)), len(values))
        return bootstrap(values, lambda drawn: sum(drawn) / len(drawn))

    def slices(self, tag: str, scorer: str) -> dict[str, Interval]:
        """Value of a tag -> mean score of its cases."""
        found: dict[str, list[Row]] = {}
        for row in self.rows:
            found.setdefault(row.tags.get(tag, "(none)"), []).append(row)
        return {value: self.score(scorer, rows) for value, rows in sorted(found.items())}

    def failures(self, scorer: str) -> list[Row]:
        """Rows that score below 1, errors included."""
        values = self.values(scorer)
        return [row for row in self.rows if values.get(row.id, 1.0) < 1.0]

    @property
    def totals(self) -> dict[str, float | None]:
        """Calls, tokens, seconds (summed over cases) and US dollars; None for dollars when a price is not known."""
        usd = [row.usd for row in self.rows]
        return {
            "calls": sum(row.calls for row in self.rows),
            "input_tokens": sum(row.input_tokens for row in self.rows),
            "output_tokens": sum(row.output_tokens for row in self.rows),
            "seconds": sum(row.seconds for row in self.rows),
            "usd": None if None in usd else sum(usd),
        }

    def save(self, folder: Path) -> Path:
        """Write results.json into a folder, in one step; gives its path."""
        path = Path(folder) / "results.json"
        content = {"format": FORMAT, "name": self.name, "about": self.about, "rows": [asdict(row) for row in self.rows]}
        write_atomically(path, json.dumps(content, ensure_ascii=False, indent=1, default=str) + "\n")
        return path

    @classmethod
    def load(cls, path: Path | str) -> Results:
        """Read results.json, given the file or its folder. Raises ValueError for what is none, OSError."""
        path = Path(path)
        path = path / "results.json" if path.is_dir() else path
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["format"] != FORMAT:
                raise ValueError(f"{path} has format {content['format']}, this workbook reads {FORMAT}")
            rows = [
                Row(**{**row, "scores": {name: Score(**score) for name, score in row["scores"].items()}})
                for row in content["rows"]
            ]
            return cls(content["name"], tuple(rows), content["about"])
        except (KeyError, TypeError, json.JSONDecodeError) as error:
            raise ValueError(f"{path} is no file of results: {error}") from error

    def _repr_markdown_(self) -> str:
        lines = ["| score | mean (95% interval) | cases |", "|---|---|---:|"]
        lines += [f"| {name} | {self.score(name).percent()} | {len(self.values(name))} |" for name in self.scorers]
        errors = sum(bool(row.error) for row in self.rows)
        totals = self.totals
        money = "price unknown" if totals["usd"] is None else f"{totals['usd']:.4f} US dollars"
        told = f"{len(self.rows)} cases, {totals['calls']} calls, {totals['input_tokens']:,} tokens in and "
        told += f"{totals['output_tokens']:,} out, {money}"
        told += f"; {errors} without an output, counted as 0" if errors else ""
        told += ". Made with the mock endpoint (simulated)." if self.simulated else "."
        return "\n".join([f"**{self.name}**", "", *lines, "", told])

    def __repr__(self) -> str:
        return self._repr_markdown_()


Metric = Callable[[Sequence[Row]], float]


def metric(results: Results, of: Metric) -> Interval:
    """A figure of all rows together, such as macro-F1, with its bootstrap interval."""
    return bootstrap(results.rows, of)
