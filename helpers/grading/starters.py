"""Whether the learner has begun: what a check needs, compared with the starter of its cell. Runs none of it."""

from __future__ import annotations

import ast
import inspect
import linecache
import re
from collections.abc import Mapping, Sequence
from typing import Any


def untouched(needed: Sequence[str], namespace: Mapping[str, Any], starter: str | None) -> str:
    """One sentence that says what is not begun yet, or "" when everything needed is there and changed.

    Not begun: a name that is missing or still `...`; a cell that equals the starter; a definition that equals the
    starter's and has a `...` in it; or all definitions equal to the starter's.
    """
    missing = [name for name in needed if name not in namespace]
    given = _definitions(starter)
    if missing:
        return _missing(missing, given)
    open_names = [name for name in needed if namespace[name] is ...]
    if open_names:
        return f"{_listed(open_names)} {'is' if len(open_names) == 1 else 'are'} still `...`."
    cell = own_cell([name for name in needed if name in given], namespace)
    if cell and starter and same_code(cell, starter):
        return "The exercise's cell is still as it was given."
    same = [name for name in needed if name in given and _as_given(namespace[name], name, given[name])]
    blank = [name for name in same if _has_ellipsis(given[name])]
    started = [name for name in needed if name in given]
    if blank or (same and same == started):
        names = blank or same
        return f"{_listed(names)} {'is' if len(names) == 1 else 'are'} still as the starter gave {_it(names)}."
    return ""


def _missing(names: list[str], given: Mapping[str, ast.stmt]) -> str:
    own = [name for name in names if name in given or not given]
    if own:
        return f"{_listed(own)} {'is' if len(own) == 1 else 'are'} not defined yet: run the exercise's cell first."
    return f"This check also needs {_listed(names)}: run the cells above this exercise first."


def _listed(names: list[str]) -> str:
    return " and ".join(f"`{name}`" for name in names)


def _it(names: list[str]) -> str:
    return "it" if len(names) == 1 else "them"


def _definitions(source: str | None) -> dict[str, ast.stmt]:
    """Name -> the last top-level statement that defines it."""
    try:
        tree = ast.parse(source or "")
    except SyntaxError:  # a cell with notebook magics: only missing names can then be seen
        return {}
    found: dict[str, ast.stmt] = {}
    for node in tree.body:
        for name in _names_of(node):
            found[name] = node
    return found


def _names_of(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Assign):
        return [n.id for target in node.targets for n in ast.walk(target) if isinstance(n, ast.Name)]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    return []


def _has_ellipsis(node: ast.stmt) -> bool:
    return any(isinstance(n, ast.Constant) and n.value is ... for n in ast.walk(node))


def _as_given(value: Any, name: str, given: ast.stmt) -> bool:
    if isinstance(given, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        own = definition(value, name)
        return own is not None and ast.dump(own) == ast.dump(given)
    try:
        return bool(ast.literal_eval(given.value) == value)
    except (ValueError, TypeError, AttributeError, SyntaxError):
        return False


def definition(value: Any, name: str) -> ast.stmt | None:
    """The `def` or `class` statement that made `value`, found through the cell that its code remembers."""
    source = defining_cell(value)
    return _definitions(source).get(name) if source else None


def defining_cell(value: Any) -> str:
    """Text of the cell or file whose code made a function or class; "" when it is not known."""
    code = _code_of(value)
    return "".join(linecache.getlines(code.co_filename)) if code else ""


def _code_of(value: Any) -> Any:
    try:
        value = inspect.unwrap(value)
    except ValueError:
        return None
    if isinstance(value, type):
        methods = [_code_of(member) for member in vars(value).values() if callable(member)]
        return next((code for code in methods if code), None)
    return getattr(value, "__code__", None)


def defined_names(source: str) -> list[str]:
    """Names that a cell's top-level statements define."""
    return list(_definitions(source))


def own_cell(names: Sequence[str], namespace: Mapping[str, Any]) -> str:
    """Text of the cell in which the learner last defined one of these names; "" when it is not known.

    `In` is the notebook's list of the cells that were run.
    """
    history = namespace.get("In")
    for cell in reversed(history if isinstance(history, list) else []):
        if isinstance(cell, str) and set(names) & set(defined_names(cell)):
            return cell.strip()
    return next((cell.strip() for cell in (defining_cell(namespace.get(name)) for name in names) if cell), "")


def syntax_slip(names: Sequence[str], namespace: Mapping[str, Any]) -> SyntaxError | None:
    """What keeps the newest cell that is to define one of these names from being Python; None when nothing does."""
    defines = re.compile(rf"^(?:async\s+)?(?:(?:def|class)\s+)?(?:{'|'.join(map(re.escape, names))})\b", re.MULTILINE)
    history = namespace.get("In")
    for cell in reversed(history if isinstance(history, list) else []):
        if isinstance(cell, str) and (found := defines.search(cell)) and "." not in cell[found.end() : found.end() + 1]:
            try:
                ast.parse("\n".join("#" if line.startswith(("%", "!", "?")) else line for line in cell.splitlines()))
            except SyntaxError as error:
                return None if cell.startswith("%%") else error
            return None
    return None


def same_code(one: str, other: str) -> bool:
    """Whether two cells differ in comments and spaces only."""
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except SyntaxError:
        return one.strip() == other.strip()
