"""indicators.yaml: what a team looks for in filings, and when a value counts as right."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from helpers.problem import Problem

Evaluator = Literal["tolerance", "rounded"]


class Tolerance(BaseModel):
    """How far a value may be from the right one: a share of it, or so much in the unit itself."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    relative: float = Field(0.0, ge=0, le=0.5)
    absolute: float = Field(0.0, ge=0)


class Indicator(BaseModel):
    """One line of the table that an analyst wants.

    sign: "positive" where it is positive by definition, such as cash paid that statements print in brackets.
    statement: indicators with the same one stand near each other in a filing, and are asked for in one call.
    evaluator: "rounded" counts what is right but for the filing's own rounding, "tolerance" nothing but the tolerance.
    at_least: the accuracy, over documents, from which a team would use it.
    nature: "balance" for a figure of the year's last day, converted at the closing rate; a flow at the average one.
    own_definition: companies define it their own way: shown beside the peers', never ranked.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,59}$")
    definition: str = Field(min_length=1, max_length=1000)
    unit: Literal["currency", "percent", "people", "currency per share", "number"]
    tolerance: Tolerance = Tolerance()
    synonyms: tuple[str, ...] = ()
    statement: str = ""
    sign: Literal["as printed", "positive"] = "as printed"
    evaluator: Evaluator = "tolerance"
    at_least: float = Field(0.9, ge=0, le=1)
    nature: Literal["flow", "balance"] = "flow"
    own_definition: bool = False

    @field_validator("synonyms", mode="before")
    @classmethod
    def _none_is_empty(cls, value: Any) -> Any:
        return () if value is None else value

    @model_validator(mode="after")
    def _can_be_scored(self) -> Indicator:
        if self.unit in ("people", "number") and self.tolerance.relative > 0.2:
            raise ValueError("a tolerance of more than 20% counts almost anything as right")
        return self

    @property
    def names(self) -> tuple[str, ...]:
        """What filings call it: its own name as words, and the synonyms."""
        return (self.name.replace("_", " "), *self.synonyms)

    @property
    def of_money(self) -> bool:
        return self.unit.startswith("currency")

    def described(self) -> dict[str, Any]:
        """As figures.filing_schema takes it."""
        return {"name": self.name, "definition": self.definition, "synonyms": self.synonyms}


def read_indicators(file: Path | str) -> tuple[Indicator, ...]:
    """The indicators of a file. Raises Problem that names every wrong line, with what would be right."""
    file = Path(file)
    try:
        text = file.read_text(encoding="utf-8-sig")
        nodes, content = yaml.compose(text), yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{file} cannot be read: {error}", "check the parameter `indicators`") from None
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}: " if mark else ""
        raise Problem(
            f"{file.name} is no YAML: {where}{getattr(error, 'problem', error)}", "compare with the sample's file"
        ) from None
    if not isinstance(content, list) or not content:
        raise Problem(f"{file.name} must be a list of indicators", "begin each with `- name:`, as the sample's does")
    found, problems, lines = [], [], [node.start_mark.line + 1 for node in nodes.value]
    for line, given in zip(lines, content, strict=True):
        try:
            found.append(Indicator.model_validate(given))
        except ValidationError as error:
            name = given.get("name") if isinstance(given, dict) else None
            problems += [
                f"line {line}, {name or 'without a name'}: {_said(detail)}"
                for detail in error.errors(include_url=False)
            ]
    names = [one.name for one in found]
    problems += [f"{name} is there {names.count(name)} times" for name in sorted(set(names)) if names.count(name) > 1]
    if problems:
        raise Problem(
            f"{file.name} is not right:\n" + "\n".join(f"  - {each}" for each in problems) + "\n",
            f"an indicator has {', '.join(Indicator.model_fields)}",
        )
    return tuple(found)


def _said(detail: Any) -> str:
    where = ".".join(map(str, detail["loc"]))
    if detail["type"] == "extra_forbidden":
        near = difflib.get_close_matches(where.rsplit(".")[-1], Indicator.model_fields, n=1, cutoff=0.5)
        return f"{where} is not known{f'; did you mean {near[0]}?' if near else ''}"
    if detail["type"] == "missing":
        return f"{where} is missing"
    message = detail["msg"].removeprefix("Value error, ")
    return f"{where or 'it'}: {message[:1].lower()}{message[1:]}"
