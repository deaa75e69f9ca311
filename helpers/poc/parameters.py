"""The parameters of a PoC workbook: one typed model, from which the notebook's cell, params.yaml and the docs are made.

Unknown or ill-typed parameters are refused before anything runs, all at once, with the nearest valid name.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helpers.problem import Problem


class ParameterError(Problem):
    """Parameters that cannot be used. `problems` has one sentence each."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__(
            "the parameters are not right:\n" + "\n".join(f"  - {problem}" for problem in problems) + "\n",
            "mend them in params.yaml or after -p; `workbook poc list NAME` shows them all",
        )


class _IsPath:
    """Marks a parameter that names a file or folder: relative ones are relative to params.yaml's folder."""


InputPath = Annotated[str, _IsPath()]


class Parameters(BaseModel):
    """What every PoC workbook takes; each workbook adds its own. A field's description is its documentation."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)
    # Names that papermill and notebooks use for themselves.
    reserved: ClassVar[frozenset[str]] = frozenset({"run", "poc"})

    profile: str = Field("", description="endpoint: mock, openai, azure, compatible or local; empty: as set in .env")
    model: str = Field(
        "chat-large", description="role that answers: chat-large or chat-small", pattern="^chat-(large|small)$"
    )
    prompt: InputPath = Field("", description="file with the main prompt's text; empty: the workbook's own")
    max_cost: float = Field(5.0, ge=0, description="US dollars; the run stops before the call that would exceed it")
    concurrency: int = Field(4, ge=1, le=64, description="calls at a time")
    seed: int = Field(0, description="of samples and of what the endpoint draws, where it takes a seed")

    @classmethod
    def read(cls, file: Path | None = None, settings: Iterable[str] = ()) -> Parameters:
        """Parameters from params.yaml and `name=value` settings, which win. Raises ParameterError.

        Paths in the file are relative to its folder, those in settings to the current one.
        """
        # Defaults are paths too: sample_data/… is the workbook's own, wherever the command is typed.
        defaults = {name: cls.model_fields[name].get_default(call_default_factory=True) for name in cls.path_names()}
        given = _of_file(file) if file else {}
        given = cls._absolute(defaults, Path.cwd()) | cls._absolute(given, file.parent if file else Path.cwd())
        for setting in settings:
            name, equals, value = setting.partition("=")
            if not equals:
                raise ParameterError([f"{setting!r} is no name=value"])
            try:
                parsed = yaml.safe_load(value) if value.strip() else ""
            except yaml.YAMLError:
                parsed = value
            given |= cls._absolute({name.strip(): parsed}, Path.cwd())
        return cls.checked(given)

    @classmethod
    def checked(cls, given: Mapping[str, Any]) -> Parameters:
        """Parameters from a mapping. Raises ParameterError that names every wrong one."""
        try:
            return cls(**given)
        except ValidationError as error:
            raise ParameterError([cls._sentence(detail) for detail in error.errors(include_url=False)]) from None

    @classmethod
    def of_notebook(cls, variables: Mapping[str, Any]) -> Parameters:
        """Parameters from a notebook's variables: the parameters' cell, and what papermill put under it."""
        return cls.checked(
            cls._absolute({name: variables[name] for name in cls.model_fields if name in variables}, Path.cwd())
        )

    @classmethod
    def _absolute(cls, given: Mapping[str, Any], folder: Path) -> dict[str, Any]:
        from helpers.paths import ROOT

        found = dict(given)
        for name in cls.path_names():
            value = found.get(name)
            if isinstance(value, str) and value:
                path = Path(value).expanduser()
                # A default such as sample_data/… means the workbook's own folder, wherever it is run from.
                sample = path.parts[:1] == ("sample_data",) and not (folder / path).exists()
                # Absolute, because the notebook runs in the run's folder and not where the command is typed.
                found[name] = str((ROOT if sample else folder.absolute()) / path)
        return found

    @classmethod
    def path_names(cls) -> list[str]:
        """Parameters that name a file or folder."""
        return [
            name
            for name, field in cls.model_fields.items()
            if any(isinstance(mark, _IsPath) for mark in field.metadata)
        ]

    @classmethod
    def _sentence(cls, detail: Mapping[str, Any]) -> str:
        name = str(detail["loc"][0]) if detail["loc"] else "parameters"
        if detail["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name, cls.model_fields, n=1, cutoff=0.5)
            known = ", ".join(cls.model_fields)
            return (
                f"{name} is not known; did you mean {near[0]}?" if near else f"{name} is not known; there are: {known}"
            )
        where = ".".join(map(str, detail["loc"])) or "parameters"
        field = cls.model_fields.get(name)
        told = f" ({field.description})" if field is not None and field.description else ""
        return f"{where} = {detail['input']!r}: {detail['msg'][:1].lower()}{detail['msg'][1:]}{told}"

    @classmethod
    def as_cell(cls) -> str:
        """The notebook's parameters cell: each with its default and what it means."""
        lines = []
        for name, field in cls.model_fields.items():
            lines += [f"# {field.description}", f"{name} = {field.get_default(call_default_factory=True)!r}"]
        return "\n".join(lines)

    @classmethod
    def as_yaml(cls, given: Mapping[str, Any] | None = None) -> str:
        """params.yaml: each with a comment; `given` values instead of defaults."""
        lines = []
        for name, field in cls.model_fields.items():
            value = (given or {}).get(name, field.get_default(call_default_factory=True))
            written = yaml.safe_dump({name: value}, allow_unicode=True, sort_keys=False, width=1000).strip()
            lines += [f"# {field.description}", written, ""]
        return "\n".join(lines)

    @classmethod
    def as_table(cls) -> str:
        """The parameters as a markdown table, for the docs."""
        lines = ["| parameter | default | meaning |", "|---|---|---|"]
        for name, field in cls.model_fields.items():
            default = yaml.safe_dump(field.get_default(call_default_factory=True), default_flow_style=True).strip()
            lines.append(f"| `{name}` | `{default.removesuffix('...').strip()}` | {field.description} |")
        return "\n".join(lines)


def _of_file(file: Path) -> dict[str, Any]:
    try:
        given = yaml.safe_load(file.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ParameterError([f"{file} cannot be read: {error}"]) from None
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise ParameterError([f"{file} must hold lines such as `name: value`"])
    return given
