"""Sentences in a document that give orders to the machine that reads it. They are data too, and never sent on.

What is found is left out of every request and refused as a quote, and the report lists it. It is a list of wordings, so
it does not find every order: what gets through still has to be proven on its page, named as the indicator is, and not
be contradicted by the document's own tables.
"""

from __future__ import annotations

import re

_TO_A_MACHINE = re.compile(
    r"\b(?:(?:ignore|disregard|forget|override|ignor[ea]r?|desconsider[ea]r?|esque[çc]a|olvid[ae]r?)\b.{0,60}"
    r"\b(?:instructions?|instruções|instrucciones|above|previous|prior|earlier|anteriores|prompt|rules|regras|reglas)"
    r"|(?:system|developer) (?:prompt|message|note)|(?:note|message|instruction|aviso|nota|mensagem|instrução"
    r"|instrucción|attention) (?:to|for|of|para|al?) (?:the |an? |any |every |o |a |los |las |el |la |all )?"
    r"(?:\w+ ){0,2}"
    r"(?:AI|IA|LLMs?|language models?|assistants?|extractors?|parsers?|chat ?bots?|machines?|models?|assistentes?"
    r"|asistentes?|modelos?)\b"
    r"|you are (?:now )?an? (?:\w+ ){0,3}(?:assistant|model|extractor|analyst)"
    r"|(?:AI|IA|LLM|language model|assistant|extractor)s?\b.{0,40}\b(?:must|should|shall|please|deve|debe)\b"
    r"|(?:report|return|output|give|extract|state|use|set|record|informe|retorne|devolva|reporte|extraia|extraiga)\b"
    r".{0,50}\b(?:as|to|como|por)\b\s*[\"“']?(?:[A-Z]{0,3}[$€£]\s?)?\(?-?\d[\d.,]*"
    r"|(?:report|return|output|give)\s+(?:only\s+)?(?:null|nothing|zero)\b"
    r"|(?:json|schema)\b.{0,40}\b(?:must|should|set|field|value))",
    re.IGNORECASE | re.DOTALL,
)
_TAGS = re.compile(
    r"</?\s*(?:filing|system|assistant|user|instructions?|document)\s*>|<\|[^|\n]{1,30}\|>", re.IGNORECASE
)
_SENTENCE = re.compile(r"[^.!?\n]*(?:\n(?!\s*\n)[^.!?\n]*|\.(?=\d|\w)[^.!?\n]*)*[.!?\n]*")
_REPLACED = "[an order to the reader's machine was left out here]"


def orders_in(text: str) -> list[str]:
    """The sentences of a text that are orders to a model, as they stand."""
    found = [m.group().strip() for m in _SENTENCE.finditer(text) if m.group().strip() and _is_order(m.group())]
    return list(dict.fromkeys(found))


def without_orders(text: str) -> str:
    """The text with a mark in place of each such sentence, and without marks that would end the document's own."""
    kept = _SENTENCE.sub(lambda m: _kept(m.group()), text)
    return _TAGS.sub("", kept)


def _kept(sentence: str) -> str:
    if not sentence.strip() or not _is_order(sentence):
        return sentence
    end = re.search(r"\s*$", sentence)
    return _REPLACED + (end.group() if end else "")


def _is_order(sentence: str) -> bool:
    return "|" not in sentence.strip()[:1] and bool(_TO_A_MACHINE.search(" ".join(sentence.split())))
