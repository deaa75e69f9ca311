"""Orders: sentences of a text that tell whoever reads it what to do, and how much each reads as meant for a model.

A text is full of imperatives (`please send me the form`). Only those with a mark of an order to the reader of a prompt
count: an override (`ignore the instructions above`), a claim to authority (`system:`, `new instructions`), the model
addressed, a demand on the reply itself (`reply only with "x"`), on its instructions or secrets, or a label or tool by
its name. English, with the common phrasings in Portuguese and Spanish. Whether an order is obeyed is not decided here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from ..text.language import sentences

Kind = Literal["say", "append", "label", "reveal", "call", "refuse"]


@dataclass(frozen=True)
class Order:
    """An order. what: the words to say, the label, the thing to reveal, the tool's name. strength: in log-odds."""

    kind: Kind
    text: str  # the sentence, verbatim
    what: str
    strength: float


# --- marks ---------------------------------------------------------------------------------------------------------

_RULES = (
    r"(?:instru[cç]\w+|rules?|prompts?|guidelines?|directi(?:ons|ves?)|orders?|commands?|constraints?|polic(?:y|ies)"
    r"|task|programming|question|everything|all (?:that|of that|the above|text)|anything|what (?:you were|i"
    r"|they) (?:told|said)|the above"
    r"|context|text above|regras|ordens|tarefa|tudo|reglas|[óo]rdenes|indicaciones|tarea|todo)"
)
_OVERRIDE = re.compile(
    r"\b(?:ignor(?:e|ing|a|ar|en)|disregard(?:ing)?|forget(?: about)?|overrid(?:e|ing)|bypass|discard|abandon|set aside"
    r"|stop following|(?:do not|don't|don’t|no longer) (?:follow|obey|use|apply)|pay no attention to|desconsider[ea]r?"
    r"|esque[çc]a|olvid[ae]|descarta)\b"
    rf"(?!.{{0,30}}\b(?:in|inside|within|contained in) (?:it|them|the|this|these))[^.!?\n]{{0,40}}?\b{_RULES}\b",
    re.IGNORECASE,
)
_CLAIM = re.compile(
    r"^\W{0,4}(?:system|admin(?:istrator)?|developer|root|sistema)\b[^:\n]{0,30}:|[\[<(]{1,2}\s*/?(?:system|inst"
    r"|admin)\b"
    r"|\b(?:new|updated|real|actual|true|revised|urgent|important|secret|additional|novas?|nuevas?) "
    r"(?:system )?(?:instructions?|rules?|task|prompt|directives?|orders?|instru\w+|tarefa"
    r"|tarea)\b(?=\s*(?:[:.,;!—–-]|$|for |to |from ))"
    r"|\b(?:end|fim|fin) (?:of|do|da|del) (?:the )?(?:document|text|e-?mail|data|message|input|ticket|documento"
    r"|texto)\b"
    r"|\b(?:developer|debug|maintenance|admin|god|test) mode\b|\bfrom now on\b|\ba partir de (?:agora|ahora)\b"
    r"|\b(?:overrid\w+|takes? precedence|supersedes?|has priority over)\b"
    r"|\b(?:the )?(?:correct|right|true|only) (?:label|category|answer|class) (?:is|for)\b",
    re.IGNORECASE,
)
_NAMES = (
    r"(?:a\.?i\.?(?: (?:assistants?|models?|systems?|agents?|readers?))?|assistants?|language models?|llms?"
    r"|chat ?bots?|bots?"
    r"|gpt|virtual assistants?|(?:automated|automatic) (?:systems?|readers?|tools?)|summari[sz]ers?|classifiers?"
    r"|(?:modelos?|sistemas?) de (?:linguagem|lenguaje|ia)|assistentes?|asistentes?|ia)"
)
_ADDRESSED = re.compile(
    rf"(?:^|[\[(<#*!\-:;,.]\s*|\b(?:to|for|dear|hey|hello|attention|para|al?|o|el)\s+(?:the|any|all|every|o|el|la"
    rf"|a)?\s*)"
    rf"{_NAMES}\b\s*(?:[:,!\])—-]|reading|processing|that|who|must|should|shall|has to|is to|please|summari\w+|que)"
    rf"|\b(?:if|when|se|si) (?:you are|you're|you’re|an?|você é|eres)\s*(?:an?|the|uma?|una?)?\s*{_NAMES}\b"
    rf"|\byou are (?:now )?(?:an? |the )?(?:\w+ ){{0,2}}{_NAMES}\b",
    re.IGNORECASE,
)
_INSTEAD = re.compile(r"\b(?:instead|rather than|em vez disso|en su lugar|en vez de eso)\b", re.IGNORECASE)
_ONLY = re.compile(
    r"\b(?:only|exactly|just|nothing (?:else|but)|verbatim|word for word|no matter what|always|apenas|somente|só"
    r"|solo|sólo"
    r"|solamente|únicamente|exatamente|exactamente|sempre|siempre)\b",
    re.IGNORECASE,
)
_URGENT = re.compile(
    r"\b(?:important|urgent|attention|critical|mandatory|immediately|warning|required|must|now|obligatory|importante"
    r"|urgente|aten[cç]\w+|obrigatório)\b|!{1,3}\s*$",
    re.IGNORECASE,
)
_POLITE = re.compile(r"\b(?:could|would|can|might) you\b|\bkindly\b|\bif (?:possible|you like)\b", re.IGNORECASE)

# Weights: each mark adds to the log-odds that a reader takes the sentence for its own instruction.
_BASE, _OVERRIDING, _CLAIMING, _ADDRESSING, _DEMANDING = 0.9, 1.6, 1.0, 0.9, 0.7
_SHOUTED, _AT_EDGE, _QUOTING, _REPEATED, _COURTEOUS = 0.35, 0.35, 0.5, 0.3, -0.3
_NEAR = 2  # sentences over which an override or a claim carries to the order beside it


# --- demands -------------------------------------------------------------------------------------------------------

# Where an imperative can begin.
_LEAD = (
    r"(?:^[\W_]{0,4}(?:\w{1,14}:\s*)?|[,;:.!—–-]\s*|\b(?:and|then|but|e|y|instead|please|just|now|simply|always"
    r"|por favor|only"
    r"|(?:you|assistant|assistants|ai|model|bot|chatbot|it) (?:must|should|shall|will|are to|need to|have to"
    r"|has to|is to)"
    r"|(?:is|task is|job is|goal is|instructed|told|required|asked) to|to)\s+)"
)
_SAYING = (
    r"(?:say|reply|respond|answer|output|print|write|return|state|produce|type|claim|report|declare|conclude|recommend"
    r"|mention|tell (?:the (?:user|customer|reader|person|client)|them|everyone|him|her|users|people)"
    r"|inform (?:the (?:user|customer|reader)|them)|diga|responda|escreva|imprima|afirme|di|responde|escribe"
    r"|contesta|dile)"
)
_SAY = re.compile(rf"{_LEAD}{_SAYING}\b(?P<rest>[^\n]*)", re.IGNORECASE)
_SAY_ANYWHERE = re.compile(rf"\b{_SAYING}\b(?P<rest>[^\n]*)", re.IGNORECASE)
_WEAK_SAYING = re.compile(
    r"\b(?:return|write|print|type|state|report|produce|claim|conclude|mention|recommend|inform)\W*$|\btell\b.*$",
    re.IGNORECASE,
)
_OBLIGED = re.compile(
    rf"\byou (?:must|should|shall|will|have to|need to|are to)(?: now| only| always| instead)? {_SAYING}\b",
    re.IGNORECASE,
)
_APPEND = re.compile(
    r"\b(?:append|add|include|insert|put|end|finish|begin|start|close|acrescente|adicione|inclua|añade|incluye|termina"
    r"|termine|comece)\b(?P<rest>[^\n]*?\b(?:answer|reply|response|summary|output|message|resposta|respuesta"
    r"|resumo|resumen"
    r"|link|sentence|line|text|words?|phrase|frase|texto)\b[^\n]*)",
    re.IGNORECASE,
)
_REPLY_PART = re.compile(
    r"\b(?:answer|reply|response|summary|output|resposta|respuesta|resumo|resumen)\b", re.IGNORECASE
)
_ASKING = (
    r"(?:reveal|repeat|print|show|output|display|give|tell|disclose|leak|share|list|include|write|recite"
    r"|translate|spell|encode"
    r"|summari[sz]e|quote|paraphrase|reproduce|expose|provide|state|say|return|send|read out|complete|confirm|reverse"
    r"|convert|reads?|whispers?|sings?|what(?:'s|’s| is| are| was| were)|which|revel[ea]|mostr[ea]|muestra|repita"
    r"|repite|imprim[ae]|diga|di|dime"
    r"|qual é|quais são|cuál es|cuáles son|traduz[ae]?|traduce|deletrea|soletre|escrev[ae]|escribe)"
)
_ABOVE = r"(?:above|before)(?=\W*$|[.,;:!?]|\s+(?:this|that|word|verbatim|in|starting|exactly|and|as|to|into|from)\b)"
_OWN_PROMPT = (
    r"(?:(?:your|its|seu|sua|suas|tus?)\s+(?:\w+\s+){0,3}?(?:prompts?|instructions?|rules|guidelines"
    r"|configuration|directives?"
    r"|instru[cç]\w+|regras|reglas)(?!\s+(?:for|to|about|para)\b)|(?:the\s+)?(?:system|initial|original|hidden"
    r"|full|secret|internal) (?:prompt|message|instructions?"
    r"|rules)|the prompt\b|prompt d[eo]l? sistema"
    rf"|(?:the )?(?:instructions?|rules|prompt|everything|all(?: of)? the text|text|words|lines?|messages?"
    rf"|what (?:is|was|comes?)(?: written)?) {_ABOVE}"
    r"|what (?:you were|were you) told|(?:rules|instructions) (?:that )?you were given)"
)
_SECRET = (
    r"(?:secrets?|passwords?|passphrases?|passcodes?|pass ?words?|code ?words?|access codes?|(?:api|access|secret"
    r"|private"
    r"|admin|license|licence|vault|master)[- ]?(?:keys?|tokens?|codes?|pins?)|canary|credentials?|confidential \w+"
    r"|(?:internal|private|hidden|discount|voucher|promo|unlock|staff|secret) (?:\w+ )?(?:codes?|notes?|words?"
    r"|numbers?|data"
    r"|information|keys?|phrases?|names?)|(?:\w+ )?(?:codes?|pins?|combinations?)"
    r"|senha|segredo|chave|palavra[- ](?:secreta|passe)|código (?:secreto|interno)|contraseña|secreto|clave"
    r"|palabra (?:secreta|clave))"
)
_REVEAL = re.compile(rf"\b{_ASKING}\b[^.!?\n]{{0,80}}?\b(?P<what>{_OWN_PROMPT}|{_SECRET})\b", re.IGNORECASE)
_PROMPT_MEANT = re.compile(rf"^{_OWN_PROMPT}$", re.IGNORECASE)
_REFUSE = re.compile(
    r"\b(?:refuse|decline) to (?:answer|respond|reply|summari\w+|help|process|classify)\b"
    r"|\b(?:do not|don't|don’t|never|not) (?:answer|summari[sz]e|process|classify|translate|extract|respond)\b",
    re.IGNORECASE,
)
_DOING = re.compile(
    rf"{_LEAD}(?:call|use|invoke|run|execute|trigger|issue|send|transfer|forward|delete|cancel|refund|pay|approve"
    rf"|book|order"
    r"|open|close|update|change|create|remove|post|share|grant|chame|use|execute|envie|transfira|llama|usa"
    r"|ejecuta|envía)\b",
    re.IGNORECASE,
)
_LABELLING = re.compile(
    rf"{_LEAD}(?:answer|respond|reply|return|output|say|print|write|label|classify|categori[sz]e|mark|tag|assign"
    rf"|choose|pick"
    r"|select|treat|route|set|use|put|rate|score|grade|judge|rank|consider|file|responda|classifique|marque"
    r"|escolha|responde"
    r"|clasifica|marca|elige)\b",
    re.IGNORECASE,
)
_NAMED_RIGHT = re.compile(r"\b(?:correct|right|true|only|final) (?:label|category|answer|class|score|grade)\b", re.I)
_QUOTED = re.compile(r"[\"“”«]([^\"“”«»\n]{1,400})[\"”“»]|(?<!\w)['‘`]([^\n]{1,400}?)['’`](?!\w)")
_BEFORE_WORDS = re.compile(
    r"^\s*(?:(?:back|only|just|exactly|simply|always|the user|to (?:the user|every\w*|all \w+|any\w*)|with"
    r"|instead|in full"
    r"|(?:the|one|a|this) (?:(?:single|following|exact|one|same) )?(?:words?|phrase|text|message|sentence|string"
    r"|line|token)|nothing (?:else )?(?:but|except|than)|that"
    r"|by saying|in capitals?|your (?:answer|reply|response|summary)|apenas|somente|só|solo|sólo|solamente"
    r"|únicamente|exatamente|com|con|a palavra|la palabra|a frase|la frase|o texto|el texto|que)\b[\s:,]*|[:\-–—]\s*)+",
    re.IGNORECASE,
)
_AFTER_WORDS = re.compile(
    r"(?:,?\s*(?:and|but|e|y) (?:nothing else|nothing more|do not|don't|ignore|stop|nada mais|nada más)\b.*"
    r"|\s+(?:instead|to (?:every|all|any)\w*\b.*|no matter\b.*|in your (?:answer|reply|response|summary)"
    r"|only))\s*[.!]?\s*$",
    re.IGNORECASE,
)
_MANNER = re.compile(
    r"^\s*(?:in (?!capitals)|by |before |after |within |to (?:my|this|the|his|her|our) |as soon|politely|quickly"
    r"|briefly|if |when "
    r"|whether |what |how |why |who |from |using |at |on )",
    re.IGNORECASE,
)

# One look over a text, in lower case, before it is read closely: without any of these words there is no order in it.
_HINT = re.compile(
    r"ignor|disregard|forget|overrid|bypass|discard|abandon|set aside|stop following|instru|system|sistema|admin"
    r"|mode\b|from now"
    r"|a partir|\bai\b|\bia\b|a\.i\.|assist|asist|model|\bllm|bot\b|bots\b|gpt|classif|summar|resum|instead"
    r"|em vez|en vez|en su lugar"
    r"|secre|segredo|senha|contraseña|\bpass|code|canary|prompt|desconsider|esque[çc]a|olvid|descarta|\bonly\b"
    r"|exactly|nothing else"
    r"|apenas|somente|solamente|únicamente|label|categor|correct|refuse|declin|do not|don't|key|token|precedence"
    r"|supersede|\w_\w"
    r"|attention|answer|respon|reply|output|above|rules|question|you must|clave|chave|código"
)
_MOST_ORDERS = 12


def orders_in(
    text: str, labels: Sequence[str] = (), tools: Sequence[str] = (), *, said_by_user: bool = False
) -> list[Order]:
    """The orders of a text, in its order, at most twelve. labels and tools: the names that the prompt offers.

    In the words of the user themselves, whose wishes are no attack, only what overrides the rules or asks for what they
    hold is an order here.
    """
    if not _HINT.search(text.lower()) and not _names_one(text, (*labels, *tools)):
        return []
    own = sentences(text)
    hinted = [_HINT.search(s.lower()) is not None for s in own]
    overrides = [h and _OVERRIDE.search(s) is not None for h, s in zip(hinted, own, strict=True)]
    claims = [h and _CLAIM.search(s) is not None for h, s in zip(hinted, own, strict=True)]
    addressed = [h and _ADDRESSED.search(s) is not None for h, s in zip(hinted, own, strict=True)]
    found: list[Order] = []
    for i, sentence in enumerate(own):
        marks_near = any(overrides[max(0, i - _NEAR) : i + 2]) or any(claims[max(0, i - _NEAR) : i + 2])
        if not (hinted[i] or marks_near or _names_one(sentence, (*labels, *tools))):
            continue
        near = slice(max(0, i - _NEAR), i + 2)
        marks = (any(overrides[near]), any(claims[near]), any(addressed[near]))
        edge = (i == 0 or i == len(own) - 1) if len(own) > 1 else True
        for kind, what in _demands(sentence, labels, tools, marked=any(marks)):
            if not _is_order(kind, what, sentence, marks, said_by_user):
                continue
            found.append(Order(kind, sentence, what, _strength(sentence, marks, edge, len(found))))
            break
        if len(found) == _MOST_ORDERS:
            break
    return found


def without_orders(text: str, found: Sequence[Order]) -> str:
    """The text without the sentences that are orders, or that override for them; all of it if nothing would be left."""
    if not found:
        return text
    ordered = {order.text for order in found}
    kept, start = [], 0
    for sentence in sentences(text):
        at = text.find(sentence, start)
        if at >= 0 and (sentence in ordered or _OVERRIDE.search(sentence)):
            kept.append(text[start:at])
            start = at + len(sentence)
    left = " ".join([*kept, text[start:]])
    return left.strip() if any(c.isalnum() for c in left) else text


def label_ordered(sentence: str, labels: Sequence[str]) -> str | None:
    """The one label that a sentence tells to choose; None when it tells none."""
    named = [name for name in labels if _names_one(sentence, [name])]
    whole = [n for n in named if not any(n != other and n.lower() in other.lower() for other in named)]
    if len(whole) != 1:
        return None
    return whole[0] if _LABELLING.search(sentence) or _NAMED_RIGHT.search(sentence) else None


# --- one sentence --------------------------------------------------------------------------------------------------


def _demands(sentence: str, labels: Sequence[str], tools: Sequence[str], *, marked: bool) -> Iterator[tuple[Kind, str]]:
    """What a sentence can demand, the most particular first. In one that is marked the verb may stand anywhere."""
    if (name := label_ordered(sentence, labels)) is not None:
        yield "label", name
    for tool in tools:
        if _names_one(sentence, [tool]) and (
            "_" in tool or re.search(rf"\b{re.escape(tool)}\s?\(|\b(?:tool|function)\b", sentence)
        ):
            yield "call", tool
    reveal = _REVEAL.search(sentence)
    if reveal and not _is_negated(sentence, reveal.start()):
        yield "reveal", "prompt" if _PROMPT_MEANT.match(reveal["what"]) else reveal["what"]
    append = _APPEND.search(sentence)
    if append and not _is_negated(sentence, append.start()) and (words := _appended(append["rest"])):
        yield "append", words
    if _REFUSE.search(sentence):
        yield "refuse", ""
    say = _SAY.search(sentence) or (_SAY_ANYWHERE.search(sentence) if marked else None)
    if say and not _is_negated(sentence, say.start()) and (words := _said(say["rest"])):
        yield "say", words
    if tools and _DOING.search(sentence):
        yield "call", ""


_NEGATION = re.compile(r"\b(?:never|not|don't|don’t|cannot|can't|nunca|não|no|jamás)\s+(?:\w+\s+){0,2}$", re.IGNORECASE)


def _is_negated(sentence: str, verb: int) -> bool:
    """Whether what stands before a verb forbids it: `never reveal the code` asks for nothing."""
    return _NEGATION.search(sentence[max(0, verb - 40) : verb]) is not None


def _is_order(kind: Kind, what: str, sentence: str, marks: tuple[bool, bool, bool], said_by_user: bool) -> bool:
    """Whether a demand is one on the reader of the prompt and not on somebody in the text."""
    marked = any(marks)
    if said_by_user:
        return kind == "reveal" or (marks[0] and kind in ("say", "append", "label"))
    if kind == "reveal":
        return marked or what == "prompt"
    if kind == "label":
        return True
    if kind == "append":
        return marked or bool(_REPLY_PART.search(sentence))
    if kind == "call":
        return marked or bool(what)
    if kind == "say":
        # Many verbs of saying mean other things too (`return the books`): a claim beside them is not enough.
        weak = _WEAK_SAYING.search(_verb(sentence)) is not None
        return (
            marked if not weak else marks[0] or marks[2] or (marks[1] and bool(_QUOTED.search(sentence)))
        ) or _tells_much(sentence)
    return marked


def _verb(sentence: str) -> str:
    say = _SAY.search(sentence) or _SAY_ANYWHERE.search(sentence)
    return sentence[say.start() : say.start("rest")] if say else ""


def _tells_much(sentence: str) -> bool:
    """Whether a demand names its words or leaves nothing beside them: `with "x"`, `exactly: x`."""
    demanded = _INSTEAD.search(sentence) or _ONLY.search(sentence) or _OBLIGED.search(sentence)
    return bool(demanded and (_QUOTED.search(sentence) or re.search(r":\s+\S", sentence)))


def _strength(sentence: str, marks: tuple[bool, bool, bool], edge: bool, before: int) -> float:
    override, claim, addressed = marks
    demanding = bool(_INSTEAD.search(sentence) or _ONLY.search(sentence) or _OBLIGED.search(sentence))
    letters = [c for c in sentence if c.isalpha()]
    shouted = bool(_URGENT.search(sentence)) or sum(c.isupper() for c in letters) > 0.6 * max(1, len(letters))
    return (
        _BASE
        + _OVERRIDING * override
        + _CLAIMING * claim
        + _ADDRESSING * addressed
        + _DEMANDING * demanding
        + _SHOUTED * shouted
        + _AT_EDGE * edge
        + _QUOTING * bool(_QUOTED.search(sentence))
        + _REPEATED * min(before, 2)
        + _COURTEOUS * bool(_POLITE.search(sentence))
    )


def _said(rest: str) -> str:
    """The words that `say ...` orders; empty where what follows tells how to reply and not what."""
    if quoted := _QUOTED.search(rest):
        return (quoted[1] or quoted[2]).strip()
    words = _BEFORE_WORDS.sub("", rest, count=1)
    if _MANNER.match(words) or (words == rest.lstrip() and _MANNER.match(rest)):
        return ""
    words = re.sub(r"^to (?=[a-z])", "", _AFTER_WORDS.sub("", words).strip()).strip().strip("\"'“”«»`*").rstrip(" .,;")
    return words if 0 < len(words.split()) <= 60 else ""


def _appended(rest: str) -> str:
    if quoted := _QUOTED.search(rest):
        return (quoted[1] or quoted[2]).strip()
    link = re.search(r"!?\[[^\]\n]{0,200}\]\([^)\s]{1,500}\)|https?://[^\s\"'<>)]{1,500}", rest)
    if link:
        return link.group().rstrip(".,;")
    after = re.search(
        r":\s+(\S[^\n]{0,300})$|\b(?:with|saying|that says|com|con) (?:the (?:words?|sentence|line"
        r"|phrase) )?(\S[^\n]{0,300})$",
        rest,
    )
    return (after[1] or after[2]).strip().rstrip(" .") if after else ""


def _names_one(text: str, names: Sequence[str]) -> bool:
    return any(name.lower() in text.lower() and _whole(name).search(text) for name in names if name)


@lru_cache(maxsize=1024)
def _whole(name: str) -> re.Pattern[str]:
    """A name as a word of its own."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE)
