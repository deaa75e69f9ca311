"""Passages told apart by marks of any shape that repeats (`S1:`, `(a)`, `[§ 3]`, `Art. 4 -`, `== Page: Meals ==`), and
how a prompt wants them cited."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from .passages import Passage

# A mark at the start of a line: what opens it, the label, what closes it.
_NUMBERED = re.compile(
    r"^[ \t]*(?:[-*•][ \t]+)?(?P<open>[\[(<{«*#_|§=]*)[ \t]*"
    r"(?P<label>(?:[^\W\d_]{1,14}\.?[ \t#-]?){0,2}[§¶№#]?[ \t]?(?:\d{1,5}(?:[.-]\d{1,4}){0,3}[a-z]?"
    r"|(?-i:[A-Z])\b|[ivx]{1,5}\b|[a-z](?=\)))"
    r"(?:[-_]\w{1,12})?)"
    r"[ \t]*(?P<close>[\])>}»*|=]{0,3}[ \t]*[:.)|–—-]?[\])*]{0,2})(?P<rest>[ \t]+\S[^\n]*|[ \t]*)$"
)
_BRACKETED = re.compile(r"^[ \t]*(?:[-*•][ \t]+)?\[(?P<label>[^\]\n]{1,60})\][ \t]*:?(?P<rest>(?!\()[^\n]*)$")
_TITLED = re.compile(
    r"^[ \t]*(?P<open>#{1,6}|={2,}|-{2,}|\*{2,}|~{2,}|\[|«|>+)[ \t]*(?P<label>[^\n=*~\[\]]{1,80}?)[ \t]*"
    r"(?:#+|=+|-+|\*+|~+|\]|»)?:?[ \t]*$"
)
_SIGNED = re.compile(r"[§¶№#]|[^\W\d_]{3,}\.? ?\d")
# `- id: k1` with `text: ...` below it, as YAML and headers of files have it.
_KEYED = re.compile(
    r"^[ \t]*(?:-[ \t]+)?[\"']?(?:(?:doc|document|source|chunk|passage|article)[ _-]?)?(?:id|ref|number|no|code"
    r"|c[oó]digo|key|clave)"
    r"[\"']?[ \t]*[:=][ \t]*(?P<label>[^\n:]{1,40})$",
    re.IGNORECASE,
)
_TEXT_KEY = re.compile(
    r"^[ \t]*(?:text|content|body|passage|texto|contenido|conte[uú]do|cuerpo|corpo)[ \t]*:[ \t]*[>|]?[ \t]*",
    re.IGNORECASE,
)
_TITLE_KEY = re.compile(
    r"^[ \t]*(?:title|heading|subject|name|t[ií]tulo)[ \t]*:[ \t]*(?P<title>[^\n]+)$", re.IGNORECASE
)
_KIND = re.compile(
    r"^(?:page|document|doc|title|section|file|article|source|chapter|note|entry|p[aá]gina|documento|secci[oó]n|seção"
    r"|t[ií]tulo|fuente|fonte|nota)[ \t]*[:\-–][ \t]*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Found:
    line: int
    shape: str
    id: str
    title: str
    rest: str


def marked_passages(text: str) -> list[Passage]:
    """The passages of a text whose lines begin with marks of one shape, twice at least; none where there are none."""
    lines = text.split("\n")
    found = [mark for i, line in enumerate(lines) if (mark := _mark(i, line)) is not None]
    shapes = Counter(mark.shape for mark in found)
    if not shapes:
        return []
    most = next((mark.shape for mark in found if shapes[mark.shape] > 1), None)
    if most is None:
        return []
    chosen = [mark for mark in found if mark.shape == most]
    if len({mark.id for mark in chosen}) < len(chosen):
        return []
    before = "\n".join(lines[: chosen[0].line]).strip()
    passages = [Passage(before)] if len(before.split()) > 8 else []
    ends = [mark.line for mark in chosen[1:]] + [len(lines)]
    for mark, end in zip(chosen, ends, strict=True):
        body = "\n".join([mark.rest, *lines[mark.line + 1 : end]]).strip()
        title, body = _own_title(body) if not mark.title else (mark.title, body)
        if body:
            passages.append(Passage(body, mark.id, title))
    return passages


def _mark(i: int, line: str) -> _Found | None:
    if len(line) > 5000 or not line.strip():
        return None
    if match := _BRACKETED.match(line):
        return _Found(i, "[]", match["label"].strip(), "", match["rest"].strip(" \t:–—-"))
    if (match := _KEYED.match(line)) and len(match["label"].split()) <= 4:
        return _Found(i, "key:", match["label"].strip("\"' "), "", "")
    if (match := _NUMBERED.match(line)) and (match["open"] or match["close"].strip() or _SIGNED.match(match["label"])):
        rest = match["rest"].strip()
        label = match["label"].strip()
        return _Found(i, f"{match['open']}{_shape(label)}{match['close'].strip()}", label, "", rest)
    if match := _TITLED.match(line):
        label = _KIND.sub("", match["label"].strip())
        return _Found(i, f"title{match['open'][:1]}", label, label, "")
    return None


def _own_title(body: str) -> tuple[str, str]:
    """A short first line above a text is its title."""
    kept, title = [], ""
    for line in body.split("\n"):
        if named := _TITLE_KEY.match(line):
            title = named["title"].strip("\"' ")
        else:
            kept.append(_TEXT_KEY.sub("", line))
    body = "\n".join(kept).strip()
    if title:
        return title, body
    first, gap, rest = body.partition("\n")
    if gap and rest.strip() and len(first.split()) <= 8 and not first.rstrip().endswith((".", "?", "!", ",", ";")):
        return first.strip(" #*:=–—-"), rest.strip()
    return "", body


def _shape(label: str) -> str:
    words = re.sub(r"\d+(?:[.-]\d+)*", "0", label)
    return re.sub(r"0[a-z]\b", "0", words) if "0" in words else re.sub(r"[A-Za-z]+$", "x", words)


# --- citing --------------------------------------------------------------------------------------------------------

_CITING = re.compile(
    r"cit|brackets?|parenthes|source|reference|\bids?\b|\bcode\b|number of|clause|title|section|fuente|fonte|corchete"
    r"|colchete|parént|parênt|c[oó]digo|número",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"(?P<open>\[\[|\[|\(|<<|<|«|\{\{|\{|【)(?P<inner>[^\[\](){}<>«»【】\n]{1,40})(?P<close>\]\]|\]|\)|>>|>|»|\}\}|\}|】)"
)
_ROUND = re.compile(
    r"\b(?:round brackets|parenthes[ei]s|entre paréntesis|entre parênteses)\b(?! (?:retos|rectos))", re.I
)
_SQUARE = re.compile(r"\bsquare brackets|\bcorchetes|\bcolchetes|parênteses re[c]?tos", re.I)
_CORE = re.compile(r"\d+(?:[.-]\d+)*[a-z]?|\b[A-Z]\b|\b[a-z]\b|\bX\b")


@dataclass(frozen=True)
class Citing:
    """How a source is written in a reply: between which marks, and `shown`, an id as the prompt shows it."""

    open: str = "["
    close: str = "]"
    shown: str = ""


def citing_in(sentences: Sequence[str], ids: Sequence[str]) -> Citing | None:
    """The notation in which the orders of a prompt want sources cited; None when they want none."""
    told = [s for s in sentences if _CITING.search(s)]
    shapes = {_shape(one) for one in ids}
    for sentence in told:
        for match in _SHOWN.finditer(sentence):
            inner = match["inner"].strip()
            like = re.search(r"\b(?:like|e\.?g|such as|example|instance|form|as|como|ejemplo|exemplo|tipo)\b|[:,]\s*$",
                             sentence[max(0, match.start() - 25) : match.start()])  # fmt: skip
            fits = _shape(inner) in shapes or _shape(inner.split(" ")[-1]) in shapes
            if (fits or like or match["open"] in ("[", "[[", "【")) and len(inner.split()) <= 3:
                return Citing(match["open"], match["close"], inner)
    asked = " ".join(told)
    if not re.search(r"\bcit|\bbrackets?\b|parenthes|parênt|parént|corchete|colchete|\b(?:give|add|name|put|append"
                     r"|state|mention|include|indica|indique|indicando|menciona|mencione)\w*\b[^.\n]{0,50}"
                     r"\b(?:source|ids?|code|reference|clause|section|title|number|fuente|fonte|c[oó]digo|n[uú]mero)",
                     asked, re.IGNORECASE):  # fmt: skip
        return None
    return Citing("(", ")") if _ROUND.search(asked) and not _SQUARE.search(asked) else Citing()


def as_cited(passage: Passage, citing: Citing) -> Passage:
    """A passage under the id by which it is to be cited: the one shown in the prompt with its own number in it."""
    shown = citing.shown
    if passage.title and re.search(r"title|t[ií]tulo|heading|page|name", shown, re.IGNORECASE):
        return Passage(passage.text, passage.title, passage.title)
    if passage.id is None:
        return passage
    cores, own = list(_CORE.finditer(shown)), list(_CORE.finditer(passage.id))
    if not cores or not own or _shape(shown) == _shape(passage.id):
        return passage
    if not re.search(r"\d", shown) and re.search(r"\d", passage.id) and cores[-1].group() not in ("X", "n", "N", "x"):
        return passage
    written = shown[: cores[-1].start()] + own[-1].group() + shown[cores[-1].end() :]
    return Passage(passage.text, written, passage.title)
