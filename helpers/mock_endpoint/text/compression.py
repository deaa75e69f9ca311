# ruff: noqa: SIM905 - lists of words read better as text
"""Sentence compression by deletion: asides, relative and trailing clauses, words that can be spared.

Only deletes, so nothing is said that the text does not say, and no word is cut. What is no longer a whole clause ends
before a function word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from .language import STOP_WORDS

_ASIDE = re.compile(
    r"\s?\([^()]{1,200}\)|\s[–—]\s[^–—]{1,200}\s[–—](?=\s)|,\s(?:which|who|whose|where|que|cujo|cuya)\b[^,.;]{1,160},"
    r"|,\s(?:for example|for instance|however|of course|in fact|por exemplo|por ejemplo|no entanto|sin embargo)(?=,),",
    re.IGNORECASE,
)
_SPARED = re.compile(
    r"\b(?:very|really|quite|rather|actually|basically|essentially|currently|generally|simply|also|just|already|indeed"
    r"|certainly|clearly|particularly|especially|please note that|note that|it (?:is"
    r"|should be) (?:important to note|noted)"
    r" that|in addition,?|as a result,?|moreover,?|furthermore,?|however,?|therefore,?|in order(?= to)|muito|também"
    r"|além"
    r" disso,?|portanto,?|muy|también|además,?|por lo tanto,?)\s+",
    re.IGNORECASE,
)
_INTRODUCING = re.compile(
    r"(?:if|when|while|although|though|because|since|after|before|as|unless|until|once|whereas|despite|during|in|on|at"
    r"|for|from|by|with|to|se|quando|embora|como|porque|depois|antes|si|cuando|aunque|después|durante"
    r"|desde)\b[^,]{1,160},\s",
    re.IGNORECASE,
)
_BREAK = re.compile(
    r"(?<=[,;:])\s|\s(?=[–—]\s)|\s(?=(?:and|but|or|because|although|though|while|when|whereas|which|who|so that|so"
    r"|unless|since"
    r"|after|before|until|where|if|as well as|e|mas|ou|porque|embora|quando|enquanto|pois|y|pero|o|aunque|cuando"
    r"|mientras)\s)",
    re.IGNORECASE,
)
_DANGLING = STOP_WORDS | frozenset(
    "its their his her every between during without within através sobre entre sem sin".split()
)
_LEAST_SHARE = 0.4  # of the limit, that a cut at a clause must fill


def word_count(text: str) -> int:
    return len(text.split())


def shortened(sentence: str, most: int, keep: Sequence[str] = ()) -> str:
    """A sentence in at most so many words: the longest of its versions with something left out that fits.

    keep: values that must not be lost; one that no version holds is put in brackets at the end.
    """
    if word_count(sentence) <= most:
        return sentence
    fitting = [version for version in _versions(sentence) if word_count(version) <= most]
    held = [value for value in keep if value in sentence]
    best = max(fitting, key=lambda v: (sum(value in v for value in held), word_count(v)), default="")
    if best and word_count(best) >= max(2, _LEAST_SHARE * most) and all(value in best for value in held):
        return _closed(best, sentence)
    lost = [value for value in held if value not in _cut(sentence, most)]
    room = most - sum(word_count(value) for value in lost)
    if lost and room >= 2:
        return _closed(f"{_cut(sentence, room).rstrip(' ,;:')} ({', '.join(lost)})", sentence)
    return _closed(_cut(sentence, most), sentence)


def _versions(sentence: str) -> Iterator[str]:
    """The sentence with less and less in it; those with all their clauses first."""
    spared = _capitalised(_SPARED.sub("", sentence))
    plain = _capitalised(" ".join(_ASIDE.sub("", spared).split()))
    bare = _capitalised(_INTRODUCING.sub("", plain, count=1)) if _INTRODUCING.match(plain) else plain
    for version in (spared, plain, bare):
        yield version
        if version != sentence and _INTRODUCING.match(version):
            continue  # a condition without what follows from it is no sentence
        for place in _BREAK.finditer(version):
            yield version[: place.start()].rstrip(" ,;:–—")


def _cut(sentence: str, most: int) -> str:
    kept = _ASIDE.sub("", sentence).split()[:most]
    while len(kept) > 1 and kept[-1].strip(",;:").lower() in _DANGLING:
        kept.pop()
    return " ".join(kept)


def _closed(text: str, sentence: str) -> str:
    """With the mark that ended the whole sentence."""
    text = text.rstrip(" ,;:–—")
    return text if text.endswith((".", "!", "?", "…")) or sentence[-1:] not in ".!?" else text + sentence[-1]


def _capitalised(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:]


def fitted(sentences: Sequence[str], most: int, keep: Sequence[str] = ()) -> list[str]:
    """Sentences in at most so many words together: whole ones while they fit, and the first that does not,
    shortened.
    """
    kept: list[str] = []
    left = most
    for sentence in sentences:
        size = word_count(sentence)
        if size <= left:
            kept.append(sentence)
            left -= size
        elif not kept or left >= max(4, size // 2):
            kept.append(shortened(sentence, left, keep))
            break
    return kept
