"""What stands for an object of the other process, and how an object of this one is told about and answers."""

from __future__ import annotations

import inspect
import itertools
import types
from collections.abc import Iterator
from typing import Any

from helpers.gradebook.channel import Channel, ChannelClosed
from helpers.gradebook.failures import raised_again, told_of_failure

_BATCH = 64  # items of an iterator fetched at once
_MOST_TEXT = 2_000


def told(value: Any) -> dict[str, Any]:
    """What the other side is told about an object it gets a reference to."""
    about: dict[str, Any] = {"type": type(value).__name__, "module": type(value).__module__, "text": _text(value)}
    if isinstance(value, BaseException):
        about["exception"] = told_of_failure(value, None)
    elif callable(value):
        about["name"] = str(getattr(value, "__name__", type(value).__name__))
        about["parameters"] = _parameters(value)
        code = getattr(value, "__code__", None)
        about["file"] = code.co_filename if isinstance(code, types.CodeType) else ""
    return about


def _text(value: Any) -> str:
    try:
        return repr(value)[:_MOST_TEXT]
    except Exception as error:
        return f"<{type(value).__name__} whose repr stops with {type(error).__name__}>"


def _parameters(value: Any) -> list[list[Any]] | None:
    """Name, kind and whether there is a default; None when Python cannot tell."""
    try:
        found = inspect.signature(value).parameters.values()
    except (TypeError, ValueError):
        return None
    return [[p.name, int(p.kind), p.default is not p.empty] for p in found]


class StandIn:
    """An object of the other process: attributes, items, calls and iteration are asked for there."""

    def __init__(self, channel: Channel, reference: dict[str, Any]) -> None:
        self.__dict__.update(_channel=channel, _stands_for=reference["mine"], _told=reference)

    def _ask(self, do: str, **more: Any) -> Any:
        return self._channel.ask({"do": do, "on": self._stands_for, **more})

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._ask("get", name=name)

    def __getitem__(self, key: Any) -> Any:
        return self._ask("item", key=key)

    def __len__(self) -> int:
        length = self._ask("len")
        if type(length) is not int or not 0 <= length < 2**31:
            raise TypeError("its length is no length")
        return length

    def __contains__(self, item: Any) -> bool:
        return bool(self._ask("contains", item=item))

    def __iter__(self) -> Iterator[Any]:
        number = self._ask("iterate")
        while True:
            items, more = self._channel.ask({"do": "next", "on": number, "most": _BATCH})
            yield from items
            if not more:
                return

    def __repr__(self) -> str:
        return str(self._told.get("text", ""))[:_MOST_TEXT]

    def __str__(self) -> str:
        return str(self._ask("text"))


class CallableStandIn(StandIn):
    """A function or class of the other process. Lists, dicts and sets that the call changes are changed here too."""

    def __init__(self, channel: Channel, reference: dict[str, Any]) -> None:
        super().__init__(channel, reference)
        self.__dict__.update(__name__=str(reference.get("name")), __module__="__main__", __doc__=None)
        if reference.get("parameters") is not None:
            self.__dict__["__signature__"] = _signature(reference["parameters"])

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        answer = self._ask("call", args=list(args), kwargs=kwargs)
        handed = (*args, *kwargs.values())
        if (
            type(answer) is not tuple
            or len(answer) != 2
            or type(answer[1]) is not list
            or len(answer[1]) != len(handed)
        ):
            raise ChannelClosed("an answer to another question")
        result, after = answer
        for given, changed in zip(handed, after, strict=True):
            refill(given, changed)
        return result


def _signature(parameters: list[list[Any]]) -> inspect.Signature:
    made = []
    for name, kind, has_default in parameters:
        default = ... if has_default else inspect.Parameter.empty
        made.append(inspect.Parameter(str(name), inspect._ParameterKind(kind), default=default))
    return inspect.Signature(made)


def refill(given: Any, changed: Any) -> None:
    """Bring a list, dict or set to the contents that a call left in its copy."""
    if type(given) is not type(changed) or type(given) not in (list, dict, set) or given == changed:
        return
    given.clear()
    (given.extend if type(given) is list else given.update)(changed)


def stand_in(channel: Channel, reference: dict[str, Any]) -> Any:
    """The stand-in for a reference of the other side; for an exception, one of the same kind."""
    if "exception" in reference:
        return raised_again(reference["exception"])
    return (CallableStandIn if "name" in reference else StandIn)(channel, reference)


# --- the other direction: an object of this process is asked ------------------------------------------------------


def answered(channel: Channel, question: dict[str, Any], *, trusting: bool) -> Any:
    """What an object of this process answers. trusting: False hands out public attributes of instances only."""
    do, value = question["do"], channel.own(question["on"])
    if do == "call":
        return called(value, question["args"], question["kwargs"])
    if do == "get":
        name = question["name"]
        if not trusting and (name.startswith("_") or isinstance(value, type | types.ModuleType | types.FunctionType)):
            raise AttributeError(name)
        return getattr(value, name)
    if do == "item":
        return value[question["key"]]
    if do == "len":
        return len(value)
    if do == "contains":
        return question["item"] in value
    if do == "iterate":
        return channel.keep(iter(value))
    if do == "next":
        items = list(itertools.islice(value, min(question["most"], _BATCH)))
        return items, len(items) == question["most"]
    if do == "text":
        return str(value)[:_MOST_TEXT]
    raise ValueError(f"unknown question {do!r}")


def called(function: Any, args: list[Any], kwargs: dict[str, Any]) -> tuple[Any, list[Any]]:
    """The result of a call, and the arguments as it left them (None for what cannot change)."""
    result = function(*args, **kwargs)
    after = [arg if type(arg) in (list, dict, set) else None for arg in (*args, *kwargs.values())]
    return result, after
