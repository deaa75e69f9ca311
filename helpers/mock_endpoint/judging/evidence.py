"""Evidence for and against an answer: compared with a reference, with a context, or only looked at.

Shallow textual entailment: meaning (cosine of embeddings), shared words, typed values that agree, differ or lack, and
negation or opposites. Each comparison gives log-odds that the answer is right and the findings that weigh in them.
How much the typed findings weigh is the judge's scrutiny: who only skims goes by meaning and wording, as judges do.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..config import Model
from ..meaning.attention import attended
from ..meaning.similarity import cosines
from ..text.language import content_words, overlap, sentences, words
from ..text.opposition import negations, opposed_words
from .facts import Fact, comparable, facts, lacking

# Log-odds per unit of evidence. Set on benchmarks/competence/judge_train.json.
_MEANING, _WORDS, _BIAS = 6.0, 3.0, -3.6
_DIFFERS, _LACKS, _OPPOSES, _UNKNOWN = 8.0, 4.0, 7.5, 8.0
_MOST_ODDS = 3.2  # that likeness alone can give
_CLAIM_MEANING, _CLAIM_WORDS, _CLAIM_BIAS = 6.0, 4.0, -4.8
_LENGTH, _HEDGE, _RUDE, _ROUGH, _REFUSES = 0.35, 0.8, 1.5, 0.5, 4.5
_STRANGE, _LIKE = 1.6, 0.45  # log-odds that a word foreign to the context costs, and the cosine from which it is none
_MOST_NEW, _MOST_KNOWN = 8, 40
_READ_CLOSELY = 40  # sentences of a context compared by meaning with a claim; more are narrowed down by words
_MOST_CLAIMS = 24
_COMPARED = 4  # sentences of a context whose clauses are compared with those of a claim


@dataclass(frozen=True)
class Finding:
    """What speaks for (above 0) or against an answer, in log-odds, and in words."""

    weight: float
    said: str


@dataclass(frozen=True)
class Evidence:
    """Log-odds that an answer is right, and the findings, heaviest first."""

    odds: float
    findings: tuple[Finding, ...] = ()

    def reason(self, favourable: bool) -> str:
        """The heaviest finding that speaks for the side taken; empty when there is none."""
        fitting = [f for f in self.findings if (f.weight > 0) == favourable]
        return max(fitting, key=lambda f: abs(f.weight)).said if fitting else ""


_NO_ANSWER = re.compile(
    r"\b(?:i (?:do not|don't|don’t|cannot|can't|can’t) (?:know|answer|say|tell|help|find)|not sure what|no idea"
    r"|unable to answer"
    r"|not (?:found|stated|mentioned|given|in the (?:text|context|document|passage)s?)|no information"
    r"|does not (?:say|contain|mention)"
    r"|não sei|no (?:lo )?sé)\b",
    re.IGNORECASE,
)


def against_reference(question: str, reference: str, answer: str, model: Model, scrutiny: float) -> Evidence:
    """An answer compared with the right one."""
    if not answer.strip():
        return Evidence(-6.0, (Finding(-6.0, "The answer is empty."),))
    declines, should = bool(_NO_ANSWER.search(answer)), bool(_NO_ANSWER.search(reference))
    if declines != should:
        said = (
            "The answer gives no answer, although the reference has one."
            if declines
            else ("The answer makes a claim where the reference says that there is no answer.")
        )
        return Evidence(-_REFUSES, (Finding(-_REFUSES, said),))
    meaning = float(cosines(model, [reference], [answer]).max())
    parts = sentences(answer)
    if len(parts) > 1:
        meaning = max(meaning, float(cosines(model, [reference], parts[:_MOST_CLAIMS]).max()) - 0.05)
    told = set(content_words(question))
    wanted = [w for w in content_words(reference) if w not in told] or content_words(reference)
    shared = overlap(wanted, content_words(answer)) if wanted else meaning
    findings = [Finding(3.0 * shared, f'The answer agrees with the reference: "{_short(reference)}".')]
    findings += _value_findings(question, reference, answer, scrutiny, "the reference")
    if clash := _opposition(reference, answer, model):
        findings.append(Finding(-_OPPOSES * scrutiny, f"The answer says the opposite of the reference: {clash}."))
    if shared < 0.5 and not any(f.weight < 0 for f in findings):
        have = content_words(answer)
        stems = ((word, content_words(word)) for word in words(reference))
        missing = next((word for word, own in stems if own and own[0] not in told and not overlap(own, have)), "")
        said = f'The answer does not say what the reference says: "{_short(reference)}".'
        if missing and len(wanted) <= 6:
            said = f'The answer does not mention "{missing}", which the reference has.'
        findings.append(Finding(-0.5, said))
    known = sum(f.weight for f in findings[1:] if f.weight < -0.5)
    return Evidence(min(_MOST_ODDS, _MEANING * meaning + _WORDS * shared + _BIAS) + max(known, -10.0), tuple(findings))


def against_context(question: str, context: str, answer: str, model: Model, scrutiny: float) -> Evidence:
    """Whether a context supports every sentence of an answer. The less scrutiny, the more one good sentence hides
    others.
    """
    claims = [s for s in sentences(answer) if len(s.split()) > 1 or len(sentences(answer)) == 1][:_MOST_CLAIMS]
    if not claims:
        return Evidence(-4.0, (Finding(-4.0, "The answer is empty."),))
    if _NO_ANSWER.search(answer) and len(claims) == 1:
        return Evidence(1.5, (Finding(1.5, "The answer makes no claim that the context would have to support."),))
    held = _read(question, context, model)
    verdicts = [_claim(claim, question, held, model, scrutiny) for claim in claims]
    odds = [v.odds for v in verdicts]
    share = min(1.0, 1.3 * scrutiny)
    total = share * min(odds) + (1 - share) * sum(odds) / len(odds)
    findings = [f for v in verdicts for f in v.findings]
    if all(v.odds > 0 for v in verdicts):
        every = "Every sentence of the answer" if len(claims) > 1 else "The answer"
        findings.append(
            Finding(
                4.0, f'{every} is supported by the context, as by "{_short(_closest(claims[0], held, model)[0][0])}".'
            )
        )
    return Evidence(total, tuple(findings))


@dataclass(frozen=True)
class _Held:
    """A context as far as it is read: its sentences with their stems, all stems, and all facts."""

    sentences: Sequence[str]
    stems: Sequence[Sequence[str]]
    words: frozenset[str]
    facts: Sequence[Fact]


def _read(question: str, context: str, model: Model) -> _Held:
    found = sentences(context)
    found = [found[i] for i in attended(found, model)] or [context]
    stems = [content_words(s) for s in found]
    known = dict.fromkeys(fact for s in found for fact in facts(s))
    return _Held(found, stems, frozenset(w for own in stems for w in own), [*known, *facts(question)])


def _claim(claim: str, question: str, held: _Held, model: Model, scrutiny: float) -> Evidence:
    closest = _closest(claim, held, model)
    near, meaning = closest[0]
    stems = content_words(claim)
    shared = overlap(stems, content_words(f"{near} {question}")) if stems else 1.0
    anywhere = overlap(stems, held.words) if stems else 1.0
    odds = _CLAIM_MEANING * meaning + _CLAIM_WORDS * (0.7 * shared + 0.3 * anywhere) + _CLAIM_BIAS
    odds = min(_MOST_ODDS, odds)
    findings = [Finding(max(odds, 0.1), f'The context supports it: "{_short(near)}".')]
    own = facts(claim)
    for fact in lacking(own, held.facts)[:3]:
        other = next((o for o in facts(near) if comparable(fact, o) and o.text.lower() not in claim.lower()), None)
        said = f'"{fact.text}" stands nowhere in the context'
        said += f', which says "{other.text}".' if other else "."
        findings.append(Finding(-_UNKNOWN * scrutiny, said))
    # A value that the context has, but in another sentence than the one that is meant.
    local = facts(f"{near} {question}")
    for fact in [f for f in lacking(own, local) if f not in lacking(own, held.facts)][:1]:
        if other := next((o for o in lacking(facts(near), own) if comparable(fact, o) and fact.kind != "name"), None):
            said = f'The answer gives "{fact.text}" where the context says "{other.text}".'
            findings.append(Finding(-0.7 * _UNKNOWN * scrutiny, said))
    if clash := _opposition("\n".join(text for text, _ in closest[:_COMPARED]), claim, model):
        findings.append(Finding(-_OPPOSES * scrutiny, f"The answer says the opposite of the context: {clash}."))
    strange = _strange(claim, near, question, held, model)
    if strange and len(findings) == 1:
        findings.append(
            Finding(-_STRANGE * scrutiny * min(len(strange), 2), f'The context says nothing of "{strange[0]}".')
        )
    if odds < 0.5 and len(findings) == 1:
        findings.append(Finding(min(-0.5, odds), f'The context does not support "{_short(claim)}".'))
        odds -= 0.5 * scrutiny
    return Evidence(
        odds + sum(f.weight for f in findings[1:] if not f.said.startswith("The context does")), tuple(findings)
    )


def _strange(claim: str, near: str, question: str, held: _Held, model: Model) -> list[str]:
    """The words of a claim that the context neither has nor comes near to in meaning."""
    asked = set(content_words(question))
    new = [
        w
        for w in dict.fromkeys(words(claim))
        if (own := content_words(w)) and not overlap(own, held.words) and own[0] not in asked
    ]
    if not new:
        return []
    known = [w for w in dict.fromkeys(words(near)) if content_words(w)][:_MOST_KNOWN]
    if not known:
        return []
    likest = cosines(model, new[:_MOST_NEW], known).max(axis=1)
    return [word for word, near_to in zip(new, likest, strict=False) if near_to < _LIKE]


def _closest(claim: str, held: _Held, model: Model) -> list[tuple[str, float]]:
    """The sentences of the context that a claim is nearest to, nearest first, and how near by meaning."""
    stems = set(content_words(claim))
    by_words = [len(stems.intersection(own)) / len(stems) if stems else 0.0 for own in held.stems]
    read = sorted(range(len(held.stems)), key=lambda i: -by_words[i])[:_READ_CLOSELY]
    near = cosines(model, [claim], [held.sentences[i] for i in read])[0]
    order = sorted(range(len(read)), key=lambda k: -(float(near[k]) + 0.3 * by_words[read[k]]))
    return [(held.sentences[read[k]], float(near[k])) for k in order]


def _value_findings(question: str, reference: str, answer: str, scrutiny: float, name: str) -> list[Finding]:
    """Typed values of the reference that the answer has, lacks, or states differently."""
    asked = facts(question)
    wanted = lacking(facts(reference), asked)
    have = facts(answer)
    missing = lacking(wanted, have)
    surplus = lacking(have, [*facts(reference), *asked])
    found = []
    for fact in missing[:3]:
        # A name that lacks may be the answer's subject, left out; another value in its place is an error.
        other = next((s for s in surplus if comparable(s, fact)), None)
        if other is not None:
            surplus.remove(other)
            found.append(
                Finding(-_DIFFERS * scrutiny, f'The answer says "{other.text}" where {name} says "{fact.text}".')
            )
        elif fact.kind == "name" and overlap(content_words(fact.text), content_words(answer)) > 0:
            continue
        else:
            lacks = _LACKS * scrutiny * (0.5 if fact.kind == "name" else 1.0)
            found.append(Finding(-lacks / len(missing), f'The answer does not give "{fact.text}", which {name} has.'))
    agreed = [fact for fact in wanted if fact not in missing]
    if agreed and not missing:
        found.append(Finding(2.0, f'The answer gives "{agreed[0].text}", as {name} does.'))
    return found


_YES, _NO = (
    re.compile(r"\W{0,5}(?:yes|sim|sí)\b", re.IGNORECASE),
    re.compile(r"\W{0,5}(?:no|não|nao)\b(?!\s*\.?\d)", re.IGNORECASE),
)


_CLAUSE = re.compile(
    r"[;:]\s+|,\s+(?:and|but|while|whereas|because|so|where|which|who|though|e|mas|onde|y|pero|donde)\s+"
    r"|\s(?:but|because|while|whereas|although|mas|porque|pero|aunque)\s+|\s(?:and|e|y)\s(?=[a-zà-ÿ]{2,}(?:s|ed)\b"
    r"|can\b|must\b|the\b)"
)
_NEAR_OPPOSED, _NEAR_NEGATED = 0.45, 0.52  # cosine from which two clauses are about the same thing


_MARKER = re.compile(r"^(?:yes|no|sim|não|sí)[,.!;:]\s+", re.IGNORECASE)  # answers a question and negates nothing


def _clauses(text: str) -> list[str]:
    parts = [_MARKER.sub("", part) for part in sentences(text)]
    return [clause.strip() for part in parts for clause in _CLAUSE.split(part) if len(clause.split()) > 1]


def _opposition(right: str, answer: str, model: Model) -> str:
    """In what an answer opposes a text about the same thing, clause by clause; empty when it does not."""
    if (_YES.match(right) and _NO.match(answer)) or (_NO.match(right) and _YES.match(answer)):
        return f'"{answer.split()[0].strip(".,;:")}" instead of "{right.split()[0].strip(".,;:")}"'
    own, theirs = _clauses(answer)[:_MOST_CLAIMS], _clauses(right)[:_MOST_CLAIMS]
    if not own or not theirs:
        return ""
    near = cosines(model, own, theirs)
    for i, clause in enumerate(own):
        best = int(near[i].argmax())
        pair = opposed_words(clause, theirs[best])
        odd = (negations(clause) % 2) != (negations(theirs[best]) % 2)
        if pair and not odd and near[i, best] >= _NEAR_OPPOSED:
            return f'"{pair[0]}" against "{pair[1]}"'
        if odd and not pair and near[i, best] >= _NEAR_NEGATED:
            return f'"{_short(clause)}" against "{_short(theirs[best])}"'
    return ""


# --- impressions ---------------------------------------------------------------------------------------------------

_HEDGING = re.compile(
    r"\b(?:maybe|perhaps|i think|i guess|probably|might be|not sure|possibly|i believe|could be|talvez|acho que"
    r"|quizás|creo que)\b",
    re.IGNORECASE,
)
_RUDENESS = re.compile(
    r"\b(?:stupid|idiot\w*|dumb|shut up|nonsense|ridiculous|whatever|your (?:own )?fault|deal with it|not my (?:job"
    r"|problem)|stop asking"
    r"|obviously|duh|figure it out|wast\w+ (?:my|our) time|read the manual|bother(?:ing)? us|stop (?:writing"
    r"|calling|whining)|whin\w+|none of (?:my|our) business|who cares|lazy|hurry up|idiota|burro|tonto)\b",
    re.IGNORECASE,
)


def impression(question: str, answer: str, model: Model) -> Evidence:
    """How an answer strikes one who does not check it: on the subject, fluent, confident, not short.

    Length and confidence count because they do with judges: nothing here asks whether the answer is true.
    """
    count = len(answer.split())
    if count == 0:
        return Evidence(-4.0, (Finding(-4.0, "The answer is empty."),))
    on_subject = float(cosines(model, [question], [answer]).max()) if question.strip() else 0.5
    length = _LENGTH * (min(count, 120) ** 0.5 - 3)
    hedges, rude = len(_HEDGING.findall(answer)), len(_RUDENESS.findall(answer))
    rough = (not answer[:1].isupper() and answer[:1].isalpha()) + (
        count > 3 and answer.rstrip()[-1:] not in ".!?…\"')]}"
    )
    findings = [
        Finding(1.0, "The answer is fluent and to the point."),
        Finding(
            length,
            f"The answer goes into detail ({count} words)." if length > 0 else f"The answer is brief ({count} words).",
        ),
        Finding(
            2.5 * (on_subject - 0.25),
            "The answer is on the subject." if on_subject > 0.25 else "The answer is off the subject.",
        ),
        Finding(-_HEDGE * min(hedges, 2), "The answer is unsure of itself."),
        Finding(-_RUDE * rude, "The answer is impolite."),
        Finding(-_ROUGH * rough, "The answer is carelessly written."),
        Finding(-_REFUSES * bool(_NO_ANSWER.search(answer)), "The answer does not answer."),
    ]
    kept = tuple(f for f in findings if abs(f.weight) > 0.05)
    return Evidence(0.4 + sum(f.weight for f in kept), kept)


def rude(text: str) -> int:
    return len(_RUDENESS.findall(text))


def _short(text: str, most: int = 16) -> str:
    parts = text.split()
    return " ".join(parts[:most]).rstrip(".,;:") + ("…" if len(parts) > most else "")
