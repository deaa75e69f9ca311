# ruff: noqa: SIM905 - lists of words read better as text
"""What a prompt demands of the form of a reply: length, list, label only, citations, and what to say when unsure.

The demands are only read here; form.py keeps them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace

from ..text.language_id import NAMES, language_of
from .keys import shape_in

_COUNTS = {
    w: i + 1
    for i, w in enumerate(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen".split()
    )
} | {
    "a": 1, "an": 1, "a single": 1, "single": 1, "twenty": 20, "twenty-five": 25, "thirty": 30, "forty": 40,
    "fifty": 50, "hundred": 100, "uma": 1, "um": 1, "una": 1, "dois": 2, "duas": 2, "dos": 2, "três": 3, "tres": 3,
    "quatro": 4, "cuatro": 4, "cinco": 5, "dez": 10, "diez": 10, "vinte": 20, "veinte": 20,
    "numa": 1, "num": 1, "uma única": 1, "uma só": 1, "um único": 1, "una sola": 1, "un solo": 1, "una única": 1,
    "un": 1,
}  # fmt: skip
_COUNT = rf"(\d{{1,4}}|{'|'.join(sorted(_COUNTS, key=len, reverse=True))})"
_AT_MOST = (
    r"(?:in|with|within|using|use|to|of|is|be|by)?\s*(?:at most|no more than|not more than|less than|fewer than"
    r"|under|up to|at least|no fewer than|not fewer than|a minimum of|minimum|precisely"
    r"|max(?:imum)?(?: of)?|a maximum of|about|around|exactly|only|just|a"
    r"|no máximo|até|em|exatamente|como máximo|hasta|en|exactamente|pelo menos|al menos)?\s*"
)
_FEW = r"\d{1,4}|one|two|three|four|five|six|duas|dois|três|cuatro|tres"
_RANGE = rf"(?P<low>{_FEW})\s*(?:-|–|to|and|or|a|e|y|ou|o)\s*(?P<high>{_FEW})"
_WORDS = re.compile(
    rf"\b(?:{_RANGE}|{_AT_MOST}{_COUNT})(?:\s+or\s+(?:fewer|less|more))?"
    r"(?:[\s-]+(?:lower-?case|upper-?case|capital|english|plain|simple|short|german|portuguese"
    r"|spanish))?[\s-]+(?:words?|palavras?|palabras?)\b",
    re.IGNORECASE,
)
_SENTENCES = re.compile(
    rf"\b(?:{_RANGE}|{_AT_MOST}{_COUNT})(?:\s+(?:short|simple|full|complete|plain|clear))*[\s-]+"
    r"(?:sentences?|lines?(?! item)|frases?|oraci(?:ón|ones)|linhas?|líneas?)\b",
    re.IGNORECASE,
)
_LEAST = re.compile(
    r"\bat least\b|\bno fewer\b|\bnot fewer\b|\bminimum\b|\bor more\b|\bpelo menos\b|\bal menos\b", re.IGNORECASE
)
_EXACTLY = re.compile(r"\bexactly\b|\bprecisely\b|\bexatamente\b|\bexactamente\b", re.IGNORECASE)
_EACH = re.compile(r"\b(?:each|every|per (?:bullet|item|point|line)|apiece|cada)\b", re.IGNORECASE)
_NUMBERED = re.compile(
    rf"\bnumbered\s+(?:list|points|steps|items)\b(?:\s+(?:of|with)\s+(?:(?:exactly|at most|up to)\s+)?{_COUNT})?"
    rf"|\b{_COUNT}\s+numbered\s+(?:points|steps|items|lines)\b|\b(?:lista )?numerada\b",
    re.IGNORECASE,
)
_SEPARATED = re.compile(
    r"\b(?P<one>comma|semicolon|pipe|newline)[- ](?:separated|delimited)\b"
    r"|\b(?:separated|delimited|divided|split|joined) (?:by|with) (?:an? |the )?(?P<two>(?:comma|semicolon"
    r"|slash|pipe|dash"
    r"|space|newline|line break|new line|vertical bar)(?:e?s)?\b|[\"'`][^\"'`\n]{1,3}[\"'`])"
    r"|\bseparad[oa]s? (?:por|com|con) (?P<three>vírgulas?|comas?|ponto e vírgula|punto y coma|espaços?"
    r"|espacios?|barras?)\b"
    r"|\bwith (?P<five>commas|semicolons) (?:between|in between)\b"
    r"|\b(?P<four>one (?:\w+ )?(?:per|on each|to a|in each) line|(?:each|every one|one) on (?:a|its"
    r"|their) (?:own |new |separate )*line"
    r"|on (?:a )?(?:separate|new|different) lines?|each \w+ on (?:a|its) (?:own |new |separate )*line"
    r"|line by line|um[a]? por linha|un[oa] por línea)\b",
    re.IGNORECASE,
)
_DASHED = re.compile(
    r"\b(?:dash|hyphen|bullet|asterisk|star)\b[^.\n]{0,20}\b(?:in front|before|at the (?:start|beginning)"
    r"|first|each|every)\b"
    r"|\b(?:start|begin|prefix|preced|mark)\w*\b[^.\n]{0,20}\b(?:with|by) an? (?:dash|hyphen|bullet|asterisk|star)\b"
    r"|\bdash(?:ed)? list\b",
    re.IGNORECASE,
)
_AROUND_QUOTED = (
    r"[^.\n\"'“‘«`]{0,40}?\b(?:with|by|com|con|por)\b[^.\n\"'“‘«`]{0,30}"
    r"(?:[\"“‘«`'](?P<text>[^\"”»`\n]{1,160}?)[\"”’»`'](?!\w)|\bthe (?:words?|phrase"
    r"|letters?) (?P<bare>[A-Z][\w-]*(?: [A-Z][\w-]*){0,4}))"
)
_STARTS = re.compile(rf"\b(?:start|begin|open|prefix|comece|comienza|empieza)s?\b{_AROUND_QUOTED}", re.IGNORECASE)
_ENDS = re.compile(rf"\b(?:end|finish|close|conclude|termine|termina|acabe)s?\b{_AROUND_QUOTED}", re.IGNORECASE)
_YES_NO = re.compile(
    r"\b(?:only|just|simply|either|with|answer|reply|respond|say|somente|apenas|responda|responde|solo"
    r"|sólo)\b[^.\n]{0,30}?"
    r"[\"'`“]?\b(?P<yes>yes|sim|sí)\b[\"'`”]?\s*(?:or|and|/|,|ou|o)\s*[\"'`“]?(?P<no>no|não|nao)\b",
    re.IGNORECASE,
)
_LANGUAGE = re.compile(
    r"\b(?:answer|reply|respond|write|written|summari[sz]e|rewrite|explain|say|output|speak|responda|responde"
    r"|escreva|escribe"
    r"|resuma|resume|summary|explanation|translat\w+|tradu\w+)\b[^.\n]{0,60}?\b(?:in|into|to|em|en|para|al|ao)\s+"
    r"(?:simple |plain |brazilian |european )?"
    rf"(?P<language>{'|'.join(sorted(NAMES, key=len, reverse=True))})\b",
    re.IGNORECASE,
)
_BULLETS = re.compile(
    rf"\b(?:{_COUNT}\s+(?:short\s+|key\s+|main\s+)*(?:bullets?(?: points?)?|points|items|tópicos|puntos|pontos)"
    rf"|(?:as|in|use"
    rf"|with)\s+(?:a\s+)?(?:bullet(?:ed)?(?:[ -]points?)?"
    r"|bulleted list|bullet list|list)|em tópicos|en viñetas|(?:lista )?com marcadores)\b",
    re.IGNORECASE,
)
_ONLY = re.compile(
    r"\b(?:only|just|nothing but|exactly|single)\b[^.\n]{0,40}\b(?:label|category|class|word|name|number|letter"
    r"|value|code|date"
    r"|amount|intent|topic|tag|option|sentiment)\b"
    r"|\b(?:label|category|class|word|name|number|value|date|amount|intent|topic|tag|option|sentiment)(?: name)?,? "
    r"(?:only|alone)\b|\bnothing else\b|\bno (?:explanation|other text|extra text|additional text|punctuation)\b"
    r"|\bwithout (?:any )?(?:explanation|comment|other text)\b|\bdo not explain\b|\bdon't explain\b"
    r"|\bs(?:omente|ó|olo|olamente) (?:com )?(?:o|a|el|la)\b",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"\b(?:as short(?:ly)? as possible|short(?:est)? possible|only the (?:answer|value)|just the answer)\b",
    re.IGNORECASE,
)
_CITE = re.compile(
    r"\bcit(?:e|es|ed|ing|ation|ations)\b|\b(?:with|give|include|add|name|mention|quote|list|append|state"
    r"|put)\b[^.\n]{0,40}"
    r"\b(?:source|sources|ids?|reference|references|passage numbers?|document numbers?|brackets)\b|\bcit(?:e|ar|ando)\b"
    r"|\breference the (?:source|passage|document)s?\b",
    re.IGNORECASE,
)
_JSON = re.compile(r"\bjson\b|\{\s*[\"'][A-Za-z_]\w{0,40}[\"']\s*:", re.IGNORECASE)
_JSON_KEYS = re.compile(
    r"[\"'`]([A-Za-z_]\w{0,40})[\"'`]\s*:|\b(?:keys?|fields?)\b[^.\n]{0,10}?[\"'`]([A-Za-z_]\w{0,40})[\"'`]",
    re.IGNORECASE,
)
_UPPER = re.compile(
    r"\b(?:in|all|use|using|to|into)\s+(?:all[ -]?|only )?(?:upper[ -]?case|caps|capitals|capital letters"
    r"|block letters)\b"
    r"|\ball[ -]caps\b|\bupper-?case (?:word|letters?|only|label|name|answer)\b|\bcapital letters (?:only"
    r"|please)\b|\bem (?:letras )?maiúsculas\b"
    r"|\ben (?:letras )?mayúsculas\b|^upper-?case\b|\bcapitali[sz]e (?:the whole|every letter|all)\b",
    re.IGNORECASE,
)
_LOWER = re.compile(
    r"\b(?:in|all|use|using|to|into)\s+(?:all[ -]?|only )?(?:lower[ -]?case|small letters)\b"
    r"|\blower-?case (?:word|letters?|only|label|name|answer)\b|\bno capitals?(?: letters)?\b"
    r"|\bem (?:letras )?minúsculas\b"
    r"|\ben (?:letras )?minúsculas\b",
    re.IGNORECASE,
)

# "If the answer is not in the context, say 'not found'": the condition, the verb of saying, and what to say.
_LACKING = (
    r"(?:silent|say nothing|says nothing|sem|not|n't|n’t|cannot|can't|no|nothing|none|unknown|unsure|missing"
    r"|absent|lacks?|unable|insufficient|without"
    r"|doesn't"
    r"|fails? to|neither|não|nao|ningun[ao]?)"
)
# "the answer" and "answer is" speak of an answer, they do not tell to answer.
_SAYING = (
    r"(?<!the )(?<!an )(?<!no )(?<!any )(?<!that )(?<!its )"
    r"(?:say|says|answer|reply|respond|write|return|output|state|print|tell|use|diga|responda|responde"
    r"|escreva|escriba|escribe)"
    r"(?!\s+(?:is|isn|was|can|cannot|could|does|doesn|are|not|lies|must|comes)\b)"
)
_DECLINE = re.compile(
    rf"\b(?:if|when|where|whenever|unless|otherwise|should|se"
    rf"|si)\b[^.\n]{{0,160}}?\b{_SAYING}\b(?P<rest>[^\n]{{0,200}})",
    re.IGNORECASE,
)
_OTHERWISE = re.compile(
    rf"\b(?:otherwise|else)\b,?\s*(?:just |simply |only )?{_SAYING}\b(?P<rest>[^\n]{{0,200}})", re.IGNORECASE
)
_QUOTED = re.compile(r"[\"“”„«]([^\"“”»\n]{1,160})[\"“”»]|(?<!\w)['‘`]([^\n]{1,160}?)['’`](?!\w)")
_GROUNDED = re.compile(
    r"\b(?:only|solely|exclusively|strictly|just|somente|apenas|solo)\b[^.\n]{0,60}\b(?:context|passages?|sources?"
    r"|documents?|text"
    r"|information|article|excerpts?|facts|contexto|texto|fontes?|documentos?)\b"
    r"|\b(?:do not|don't|never)\b[^.\n]{0,40}\b(?:make (?:things |anything |it )?up|guess|invent"
    r"|outside knowledge|prior knowledge"
    r"|own knowledge|hallucinate|speculate|fabricate)\b",
    re.IGNORECASE,
)
_PLAIN_DECLINES = {
    "en": "The text given does not contain the answer.",
    "pt": "O texto dado não contém a resposta.",
    "es": "El texto dado no contiene la respuesta.",
}


@dataclass(frozen=True)
class Limits:
    """Demands on the form of the reply; None or False where the prompt makes none.

    words, sentences: at most; least_words, least_sentences: at least (both are set where a prompt says `exactly`).
    words_each: the words are those of each item of a list. bullets: items of a list, 0 where no count is given;
    numbered, separator: how the list is written. decline: what to say when the text does not hold the answer, in the
    prompt's own words where it quotes them. yes_no: the two words for yes and no. language: ISO 639-1 code.
    order: the names of the demands on form, in the order in which the prompt makes them.
    """

    words: int | None = None
    sentences: int | None = None
    bullets: int | None = None
    only_value: bool = False
    cite: bool = False
    cite_marks: tuple[str, str] = ("[", "]")  # around a cited id
    decline: str | None = None
    json_keys: tuple[str, ...] = ()
    json: bool = False
    case: str | None = None
    least_words: int | None = None
    least_sentences: int | None = None
    words_each: bool = False
    numbered: bool = False
    separator: str | None = None
    starts: str = ""
    ends: str = ""
    yes_no: tuple[str, str] | None = None
    language: str | None = None
    order: tuple[str, ...] = ()

    def first(self, most: int | None) -> Limits:
        """The limits with only so many demands on form left, those that the prompt makes first."""
        if most is None or len(self.order) <= most:
            return self
        forgotten = {field for name in self.order[most:] for field in _DEMANDS[name]}
        defaults = {field.name: field.default for field in fields(self) if field.name in forgotten}
        return replace(self, order=self.order[:most], **defaults)


# A demand -> the fields that hold it.
_DEMANDS: dict[str, tuple[str, ...]] = {
    "words": ("words", "least_words", "words_each"),
    "sentences": ("sentences", "least_sentences"),
    "bullets": ("bullets", "numbered", "separator"),
    "only_value": ("only_value",),
    "json": ("json", "json_keys"),
    "case": ("case",),
    "starts": ("starts",),
    "ends": ("ends",),
    "yes_no": ("yes_no",),
    "language": ("language",),
}


def read_limits(instructions: str) -> Limits:
    """The limits that the instructions of a prompt set. Data must not be among them."""
    quiet = _without_quoted(instructions)  # `start with "Three words:"` sets no count of words
    numbered, separated = _NUMBERED.search(quiet), _SEPARATED.search(quiet)
    found: dict[str, re.Match[str] | None] = {
        "words": _counted(_WORDS, quiet),
        "sentences": _counted(_SENTENCES, quiet),
        "bullets": numbered or _DASHED.search(quiet) or separated or _BULLETS.search(quiet),
        "only_value": _ONLY.search(instructions) or _SHORT.search(instructions),
        "json": _JSON.search(instructions),
        "case": _UPPER.search(instructions) or _LOWER.search(instructions),
        "starts": _STARTS.search(instructions),
        "ends": _ENDS.search(instructions),
        "yes_no": _YES_NO.search(instructions),
        "language": _LANGUAGE.search(instructions),
    }
    made = {name: match for name, match in found.items() if match is not None}
    words, least_words = _bounds(found["words"], quiet)
    sentences, least_sentences = _bounds(found["sentences"], quiet)
    return Limits(
        words=words,
        least_words=least_words,
        words_each=words is not None and bool(_EACH.search(_sentence_around(quiet, made["words"]))),
        sentences=sentences,
        least_sentences=least_sentences,
        bullets=_items(found["bullets"], quiet),
        numbered=numbered is not None,
        separator=_separator(separated) if not numbered and not _DASHED.search(quiet) else None,
        only_value="only_value" in made,
        cite=bool(_CITE.search(instructions)),
        decline=_decline(instructions),
        json_keys=_json_keys(instructions) if "json" in made else (),
        json="json" in made,
        case=("upper" if _UPPER.search(instructions) else "lower") if "case" in made else None,
        starts=_said(made["starts"]) if "starts" in made else "",
        ends=_said(made["ends"]) if "ends" in made else "",
        yes_no=(made["yes_no"]["yes"], made["yes_no"]["no"]) if "yes_no" in made else None,
        language=NAMES[made["language"]["language"].lower()] if "language" in made else None,
        order=tuple(sorted(made, key=lambda name: made[name].start())),
    )


_SEPARATORS = (
    (r"semicolon|ponto e vírgula|punto y coma", "; "), (r"comma|vírgula|coma", ", "), (r"pipe|vertical", " | "),
    (r"slash|barra", " / "), (r"dash", " - "), (r"line|línea", "\n"), (r"space|espa", " "),
)  # fmt: skip


def _separator(match: re.Match[str] | None) -> str | None:
    """What is to stand between the items of a list."""
    if match is None:
        return None
    said = next(group for group in match.groups() if group).lower()
    if said[0] in "\"'`":
        mark = said[1:-1]
        return f"{mark} " if mark in ",;" else mark
    return next((mark for words, mark in _SEPARATORS if re.search(words, said)), ", ")


def _json_keys(instructions: str) -> tuple[str, ...]:
    if re.search(r"\b(?:keys|fields|properties|chaves|campos)\b|\{", instructions, re.IGNORECASE) and (
        shape := shape_in(instructions)
    ):
        return tuple(shape["properties"])
    return tuple(m[1] or m[2] for m in _JSON_KEYS.finditer(instructions))


def _said(match: re.Match[str]) -> str:
    return match["text"] or match["bare"]


def _without_quoted(text: str) -> str:
    """A text with what stands in double quotes blanked, so that positions stay."""
    return re.sub(r"[\"“«][^\"”»\n]{1,200}[\"”»]", lambda m: " " * len(m.group()), text)


_INDEFINITE = re.compile(
    r"(?!(?:in|with|within|using|only|just|em|en|com|con)\b)(?:\w+\s+)?(?:an?|uma?|una)\s+\w+$", re.IGNORECASE
)


def _counted(pattern: re.Pattern[str], text: str) -> re.Match[str] | None:
    """The first count of things; `is a word` counts nothing, `in a word` does."""
    return next((match for match in pattern.finditer(text) if not _INDEFINITE.match(match.group())), None)


def _bounds(match: re.Match[str] | None, text: str) -> tuple[int | None, int | None]:
    """At most and at least so many."""
    if match is None:
        return None, None
    if match["low"]:
        low, high = _count(match["low"]), _count(match["high"])
        return (high, low) if low <= high else (high, None)
    count = _count(match[3])
    said = text[max(0, match.start() - 12) : match.start()] + match.group()
    if _LEAST.search(said):
        return None, count
    return count, count if _EXACTLY.search(said) else None


def _items(match: re.Match[str] | None, text: str) -> int | None:
    """How many items a list is to have; 0 where it says none, None where there is no list."""
    if match is None:
        return None
    counted = next((group for group in match.groups() if group and (group.isdigit() or group.lower() in _COUNTS)), None)
    if counted is None and (
        beside := re.search(rf"\b{_COUNT}\s+(?:\w+\s+)?(?:items|points|steps|bullets)\b", text, re.I)
    ):
        counted = beside[1]
    return _count(counted) if counted else 0


def _sentence_around(text: str, match: re.Match[str]) -> str:
    start = max(text.rfind(mark, 0, match.start()) for mark in (". ", "\n", ";"))
    ends = [at for mark in (". ", "\n", ";") if (at := text.find(mark, match.end())) >= 0]
    return text[max(start, 0) : min(ends, default=len(text))]


def _count(text: str) -> int:
    return int(text) if text.isdigit() else _COUNTS[text.lower()]


def _decline(instructions: str) -> str | None:
    """The words for an answer that is not there, or None when the prompt does not ask for that."""
    for match in _DECLINE.finditer(instructions):
        condition = match.group()[: match.start("rest") - match.start()]
        if re.search(rf"\b{_LACKING}\b|n't\b|n’t\b", condition, re.IGNORECASE) or "unless" in condition.lower():
            return _wording(match["rest"], instructions)
    # "Say 'not found' if the answer is missing": the other order.
    for match in re.finditer(
        rf"\b{_SAYING}\b(?P<rest>[^\n.]{{1,120}}?[\"'”’`.]?)\s*,?\b(?:if|when|unless"
        rf"|where)\b(?P<condition>[^.\n]{{1,160}})",
        instructions,
        re.IGNORECASE,
    ):
        if re.search(rf"\b{_LACKING}\b|n't\b|n’t\b", match["condition"], re.IGNORECASE):
            return _wording(match["rest"], instructions)
    if otherwise := _OTHERWISE.search(instructions):
        return _wording(otherwise["rest"], instructions)
    return _plain_decline(instructions) if _GROUNDED.search(instructions) else None


def _plain_decline(instructions: str) -> str:
    """In the language of the instructions, where that is one of those we have."""
    return _PLAIN_DECLINES.get(language_of(instructions) or "en", _PLAIN_DECLINES["en"])


_SAY_SO = re.compile(r"^\s*(?:so|that)\b\s*(?:\.|$)", re.IGNORECASE)
_DO_NOT_KNOW = re.compile(
    r"\b(?:you|we) (?:do not|don't|don’t|cannot|can't) (?:know|answer|tell|find)[^.\n]{0,60}", re.IGNORECASE
)


def _wording(rest: str, instructions: str) -> str:
    if quoted := _QUOTED.search(rest):
        return (quoted[1] or quoted[2]).strip()
    if known := _DO_NOT_KNOW.search(rest):
        text = re.sub(r"^(?:you|we)\b", "I", known.group().strip(), flags=re.IGNORECASE).rstrip(" ,;")
        return text + "."
    said = re.sub(r"^\s*(?:only|just|simply|exactly|with|that|:|\s)+\s*", "", rest, flags=re.IGNORECASE)
    said = re.split(r"(?<=\w)[.;\n]|,? and (?:nothing|do)", said)[0].strip()
    # Bare words are an answer to give only where they look like one: UNKNOWN, not found.
    if said and not _SAY_SO.match(rest) and len(said.split()) <= 6 and (said.isupper() or len(said.split()) <= 4):
        return said
    return _plain_decline(instructions)
