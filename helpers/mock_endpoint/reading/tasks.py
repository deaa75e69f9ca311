"""What a prompt's words ask to be done with a text, and which of them only say that it is data."""

from __future__ import annotations

import re

from ..text.language import sentences

_SUMMARY = re.compile(
    r"\b(?:summari[sz]e|summary|summari[sz]ing|sum up|sum (?:it|this|that|them|the \w+) up|boil (?:it"
    r"|this) down|in a nutshell|tl;?dr|main (?:points?|ideas?)|key (?:points?|takeaways?"
    r"|facts)|gist"
    r"|resum[aei]n?|resumir|resumo|sintetize|condense)\b",
    re.IGNORECASE,
)

_NOT = r"(?:never|not|don't|don’t|do not|must not|should not|cannot|can't|without|no|nunca|não|jamás|jamais)"
_FOLLOW = (
    r"(?:follow\w*|obey\w*|execut\w+|act(?:ing)? (?:on|upon)|comply\w*|carry out|respond to|heed\w*|trust\w*"
    r"|accept\w*|tak\w+"
    r"|listen to|perform\w*|interpret\w*|treat\w*|be (?:influenced|swayed|changed)|siga|seguir|obede[cç]\w+"
    r"|execut\w+|sigas|ejecut\w+)"
)
_ORDERS = (
    r"(?:instruct\w+|commands?|orders?|directi\w+|requests?|prompts?|demands?|anything|instru\w+|comandos?"
    r"|órdenes|ordens)"
)
_WHERE = r"(?:in|inside|within|between|from|contained|found|of|that appears?|embedded|no|na|dentro|entre|en|del|do|da) "
_DATA_RULE = re.compile(
    rf"\b{_NOT}\b[^.!?\n]{{0,40}}\b{_FOLLOW}\b[^.!?\n]{{0,60}}\b{_ORDERS}\b"
    rf"|\b(?:ignore|disregard|ignora|ignore)\b[^.!?\n]{{0,30}}\b{_ORDERS}\b[^.!?\n]{{0,60}}\b{_WHERE}"
    r"|(?<!\byou )\b(?:is|are|as|é|são|es|son|como)\s+(?:(?:only|merely|just|plain|pure|raw|strictly|external"
    r"|mere|apenas|sólo)\s+){0,2}"
    r"(?:data|content|untrusted(?: \w+)?|dados|datos)\b(?! (?:analyst|scientist|engineer|team|entry|model))"
    rf"|\b{_ORDERS}\b[^.!?\n]{{0,70}}\b(?:must|should|are to) (?:be ignored|not be|never be)"
    rf"|\b(?:not|never) (?:as )?{_ORDERS}\b"
    rf"|\b{_NOT}\b[^.!?\n]{{0,40}}\bobey\b"
    rf"|\b{_NOT}\s+(?:do|follow|act on|carry out)\s+(?:what|whatever|anything)\b[^.!?\n]{{0,60}}"
    r"\b(?:asks?|says?|tells?|orders?|demands?)\b",
    re.IGNORECASE,
)


_TEXT_WORK = re.compile(
    r"^\W*(?:please\s+|you (?:will |must |should )?)?(?:summari[sz]\w*|tell|describe|classify|categori[sz]e|sort"
    r"|label|translate|rewrite"
    r"|rephrase|extract|list|explain|shorten|answer|give|decide|proofread|correct|quote|identify|say|resum\w+"
    r"|traduz\w*|classifi\w+"
    r"|extra\w+|respond\w*)\b",
    re.IGNORECASE,
)


def asks_for_text_work(instructions: str) -> bool:
    """Whether a sentence begins by telling what to do with a text: answer, sort, rewrite it."""
    return asks_for_summary(instructions) or any(_TEXT_WORK.match(s) for s in sentences(instructions))


_TITLE = re.compile(
    r"\b(?:titles?|headlines?|subject lines?|captions?|título|titulares?|manchete|slogan|push notification)\b",
    re.IGNORECASE,
)
_WRITES = re.compile(
    r"^\W*(?:please |now |can you |could you )*(?:write|give|suggest|find|propose|create|think|invent|make"
    r"|compose|draft|provide|generate|come up"
    r"|what would be|add|turn|put|need|escreva|dê|crie|sugira|escribe|da|dame|pon|propón|sugiere)\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(
    r"\b(?:describe|descreva|describe) (?:the|this|o|el) (?:text|article|message|note|story|texto)\b"
    r"|\b(?:say|tell|state|explain|diga|di|explica)\b[^.\n'\"]{0,30}\b(?:what (?:the|this"
    r"|it)\b[^.\n]{0,30}\babout|what happened|do que trata|de qué trata|de que trata)\b"
    r"|\b(?:turn|make|convert|put|rewrite|condense)\b[^.\n]{0,40}\b(?:in)?to\b[^.\n]{0,20}\b(?:text message"
    r"|sms|tweet|status|notification|one-liner|blurb)\b",
    re.IGNORECASE,
)


def asks_for_title(told: str) -> bool:
    """Whether a title, a headline or a subject line is to be written for a text."""
    return any(_TITLE.search(s) and _WRITES.match(s) for s in sentences(told))


def asks_for_gist(told: str) -> bool:
    """Whether a text is to be said in short in other words than `summarise`."""
    return _ABOUT.search(told) is not None


def asks_for_summary(instructions: str) -> bool:
    return _SUMMARY.search(instructions) is not None


def is_data_rule(sentence: str) -> bool:
    """Whether a sentence says that a text is data, or that what it orders is not to be followed."""
    return _DATA_RULE.search(sentence) is not None
