"""What a sentence of a prompt does: it orders, it asks, or it leads to a question, in English, Portuguese, Spanish."""

from __future__ import annotations

import re

_TEXT = (
    r"(?:texts?|passages?|sources?|documents?|docs?|articles?|contexts?|notes?|posts?|e-?mails?|mails?"
    r"|messages?|letters?"
    r"|pages?|tables?|list|leaflet|brochure|manual|handbook|guide|rules?|polic(?:y|ies)|minutes|agreement"
    r"|contract|lease"
    r"|clauses?|records?|rows?|csv|json|data|information|info|facts|excerpts?|snippets?|results?|report|transcript"
    r"|timetable|schedule|faqs?|paragraphs?|material|content|entries|file|thread|chat|log|recipe|story|statement"
    r"|announcement|notice|review|menu|programme|program|description|above|below|this|that|it|these|those|them"
    r"|textos?|fuentes?|fontes?|documentos?|contexto|notas?|correos?|mensaje|mensagem|artículo|artigo"
    r"|p[aá]ginas?|tabla|tabela"
    r"|lista|folleto|folheto|manual|reglas|regras|normas|actas?|atas?|contrato|cl[aá]usulas?|datos|dados|informaci[oó]n"
    r"|informaç(?:ão|ões)|extractos?|trechos?|resultados?|horario|horário|fragmentos?|esto|isto|isso|ello|ele"
    r"|ela|nele|nela"
    r"|reglamento|regulamento|aviso|anuncio|anúncio|carta|siguiente|seguinte|anterior|arriba|acima|abajo|abaixo)"
)
_POLITE = (
    r"(?:\W*(?:please|now|then|just|only|and|also|so|but|ok(?:ay)?|well|always|kindly|hi|hello|hey|por favor"
    r"|agora|ahora"
    r"|oi|hola|olá|bem|bueno|e|y|só|solo|sólo)\b)*\W*+"
)
_REPLYING = (
    r"(?:answer|reply|respond|say|cite|quote|responda|responde|respondan|contesta|conteste|contestá|diga|di|escreva"
    r"|escribe|escriba|cita|cite|indica|indique|menciona|mencione|write|return|output|name|mention|state)"
)
_ORDER = re.compile(
    rf"{_POLITE}(?:"
    rf"{_REPLYING}\b(?!\s*['’]|\s+(?:is|are|was|were|has|have|of)\b)"
    r"|(?:you(?:['’]re)?\s+(?:are|will|get|have|help|work|receive|answer|must|should|may only|can only|act"
    r"|speak|know|find|see"
    r"|a|an|the|only)|your (?:task|job|role|answers?|repl(?:y|ies)|only))\b"
    r"|(?:put|add|give|include|append|end|attach)\b[^.\n]{0,60}\b(?:brackets?|parenthes[ei]s|sources?|ids?"
    r"|citations?|references?"
    r"|answers?|reply|clause|passage|title|document)\b"
    rf"|(?:use|using|base|stick to|rely|consult|work|go|read|see|look at|check|have a look"
    rf"|take)\b[^.\n]{{0,50}}\b{_TEXT}\b"
    r"|(?:do not|don['’]t|never|no)\s+(?:guess\w*|invent\w*|make|use|add|answer|rely|speculat\w*|draw"
    r"|explain\w*|explanations?|markdown)"
    r"|(?:be (?:brief|concise|short|precise)|keep (?:it|your|to|the answer)|one (?:short |single )?(?:sentence"
    r"|word|line)\b|in (?:one|a)"
    r" (?:short |single )?(?:sentence|word|line)|short answers?|no more than)"
    r"|act as|help (?:the|our|a|me)|(?:here(?:['’]s| is| are| comes?)|below|these are|this is|the following"
    r"|following|attached"
    r"|i(?:['’]ll| will| am|['’]m| have|['’]ve)\s+(?:paste|pasting|got|copied|pasted|give|giving))\b[^.\n]*(?::"
    r"|below|\.)$"
    r"|(?:i(?:['’]ll| will| am|['’]m)\s+(?:paste|pasting|give|giving|going to))\b"
    r"|(?:eres|você é|es(?:tá)?s|és|tu és|sos|ayudas|atiendes|atende|você (?:atende|ajuda|responde|só))\b"
    rf"|(?:usa|use|utiliza|utilize|b[aá]sa(?:te)?|baseie|baseia|lee|leia|ve[rj]a|mira|consulta"
    rf"|consulte)\b[^.\n]{{0,50}}\b{_TEXT}\b"
    r"|(?:no|não|nunca)\s+(?:inventes?|invente|adivin\w+|uses|use|agregues|añadas|acrescente|supongas|suponha)\b"
    r"|(?:tenho aqui|tengo aquí|aqu[ií] (?:está|están|estão|tienes|tiene|vai|va)|segue[m]?|te paso|este é"
    r"|este es|estes são"
    r"|estas son|estos son|lo siguiente|a continuación|a seguir)\b[^.\n]*(?::|\.)$"
    r"|(?:una|uma) (?:sola |só )?(?:frase|palabra|palavra)"
    r")",
    re.IGNORECASE,
)
_SPEAKS_OF_TEXT = re.compile(
    rf"\b(?:only|nothing but|nothing else|solely|exclusively|strictly|based?|according to|from|using|use|with"
    rf"|by|in|going by"
    rf"|únicamente|exclusivamente|solo|sólo|só|apenas|somente|con base|com base|según|segundo|con|com|de acordo com"
    rf"|usando|usa|use|a partir de|por)\b[^.?\n]{{0,40}}\b{_TEXT}\b",
    re.IGNORECASE,
)

# `Based on this post: ...`, `From the text above, ...`, `Going only by the notes, ...`
_LED = re.compile(
    rf"{_POLITE}(?:based|going|relying|according|drawing|using|use|from|with|given|per|considering|judging"
    rf"|taking|looking|as per"
    rf"|after reading|having read|read(?:ing)?|see|look at|check|regarding|about|in|com base|con base|en base"
    rf"|baseado|basándote"
    rf"|segundo|de acordo|según|a partir|usando|de acuerdo|lee|leia|con|com|mira|vendo|na|no|en)\b"
    rf"[^:?\n]{{0,70}}?\b{_TEXT}\b[^:,?\n]{{0,30}}(?:[:,]|\band\b|\by\b|\be\b)\s*",
    re.IGNORECASE,
)
_TELL = re.compile(
    rf"{_POLITE}(?:(?:can|could|would) you\s+)?(?:please\s+)?(?:tell (?:me|us)|answer(?: (?:me|this"
    rf"|the question|the following|my"
    r" question|it))?|say|explain|i(?:['’]d| would) like to know|i (?:want|need) to know|i wonder"
    r"|what i want to know(?: is)?"
    r"|(?:my|the|our|next|first) question(?: is)?|dime|me diga|diga[- ]me|me responda|responda|responde"
    r"|contesta|contéstame"
    r"|quiero saber|quero saber|gostaria de saber|mi pregunta(?: es)?|minha pergunta(?: é)?)(?: isto| isso"
    r"| esto)?\s*[:,]?\s+(?=\S)",
    re.IGNORECASE,
)
_WH = re.compile(
    r"\W*(?:(?:and|so|but|ok(?:ay)?|hi|hey|hello|also|then|please|y|e|hola|oi|olá)\b[ ,]*)*(?:(?:in|at|on|for"
    r"|from|to|by|with|of|"
    r"after|until|since|under|per|em|de|a|para|por|con|com|desde|hasta|até|en|cada)\s+)?(?:what|what['’]s|whats"
    r"|who|who['’]s|whom|"
    r"whose|which|when|where|why|how|how['’]s|is|are|was|were|do|does|did|can|could|may|must|should|will|would"
    r"|has|have|am"
    r"|qu[eé]|quién(?:es)?|quem|cuál(?:es)?|qual|quais|cuándo|quando|dónde|onde|por qué|por que|cómo|como|cuánt[ao]s?"
    r"|quant[ao]s?|adónde|hay|há|existe|puedo|posso|pode|puede|tiene|tem|es|é|está)\b(?!\s*:)",
    re.IGNORECASE,
)
_ASKING = (
    r"(?:questions?|query|queries|asks?|inquiry|enquiry|asked|asking|writes?|wrote|wants? to know"
    r"|would like to know|wonders?|preguntas?|pergunta(?:s)?"
    r"|consulta|dúvida|duda|pregunt[aó]|escribe|escreve|quiere saber|quer saber)"
)
_HEADED = re.compile(
    rf"^[\W_]*(?:q(?:uestion)?|(?:[^\n:.?!]{{0,50}}\b)?{_ASKING})(?:\s*(?:\d{{1,2}}|\([^)\n]{{1,30}}\)"
    rf"|from [^:\n]{{1,30}}|of the \w+|do \w+|del? \w+"
    rf"|now|is|to answer|here|today))?[*_\]=#\s]*(?P<colon>[:\-–—]?)[*_\]=#]*\s*(?P<rest>.*)$",
    re.IGNORECASE,
)


def question_heading(line: str) -> str | None:
    """What stands beside a heading that announces a question (`QUESTION`, `A guest asks: ...`); None for another line.

    Empty where the question stands below it.
    """
    if len(line) > 2000:
        return None
    match = _HEADED.match(line)
    if match is None:
        return None
    rest = match["rest"].strip()
    if not rest:
        before = line.rstrip(" :*_=#]")
        return "" if len(before.split()) <= 6 and not line.rstrip().endswith((".", "?", "!")) else None
    if not match["colon"] and "]" not in line[: match.start("rest")]:
        return None
    if is_order(line) and not is_interrogative(rest):
        return None
    return rest.strip('"“”')


_QUESTION_NAME = re.compile(rf"(?:\w+ ){{0,2}}(?:q|{_ASKING}|to answer)(?: \w+)?", re.IGNORECASE)


def names_question(tag: str) -> bool:
    """Whether a tag's or a key's name says that a question stands there: `user_question`, `ask`."""
    return _QUESTION_NAME.fullmatch(re.sub(r"[_-]", " ", tag).strip()) is not None


def is_interrogative(text: str, led: bool = False) -> bool:
    """Whether a text asks: by its mark, or by the word it begins with. led: words before it say that it asks."""
    bare = text.rstrip("\"'”’) ")
    if bare.endswith(("?", "？")):
        return True
    ended = not led and bare.endswith((".", ":", "!", ";", ","))
    return bool(_WH.match(text)) and not ended and len(text.split()) <= 30


def question_after(sentence: str) -> str | None:
    """The question to which a sentence leads: `Based on this post: what ...`, `Tell me, who ...`; None without one."""
    rest, led = sentence, False
    for _ in range(_MOST_LEADS):
        match = _LED.match(rest) or _TELL.match(rest)
        if match is None:
            before, colon, after = rest.partition(":")
            if not (colon and _may_lead(before) and is_interrogative(after, led=True)):
                break
            rest, led = after.strip(), True
        else:
            rest, led = rest[match.end() :], True
    return rest if led and rest.strip() and is_interrogative(rest, led=True) else None


_MOST_LEADS = 4


def _may_lead(words: str) -> bool:
    """Whether words before a colon lead to a question: an order or several words, not a name or a question."""
    return len(words) <= 120 and not is_interrogative(words) and (is_order(words) or len(words.split()) >= 4)


def is_order(sentence: str) -> bool:
    """Whether a sentence tells how to answer, or only announces the text."""
    return _ORDER.match(sentence) is not None


def speaks_of_text(sentence: str) -> bool:
    """Whether a sentence ties the answer to a text: `only from the notes`, `based on this`."""
    return _SPEAKS_OF_TEXT.search(sentence) is not None
