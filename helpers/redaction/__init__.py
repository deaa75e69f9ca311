"""Hosts, addresses, names and secrets replaced by placeholders, before a text leaves this machine or is kept.

    redactor = Redactor.of("redaction.yaml")          # the team's own rules, or None
    redactor.clean("bob@shop.example from 10.0.0.7")  # "<EMAIL> from <IP>"
    redactor.found("call srv-web-07")                 # [("HOST", "srv-web-07")]: what should not be in a rewrite

It finds what has a shape (addresses, cards, keys, paths) or is announced ("user=", "Mrs", "address of"). It does not
find a name in the middle of a sentence: that takes a model of language, as presidio-analyzer brings it (20 packages
more, by `uv pip install --dry-run`, and a language model beside them): a team whose logs hold names takes that first.
Shapes of keys are shared with `connection.masking`. Codes (E1042, HTTP 503), severities and plain numbers stay.

    kinds   what is looked for, in which order
    rules   a team's own
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.connection.masking import known_secrets
from helpers.problem import Problem
from helpers.redaction.kinds import KINDS, Kind
from helpers.redaction.rules import SECONDS, Rule, read_rules

__all__ = ["MOST_SLOW", "PLACEHOLDER", "Redactor", "Rule"]

MOST_SLOW = 20  # texts for which a team's rule may be too slow before the run ends
PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{1,30}>")
_MOST_PASSES = 4


@dataclass
class Redactor:
    """Replaces what is personal, secret or a machine's name. Made by Redactor.of()."""

    rules: tuple[Rule, ...] = ()
    secrets: tuple[str, ...] = ()  # that this process knows, replaced wherever they stand
    _slow: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Path | str | None) -> Redactor:
        """With the rules of a YAML file, a list of {name, pattern}, if any. Raises Problem for a wrong file or rule."""
        secrets = tuple(sorted(known_secrets(), key=len, reverse=True))
        return cls(tuple(read_rules(Path(rules))) if rules else (), secrets)

    def clean(self, text: str, *, once: bool = False) -> str:
        """The text with a placeholder for each finding, one for each kind: <HOST>, <IP>, <EMAIL>, <USER>, <PATH> …

        clean() of what it gives changes nothing more. Where a team's rule cannot decide in time, the whole text becomes
        that rule's placeholder: nothing gets out unseen. Raises Problem when that happens too often.

        once: one pass, in half the time, for a text that is compared and neither kept nor sent.
        """
        for _ in range(1 if once else _MOST_PASSES):
            findings: list[tuple[str, str]] = []
            text = self._replaced(text, findings)
            if not findings:  # a placeholder may show what stands beside it: Anna Meyer <EMAIL>
                break
        return text

    def found(self, text: str) -> list[tuple[str, str]]:
        """What clean() replaces first, as (kind, text), in the order in which it is looked for; no placeholders."""
        findings: list[tuple[str, str]] = []
        self._replaced(text, findings)
        return findings

    def _replaced(self, text: str, findings: list[tuple[str, str]]) -> str:
        for secret in self.secrets:
            if secret in text:
                findings.append(("SECRET", secret))
                text = text.replace(secret, "<SECRET>")
        for rule in self.rules:
            text = self._by_rule(rule, text, findings)
        lower = text.lower()
        for kind in KINDS:
            if kind.can_have(lower):
                before, text = text, _by_kind(kind, text, findings)
                lower = lower if text is before else text.lower()
        return text

    def _by_rule(self, rule: Rule, text: str, findings: list[tuple[str, str]]) -> str:
        placeholder = f"<{rule.name}>"

        def replace(match: Any) -> str:
            if not match[0] or PLACEHOLDER.search(match[0]):
                return match[0]
            findings.append((rule.name, match[0]))
            return placeholder

        try:
            return rule.compiled.sub(replace, text, timeout=SECONDS)
        except TimeoutError:
            self._slow[rule.name] = self._slow.get(rule.name, 0) + 1
            if self._slow[rule.name] > MOST_SLOW:
                raise Problem(
                    f"the redaction rule {rule.name} took more than {SECONDS} s for each of {MOST_SLOW + 1} texts",
                    f"write its pattern without a repeat within a repeat: {rule.pattern}",
                ) from None
            findings.append((rule.name, text))
            return placeholder


def _by_kind(kind: Kind, text: str, findings: list[tuple[str, str]]) -> str:
    def replace(match: re.Match[str]) -> str:
        if kind.accept is not None and not kind.accept(match):
            return match[0]
        group = match.lastindex or 0
        findings.append((kind.name, match[group]))
        begin, end = match.start(group) - match.start(), match.end(group) - match.start()
        return f"{match[0][:begin]}<{kind.name}>{match[0][end:]}"

    return kind.pattern.sub(replace, text)
