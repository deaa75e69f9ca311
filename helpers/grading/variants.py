"""Variants: each learner gets names and numbers of their own, so that a neighbour's answer does not fit.

A learner's name gives a short code, and the code picks one of the declared choices for each name or number. The name
stays in my_work/ on the learner's machine; a notebook shows the code alone. A code is no secret and needs none: who
takes over another's gets that learner's exercises, and two submissions with one code are seen side by side.
"""

from __future__ import annotations

import hashlib
import os
import re
import unicodedata
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from helpers.files import write_atomically
from helpers.paths import my_work

NEUTRAL = "neutral"  # builds and tests: the first choice everywhere
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # none that is read as another
_CODE = re.compile(rf"\bvariant ([{_LETTERS}]{{5}})\b")


def variant_code(name: str) -> str:
    """The code of a learner's name: five characters, the same on every machine and for every way to write the name.

    variant_code("Ana Díaz") == variant_code("DIAZ, Ana"); NEUTRAL for a name without a letter or digit.
    """
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.casefold()) if not unicodedata.combining(c))
    words = " ".join(sorted(re.findall(r"\w+", plain)))
    if not words:
        return NEUTRAL
    number = int.from_bytes(hashlib.sha256(words.encode()).digest()[:8], "big")
    return "".join(_LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(5))


def own_code() -> str:
    """The code on this machine: WORKBOOK_VARIANT where it is set, else that of the learner's name."""
    return os.environ.get("WORKBOOK_VARIANT", "").strip() or variant_code(learner_name())


def learner_name() -> str:
    """WORKBOOK_LEARNER, else the name given with `workbook name`, else that of the account; "" where there is none."""
    given = os.environ.get("WORKBOOK_LEARNER", "").strip() or _kept_name()
    if given:
        return given
    import getpass

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # an account without a name: which one is raised depends on the system
        return ""


def keep_name(name: str) -> str:
    """Keep the learner's name on this machine, and give its code. Raises ValueError for a name without a letter."""
    name = " ".join(name.split())
    code = variant_code(name)
    if code == NEUTRAL:
        raise ValueError("a name needs at least one letter or digit")
    write_atomically(my_work() / "name.txt", name + "\n")
    return code


def _kept_name() -> str:
    try:
        return (my_work() / "name.txt").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return ""


def told_code(text: str) -> str | None:
    """The code that a notebook's output tells ("… variant K7QXB."), the last one; None where there is none."""
    found = _CODE.findall(text)
    return found[-1] if found else None


def chosen(choices: Mapping[str, Sequence[Any]], code: str, exercise: str) -> SimpleNamespace:
    """One of the choices for each key, by the code; the first of each for NEUTRAL."""
    return SimpleNamespace(
        **{key: options[_number(code, exercise, key) % len(options)] for key, options in choices.items()}
    )


def shuffled(items: Sequence[Any], code: str, *where: object) -> list[Any]:
    """The items in an order that the code gives; as they are for NEUTRAL."""
    order = sorted(range(len(items)), key=lambda place: _number(code, *where, place))
    return [items[place] for place in order] if code != NEUTRAL else list(items)


def _number(code: str, *where: object) -> int:
    if code == NEUTRAL:
        return 0
    text = "/".join(map(str, (code, *where)))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
