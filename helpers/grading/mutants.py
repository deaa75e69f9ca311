"""Solutions changed in one place each, as a slip of the hand would: a good check lets hardly any of them through.

Mutation testing (DeMillo, Lipton and Sayward, 1978) of the checks: operators, bounds, constants, defaults, dropped
lines, swapped arguments. A mutant that behaves like the solution cannot be caught, so a few survive; they are listed.
"""

from __future__ import annotations

import ast
import copy
import itertools
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helpers.grading.time_limit import TimeUp, limited

if TYPE_CHECKING:
    from helpers.grading.exercises import Exercise
    from helpers.grading.trials import LessonTrial

CHECK_SECONDS = 1.0
SLOWER = 5.0  # a mutant that takes so many times as long as the solution, and a second more, does not end

_COMPARED = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_COMPUTED = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Add,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Div,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}


@dataclass(frozen=True)
class Mutant:
    """line: of the solution's cell, from 1. change: what was changed, in words. code: the whole cell."""

    line: int
    change: str
    code: str


def survivors(trial: LessonTrial, exercise: Exercise) -> tuple[int, list[Mutant]]:
    """How many mutants the exercise's solution has, and those that its check lets through."""
    made = mutants(trial.solutions[exercise.name])
    start = time.monotonic()
    trial.outcome(exercise, trial.solutions[exercise.name])
    seconds = 1.0 + SLOWER * (time.monotonic() - start)
    return len(made), [mutant for mutant in made if not is_caught(mutant, trial, exercise, seconds)]


def is_caught(mutant: Mutant, trial: LessonTrial, exercise: Exercise, seconds: float) -> bool:
    """Whether the mutant does not get full points. One that cannot even be run, or does not end, is caught.

    seconds: for the cell and its check together.
    """
    try:
        outcome = limited(
            lambda: trial.outcome(exercise, mutant.code, seconds=min(CHECK_SECONDS, seconds), eager=True), seconds
        )
    except (Exception, SystemExit, TimeUp):
        return True
    return outcome.points < outcome.of


def mutants(source: str) -> list[Mutant]:
    """Every mutant of a cell's functions and classes, each different from the source and from the others."""
    tree = ast.parse(source)
    found: dict[str, Mutant] = {}
    for place, node in enumerate(_inside_definitions(tree)):
        for change, edit in _edits(node):
            changed = copy.deepcopy(tree)
            if not edit(_inside_definitions(changed)[place]):
                continue
            code = ast.unparse(ast.fix_missing_locations(changed))
            if code != ast.unparse(tree):
                found.setdefault(code, Mutant(getattr(node, "lineno", 0), change, code))
    return list(found.values())


def _inside_definitions(tree: ast.Module) -> list[ast.AST]:
    """Nodes in the bodies of definitions, in one order; a cell without definitions is its own body."""
    own = [n for n in tree.body if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)]
    roots: list[ast.AST] = [statement for node in own for statement in node.body] if own else [*tree.body]
    inside = [node for root in roots for node in ast.walk(root)]
    texts = {id(node.value) for node in [*own, *inside] if isinstance(node, ast.Expr)}  # documentation changes nothing
    return [*own, *(node for node in inside if id(node) not in texts)]


Edit = tuple[str, Callable[[ast.AST], bool]]


def _edits(node: ast.AST) -> Iterator[Edit]:
    """What can be changed at a node: words, and a function that makes the change in a copy; False where it cannot."""
    if isinstance(node, ast.Compare):
        for i, operator in enumerate(node.ops):
            if other := _COMPARED.get(type(operator)):
                yield f"{_named(operator)} becomes {_named(other())}", lambda n, i=i, o=other: _set(n.ops, i, o())
    elif isinstance(node, ast.BinOp | ast.AugAssign):
        if other := _COMPUTED.get(type(node.op)):
            yield f"{_named(node.op)} becomes {_named(other())}", lambda n, o=other: _put(n, "op", o())
    elif isinstance(node, ast.BoolOp):
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        yield f"{_named(node.op)} becomes {_named(other())}", lambda n, o=other: _put(n, "op", o())
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield "`not` is dropped", lambda n: _put(n, "op", ast.UAdd()) and _put(n, "operand", _truth(n.operand))
    elif isinstance(node, ast.Constant):
        yield from _constants(node)
    elif isinstance(node, ast.Slice):
        for bound in ("lower", "upper"):
            if getattr(node, bound) is not None:
                yield f"the {bound} bound is dropped", lambda n, b=bound: _put(n, b, None)
    elif isinstance(node, ast.Call):
        if len(node.args) >= 2:
            yield "the first two arguments are swapped", lambda n: _put(n, "args", [n.args[1], n.args[0], *n.args[2:]])
        named = [i for i, keyword in enumerate(node.keywords) if keyword.arg]
        for i in named:
            yield f"{node.keywords[i].arg}=… is dropped", lambda n, i=i: n.keywords.pop(i) is not None
        for i, j in itertools.pairwise(named):
            words = f"{node.keywords[i].arg}= and {node.keywords[j].arg}= are swapped"
            yield words, lambda n, i=i, j=j: _swap_values(n.keywords[i], n.keywords[j])
        if getattr(node.func, "id", "") == "range" and node.args and not isinstance(node.args[-1], ast.Constant):
            yield "range goes one further", lambda n: _set(n.args, -1, _plus(n.args[-1], 1))
            yield "range ends one earlier", lambda n: _set(n.args, -1, _plus(n.args[-1], -1))
    elif isinstance(node, ast.If | ast.While):
        yield "the condition is negated", lambda n: _put(n, "test", ast.UnaryOp(ast.Not(), n.test))
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        yield from _defaults(node)
    yield from _dropped_lines(node)


def _defaults(node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Edit]:
    """A parameter's default with another value."""
    parameters = [*node.args.posonlyargs, *node.args.args]
    for i, default in enumerate(node.args.defaults):
        name = parameters[len(parameters) - len(node.args.defaults) + i].arg
        if isinstance(default, ast.Constant):
            for change, edit in _constants(default):
                yield f"default of {name}: {change}", lambda n, i=i, e=edit: e(n.args.defaults[i])


def _constants(node: ast.Constant) -> Iterator[Edit]:
    value = node.value
    if isinstance(value, bool):
        yield f"{value} becomes {not value}", lambda n: _put(n, "value", not value)
    elif isinstance(value, int | float):
        yield f"{value} becomes {value + 1}", lambda n: _put(n, "value", value + 1)
        if value > 0:
            yield f"{value} becomes {value - 1}", lambda n: _put(n, "value", value - 1)
    elif isinstance(value, str) and value:
        yield f"{value[:30]!r} becomes ''", lambda n: _put(n, "value", "")


def _dropped_lines(node: ast.AST) -> Iterator[Edit]:
    """A statement that is left out; documentation and what only gives a name to a part stay."""
    body = getattr(node, "body", None)
    if not isinstance(body, list):
        return
    for i, statement in enumerate(body):
        text = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
        if not text and not isinstance(statement, ast.FunctionDef | ast.ClassDef | ast.Pass | ast.Import):
            words = f"line {statement.lineno} is dropped: {ast.unparse(statement).splitlines()[0][:60]}"
            yield words, lambda n, i=i: _set(n.body, i, ast.Pass())


def _truth(operand: ast.expr) -> ast.expr:
    return ast.Call(ast.Name("bool", ast.Load()), [operand], [])


def _plus(value: ast.expr, number: int) -> ast.expr:
    return ast.BinOp(value, ast.Add() if number > 0 else ast.Sub(), ast.Constant(abs(number)))


def _swap_values(one: ast.keyword, other: ast.keyword) -> bool:
    one.value, other.value = other.value, one.value
    return True


def _set(items: list[ast.AST], place: int, value: ast.AST) -> bool:
    items[place] = value
    return True


def _put(node: ast.AST, name: str, value: object) -> bool:
    setattr(node, name, value)
    return True


def _named(operator: ast.AST) -> str:
    return f"`{type(operator).__name__}`"
