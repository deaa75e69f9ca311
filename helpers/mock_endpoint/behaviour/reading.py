"""Behaviours from a TOML file: the settings of everybody at its top, those of single keys under [keys.NAME].

A key's table says what is different for it; what it leaves out is as for everybody.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from .settings import Behaviour


class BehaviourError(ValueError):
    """What is wrong with a behaviour, a line for each field."""


def read_behaviours(path: Path) -> tuple[Behaviour, dict[str, Behaviour]]:
    """The behaviour for everybody, and those of single keys. Paths in the file are relative to the file.

    Raises BehaviourError: there is no such file, it is not TOML, or a field of it is wrong.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BehaviourError(f"{path} cannot be read: {error.strerror}") from None
    except ValueError as error:  # not TOML, or not UTF-8
        raise BehaviourError(f"{path} is not TOML: {error}") from None
    keys = table.pop("keys", {})
    if not isinstance(keys, dict) or not all(isinstance(own, dict) for own in keys.values()):
        raise BehaviourError(f"{path}: keys: write a table for each key, as [keys.team-a]")
    try:
        everybody = behaviour_from(_beside(table, path.parent))
        single = {
            key: behaviour_from(_beside({**table, **own}, path.parent), f"keys.{key}.") for key, own in keys.items()
        }
    except BehaviourError as error:
        raise BehaviourError(f"{path}:\n{error}") from None
    return everybody, single


def behaviour_from(table: Mapping[str, Any], prefix: str = "") -> Behaviour:
    """A behaviour from plain values, as in a TOML table. Raises BehaviourError that names every wrong field."""
    try:
        return TypeAdapter(Behaviour).validate_python(dict(table))
    except ValidationError as error:
        raise BehaviourError("\n".join(_line(detail, prefix) for detail in error.errors(include_url=False))) from None


def _line(detail: Any, prefix: str) -> str:
    where = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "unexpected_keyword_argument":
        return f"  {prefix}{where}: there is no such setting"
    what = detail["msg"].removeprefix("Value error, ")
    return f"  {prefix}{where}: {what}" if prefix or where else f"  {what}"


def _beside(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """The table with the paths in it read from the folder of its file."""
    found = dict(table)
    for name in ("record", "replay", "log_file"):
        if isinstance(found.get(name), str) and found[name] != "-":
            found[name] = str(folder / found[name])
    return found
