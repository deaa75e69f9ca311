"""What a prompt wants said, or left unsaid, of a text's content: `mention the roof`, `without naming anyone`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ..text.language import sentences


@dataclass(frozen=True)
class Wishes:
    """keep, drop: subjects in the prompt's words. drop_kinds: what to leave out by kind: name, number, money, date."""

    keep: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()
    drop_kinds: frozenset[str] = frozenset()


_DROP = re.compile(
    r"\b(?:leav(?:e|ing) out|leave|omit(?:ting)?|skip(?:ping)?|drop(?:ping)?|exclud(?:e|ing)|ignor(?:e|ing)"
    r"|cut(?:ting)? out|keep out"
    r"|avoid(?:ing)?|remov(?:e|ing)|delet(?:e|ing)|no (?:mention|word) of|nothing about|(?:do not|don't"
    r"|don’t|never|not|must not|should not|without) (?:to )?"
    r"(?:mention(?:ing)?|includ(?:e|ing)|nam(?:e|ing)|say(?:ing)?|us(?:e|ing)|talk(?:ing)? about"
    r"|refer(?:ring)? to|giv(?:e|ing)|tell(?:ing)?|reveal(?:ing)?|contain(?:ing)?)"
    r"|without(?=\s+(?:the|any|that) (?:sentence|part|bit|remark|line|passage|comment|complaint|detail"
    r"|section|joke)s?\b)|without(?: any)?(?=\s+(?:the )?(?:names|numbers|figures|dates|prices|amounts|money"
    r"|people)\b)|no(?=\s+(?:names|numbers|figures|dates|prices|amounts|people|money)\b)"
    r"|sem (?:mencionar|citar|dizer|falar de|incluir|dar)|sem(?=\s+(?:nomes|números|datas|preços)\b)"
    r"|não (?:mencione|cite|inclua|fale de|diga)|omita|omitir"
    r"|sin (?:mencionar|nombrar|citar|decir|incluir|dar)|sin(?=\s+(?:nombres|números|fechas|precios)\b)"
    r"|no (?:menciones|incluyas|nombres|digas|cites)|omite|deixe de fora|deja fuera)"
    r"\s+(?P<what>[^.;:\n!?]{2,120})",
    re.IGNORECASE,
)
_KEEP = re.compile(
    r"\b(?:keep(?:ing)?|mention(?:ing)?|includ(?:e|ing)|contain(?:ing)?|retain(?:ing)?|preserv(?:e|ing)"
    r"|cover(?:ing)?|be sure to (?:say|mention)|make sure (?:that )?(?:to )?(?:say|mention|include)?"
    r"|must (?:name|say|state|give|tell|appear)|with (?=the (?:date|time|price|cost|number|name|place))"
    r"|mencione|inclua|inclu(?:a|indo)|mantenha|menciona|incluye|conserva|mantén)"
    r"\s+(?P<what>[^.;:\n!?]{2,120})",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"(?:not|n't|n’t|never|without|no|não|sem|sin)\s+(?:to\s+)?$", re.IGNORECASE)
_KINDS = (
    (r"(?:any |the |all )?(?:personal |people'?s? |proper )?names?(?: of (?:people|persons|anyone))?|anyone"
     r"|anybody|people|persons|who\w*|nomes?|ninguém|pessoas"
     r"|nombres?|nadie|personas|individuals|staff by name|(?:the )?person\w*", "name"),
    (r"(?:any |the |exact )?(?:numbers?|figures|digits|statistics|números?|cifras)", "number"),
    (r"(?:any |the |exact )?(?:money|prices?|amounts?(?: of money)?|costs?|sums?(?: of money)?|dinheiro"
     r"|preços|valores|dinero|precios|importes)", "money"),
    (r"(?:any |the |exact )?(?:dates?|datas?|fechas?)", "date"),
)  # fmt: skip
_LEAD = re.compile(
    r"^(?:(?:both|also|only|any|all|the|o|a|os|as|el|la|los|las|what (?:it|he|she|they) says? about|that"
    r"|mention(?:s|ing)?|everything|anything"
    r"|(?:part|bit|remark|sentence|passage|note|line|comment|complaint|joke|insult|detail|details"
    r"|information|words?|thing|stuff|section"
    r"|parte|frase|comentário|comentario|queja|reclamação)s?(?: that is| which is)? (?:about|on|of"
    r"|concerning|with|regarding|sobre|de|do|da|del)|about|references? to|of|de|do|da|sobre) )+",
    re.IGNORECASE,
)
_PARTS = re.compile(r",\s*(?:and |or |but )?|\s+(?:and|or|nor|e|ou|y|o|ni|nem)\s+")
_STOPS_AT = re.compile(
    r"\b(?:but|mas|pero|while|and (?:do not|don't|leave|omit|skip|drop|keep|mention|include|use|write|no))\b"
    r"|\bin (?:at most|no more|under|one|two|three|\d)",
    re.IGNORECASE,
)
_FORM = re.compile(
    r"\b(?:words?|sentences?|bullets?|lines?|characters|palavras|frases|palabras|short|brief|tone|json|it"
    r"|this|text|same|language|style|format)\b",
    re.I,
)


def read_wishes(told: str) -> Wishes:
    """The wishes on content that the words of a prompt make."""
    keep: list[str] = []
    drop: list[str] = []
    kinds: set[str] = set()
    for sentence in sentences(told):
        taken: list[tuple[int, int]] = []
        for match in _DROP.finditer(sentence):
            taken.append(match.span())
            for part in _subjects(match["what"]):
                kind = next((kind for words, kind in _KINDS if re.fullmatch(words, part, re.IGNORECASE)), None)
                if kind:
                    kinds.add(kind)
                elif subject := _bare(part):
                    drop.append(subject)
        for match in _KEEP.finditer(sentence):
            if any(start <= match.start() < end for start, end in taken) or _NEGATED.search(sentence[: match.start()]):
                continue
            keep += [s for part in _subjects(match["what"]) if (s := _bare(part)) and not _FORM.search(part)]
    return Wishes(tuple(dict.fromkeys(keep)), tuple(dict.fromkeys(drop)), frozenset(kinds))


def _subjects(what: str) -> list[str]:
    what = _STOPS_AT.split(what, maxsplit=1)[0]
    what = re.sub(r"\s+(?:out|please|por favor)$", "", what.strip(" ,\"'"))
    return [part.strip(" ,\"'") for part in _PARTS.split(what) if part.strip(" ,\"'")]


def _bare(part: str) -> str:
    return _LEAD.sub("", part).strip(" ,\"'")
