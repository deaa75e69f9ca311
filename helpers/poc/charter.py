"""What a PoC is for and what would make it a success, as numbers: written before the run, judged after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helpers.intervals import Interval
from helpers.problem import Problem

Standing = Literal["met", "met, not yet shown", "not met", "not measured"]


@dataclass(frozen=True)
class Criterion:
    """One line of the go / no-go table: a figure that the run measures, and the bound that it has to keep.

    name: what the notebook measures it under. Either at_least or at_most. unit: "%" shows a share as per cent.
    needs: said where it was not measured, such as "a gold file". if_missed: said where it was not met, such as what to
    change; on_mock: the same for a run on the mock endpoint, where the fault may be the mock's.
    """

    name: str
    text: str
    at_least: float | None = None
    at_most: float | None = None
    unit: str = ""
    needs: str = ""
    if_missed: str = ""
    on_mock: str = ""

    @property
    def bound(self) -> str:
        """Such as "at least 85%"."""
        if self.at_least is not None:
            return f"at least {self.shown(self.at_least)}"
        return f"at most {self.shown(self.at_most)}"

    def shown(self, value: float) -> str:
        """A value in the criterion's unit."""
        if self.unit == "%":
            return f"{100 * value:.3g}%"
        return f"{value:.4g}{' ' + self.unit if self.unit else ''}"

    def standing(self, measured: Interval | float | None) -> Standing:
        """Whether a measured value keeps the bound; "not yet shown" when only the mean does, not its whole interval."""
        if measured is None:
            return "not measured"
        interval = measured if isinstance(measured, Interval) else Interval(measured, measured, measured)
        if interval.value != interval.value:
            return "not measured"
        if self.at_least is not None:
            kept, shown = interval.value >= self.at_least, interval.low >= self.at_least
        else:
            kept, shown = interval.value <= self.at_most, interval.high <= self.at_most
        if not kept:
            return "not met"
        return "met" if shown else "met, not yet shown"


@dataclass(frozen=True)
class Judged:
    """A criterion with what the run measured."""

    criterion: Criterion
    measured: Interval | float | None
    standing: Standing
    how: str

    @property
    def value(self) -> str:
        """The measured value as it is shown, with its interval."""
        if self.measured is None:
            return "–"
        if isinstance(self.measured, Interval):
            if self.measured.low != self.measured.low:
                return f"{self.criterion.shown(self.measured.value)} (of one case: no interval)"
            ends = f" ({self.criterion.shown(self.measured.low)} to {self.criterion.shown(self.measured.high)})"
            return self.criterion.shown(self.measured.value) + ends
        return self.criterion.shown(self.measured)

    def why(self, *, simulated: bool) -> str:
        """What a miss comes from, or what to change; "" where it is none."""
        if self.standing != "not met":
            return ""
        return (simulated and self.criterion.on_mock) or self.criterion.if_missed


class Charter(BaseModel):
    """charter.yaml: what a team agrees on before the first run."""

    model_config = ConfigDict(extra="forbid")

    purpose: str = Field("", description="who decides what, with the result of this PoC, by when")
    inside: list[str] = Field([], description="what is in its perimeter")
    outside: list[str] = Field([], description="what is not, so that nobody waits for it")
    data: list[str] = Field([], description="which data, from where, who allowed its use, what is personal in it")
    criteria: dict[str, float] = Field(
        {}, description="bounds of the success criteria, by name; others keep their default"
    )
    risks: list[str] = Field([], description="what could go wrong, and what is done about it")
    people: list[str] = Field([], description="who checks what the model made, and when")
    costs: str = Field("", description="what a month may cost, and at which volume")

    @classmethod
    def read(cls, file: Path) -> Charter:
        """Read charter.yaml. Raises Problem that says which line is not right."""
        try:
            return cls.model_validate(yaml.safe_load(file.read_text(encoding="utf-8-sig")) or {})
        except ValidationError as error:
            said = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors(include_url=False))
            raise Problem(
                f"{file} is not right: {said}", "see the comments of a new charter: workbook poc new"
            ) from None
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise Problem(f"{file} cannot be read: {error}", "see a new one: workbook poc new") from None

    @classmethod
    def template(cls, criteria: Sequence[Criterion], given: Mapping[str, Any] | None = None) -> str:
        """A new charter.yaml with its comments, and the criteria at their default bounds."""
        lines = ["# What this PoC is for. Fill it in before the first run; the report judges against it.", ""]
        for name, field in cls.model_fields.items():
            value = (given or {}).get(name, field.get_default(call_default_factory=True))
            lines.append(f"# {field.description}")
            if name == "criteria":
                lines.append("criteria:")
                for criterion in criteria:
                    bound = criterion.at_least if criterion.at_least is not None else criterion.at_most
                    lines += [f"  # {criterion.text}: {criterion.bound}", f"  {criterion.name}: {bound:g}"]
            else:
                lines.append(yaml.safe_dump({name: value}, allow_unicode=True, width=1000).strip())
            lines.append("")
        return "\n".join(lines)

    def bounds_on(self, criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
        """The criteria with this charter's bounds. Raises Problem for one that the workbook does not measure."""
        known = {criterion.name for criterion in criteria}
        if unknown := set(self.criteria) - known:
            raise Problem(
                f"charter.yaml has the criterion {sorted(unknown)[0]!r}, which this workbook does not measure",
                f"it measures {', '.join(sorted(known))}",
            )
        return tuple(
            criterion
            if criterion.name not in self.criteria
            else Criterion(
                **{
                    **vars(criterion),
                    "at_least" if criterion.at_least is not None else "at_most": self.criteria[criterion.name],
                }
            )
            for criterion in criteria
        )


def judge(criteria: Sequence[Criterion], measured: Mapping[str, tuple[Interval | float | None, str]]) -> list[Judged]:
    """The go / no-go table: criteria with what was measured and how, in their order."""
    table = []
    for criterion in criteria:
        value, how = measured.get(criterion.name, (None, ""))
        standing = criterion.standing(value)
        told = how or (f"needs {criterion.needs}" if standing == "not measured" and criterion.needs else how)
        table.append(Judged(criterion, value if standing != "not measured" else None, standing, told))
    return table


def verdict(table: Sequence[Judged]) -> str:
    """ "no-go" if anything is not met, "open" if anything is not measured or not shown, else "go"."""
    standings = {judged.standing for judged in table}
    if "not met" in standings:
        return "no-go"
    return "go" if standings <= {"met"} else "open"
