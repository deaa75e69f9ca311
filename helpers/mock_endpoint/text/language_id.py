"""Language identification by function words, for English, Portuguese, Spanish, French, German and Italian.

The words that a language cannot do without tell it within a sentence or two; of a shorter text nothing is claimed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

_FUNCTION_WORDS: Mapping[str, frozenset[str]] = {
    code: frozenset(listed.split())
    for code, listed in {
        "en": "the of and to in is are was were it that this for with on as by be at from or not have has will can you "
        "your we they their which what how when who if there been our please must",
        "pt": "o os um uma de do da dos das em no na nos nas que e é são foi não com para por mais se como mas ao à "
        "pelo "
        "pela seu sua você qual quando onde ou está isso este esta muito também já só em",
        "es": "el los las un una de del en que y es son fue no con para por más se como pero al lo su sus usted cuál "
        "cuándo dónde o está esto este esta muy también ya sólo le hay sin",
        "fr": "le la les un une de du des en et est sont était ne pas avec pour par plus que qui dans sur au aux ce "
        "cette "
        "il elle nous vous leur mais ou où être son sa ses",
        "de": "der die das ein eine einen dem den des und ist sind war nicht mit für von zu auf im am bei nach wird "
        "werden auch oder aber wie wir sie es ich als aus hat",
        "it": "il lo gli un una di del della dei delle in e è sono era non con per più che come ma al alla su da "
        "nel nella "
        "questo questa o anche si ha",
    }.items()
}
NAMES: Mapping[str, str] = {
    "english": "en", "portuguese": "pt", "brazilian portuguese": "pt", "spanish": "es", "french": "fr", "german": "de",
    "italian": "it", "inglês": "en", "português": "pt", "espanhol": "es", "francês": "fr", "alemão": "de",
    "inglés": "en", "portugués": "pt", "español": "es", "francés": "fr", "alemán": "de",
    "dutch": "nl", "polish": "pl", "japanese": "ja", "chinese": "zh", "korean": "ko", "arabic": "ar", "russian": "ru",
    "turkish": "tr", "hindi": "hi", "swedish": "sv", "danish": "da", "norwegian": "no", "finnish": "fi", "greek": "el",
    "catalan": "ca", "latin": "la", "ukrainian": "uk", "hebrew": "he",
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]+")
_READ = 4000  # characters: more would tell nothing new
_LEAD = 1.25  # of the best over the second


@lru_cache(maxsize=1024)
def language_of(text: str) -> str | None:
    """The ISO 639-1 code of a text's language; None where its function words do not tell one."""
    found = [word.lower() for word in _WORD.findall(text[:_READ])]
    counts = sorted(((sum(w in own for w in found), code) for code, own in _FUNCTION_WORDS.items()), reverse=True)
    (best, code), (second, _) = counts[:2]
    enough = best >= 2 or (best == 1 and len(found) <= 4)
    return code if enough and best >= _LEAD * second and best > second else None
