"""`workbook endpoint`: the offline endpoint on a port of its own, with what a file and the options switch on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from helpers.mock_endpoint import Behaviour, BehaviourError, MockConfig, behaviour_from, read_behaviours, serve
from helpers.problem import Problem


def run(host: str, port: int, keys: Sequence[str], file: Path | None, options: Mapping[str, Any]) -> None:
    """Serve until Ctrl-C.

    options: fields of Behaviour as they were typed; they win over the file, for every key.
    Raises Problem: the file or an option is wrong, or the address cannot be used.
    """
    try:
        config = config_from(keys, file, options)
    except BehaviourError as error:
        raise Problem(str(error), "Correct it; docs/mock_service.md has an example of each setting") from None
    try:
        serve(host, port, config)
    except ValueError as error:
        raise Problem(str(error).rstrip("."), "Set it in this terminal only, and start again") from None


def config_from(keys: Sequence[str], file: Path | None, options: Mapping[str, Any]) -> MockConfig:
    """What is served. Raises BehaviourError."""
    settings: dict[str, Any] = {"keys": frozenset(keys)} if keys else {}
    if file or options:
        everybody, single = read_behaviours(file) if file else (Behaviour(), {})
        typed = _values(options)
        settings["behaviour"] = _with(everybody, typed)
        settings["behaviours"] = {key: _with(own, typed) for key, own in single.items()}
    return MockConfig(**settings)


def _with(behaviour: Behaviour, typed: Mapping[str, Any]) -> Behaviour:
    """The behaviour with the typed settings in the place of its own."""
    own = {field.name: getattr(behaviour, field.name) for field in fields(Behaviour)}
    return behaviour_from({**own, **typed})


def _values(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options as Behaviour takes them: a latency and faults are typed as words and name=value, with commas."""
    values = dict(options)
    if "latency" in values:
        values["latency"] = _table(values["latency"], ("first_token", "tokens_per_second"))
    if "faults" in values:
        values["faults"] = tuple(_table(fault, ("kind",)) for fault in values["faults"])
    return values


def _table(text: str, names: Sequence[str]) -> dict[str, Any]:
    """'503,probability=0.1' -> {'kind': '503', 'probability': '0.1'}; what has no name takes the next of `names`."""
    table: dict[str, Any] = {}
    waiting = iter(names)
    for part in text.split(","):
        name, given, value = part.partition("=")
        if not given:
            name, value = next(waiting, part), part
        table[name.strip()] = value.strip()
    return table
