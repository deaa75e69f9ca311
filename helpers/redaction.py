"""Hosts, addresses, names and secrets replaced by placeholders before a text leaves this machine or is kept.

    redactor = Redactor.of("redaction.yaml")          # the team's rules, or None
    redactor.clean("bob@shop.example from 10.0.0.7")  # "<EMAIL> from <IP>"
    redactor.found("call srv-web-07")                 # [("HOST", "srv-web-07")]: what should not be in a rewrite

Of patterns and cues, so it finds what has a shape (addresses, cards, keys, paths) or is announced ("user=", "Mrs"). It
does not find a name in the middle of a sentence: that takes a language model of names. presidio brings one, and spaCy with
it: 27 packages and 560 MB for its small model, and milliseconds a line where this takes some tens of microseconds;
scrubadub and commonregex are no longer kept. Shapes of keys are shared with `connection.masking`.

Codes (E1042, HTTP 503), severities and plain numbers stay.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.connection.masking import SHAPES, known_secrets
from helpers.problem import Problem

SECONDS_A_RULE = 0.05  # that a team's pattern may take for one text
MOST_SLOW = 20  # texts for which a rule may be too slow before the run ends
PLACEHOLDER = re.compile(r"<[A-Z][A-Z_]{1,30}>")


@dataclass(frozen=True)
class _Kind:
    """A pattern, what must be in a text for it to be tried (it is quick to see), and a second look at a match."""

    name: str
    pattern: re.Pattern[str]
    needs: Callable[[str], Any]
    group: int = 0  # the part of the match that is replaced
    accept: Callable[[re.Match[str]], bool] | None = None


def _is_address(match: re.Match[str]) -> bool:
    text = match[0].partition("%")[0].partition("/")[0]
    if text.count(":") < 2 or text == "::":
        return False
    try:
        return bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


def luhn(number: str) -> bool:
    """Whether a number's check digit fits, as that of every payment card does. Source: ISO/IEC 7812-1, annex B."""
    digits = [int(digit) for digit in number if digit.isdecimal()][::-1]
    return sum(digits[::2]) % 10 == sum(sum(divmod(2 * d, 10)) for d in digits[1::2]) * 9 % 10 if digits else False


def _is_card(match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match[0])
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    # Grouped as on a card, or of a card's length and first digit, it is hidden even if it was typed wrongly.
    return not match[0].isdecimal() or luhn(digits) or (len(digits) in (15, 16) and digits[0] in "23456")


def _has(*words: str) -> Callable[[str], bool]:
    return lambda text: any(word in text for word in words)


def _search(pattern: str) -> Callable[[str], Any]:
    return re.compile(pattern, re.IGNORECASE).search


_END = r"(?=$|[\s\"'`,;()\]}>|<]|[.:](?:\s|$))"
_SECRET_WORDS = (
    r"pass(?:word|wd|phrase|code)?|pwd|passwort|kennwort|secret|client_secret|token|(?:access|refresh|id|auth|session|csrf)[_-]?token|"
    r"api[_-]?key|apikey|access[_-]?key|secret[_-]?key|private[_-]?key|authorization|auth|sessionid|session[_-]?id|jsessionid|phpsessid|"
    r"cookie|set-cookie|credentials?|signature|sig|otp|pin|cvv|cvc"
)
_NO_SECRET = r"(?!<|(?i:null|none|nil|true|false|empty|missing|expired|invalid|wrong|required|unset|undefined|yes|no|not|is|was|has|for|ok|bearer|basic)\b)"
_NO_USER = (
    r"(?!(?i:user|users|not|is|has|was|were|are|with|without|who|name|names|id|ids|account|accounts|agent|input|data|session|sessions|request|"
    r"requests|does|did|can|cannot|could|must|may|might|should|would|will|from|in|on|at|to|by|of|and|or|as|the|an?|this|that|profile|role|roles|"
    r"group|groups|logged|created|deleted|unknown|invalid|already|database|service|error|errors|null|none|login|logout|authentication|"
    r"failed|denied|locked|mode|space|table|interface|store|error|access|permission|permissions|password|defined|specified|level|home|"
    r"directory|management|info|details|settings|list|limit|quota|manual|code|process|token|context|for|if|when|before|after|no|any|all|"
    r"been|had|have|having|exists?|existing|found|missing|typed|entered|asked|tried|requested|cancell?ed)\b)"
)
_CUED_USER = r"[A-Za-z0-9_][\w.\\@$-]{0,63}[\w$]|[A-Za-z]"
_TLD = (
    "com|net|org|info|biz|io|dev|app|cloud|edu|gov|mil|int|eu|de|fr|uk|nl|es|pt|se|no|fi|dk|ch|at|be|ie|lu|cz|pl|hu|gr|us|ca|mx|br|"
    "au|nz|jp|cn|kr|sg|hk|za|tr|ua|ru|il|ae|local|localdomain|internal|intern|intra|intranet|lan|corp|home|private|prod|test|example|"
    "invalid|localhost|svc|arpa|onion|consul|cluster"
)
_NODE = r"srv|svr|server|web|db|dbs|sql|pg|mysql|ora|app|api|host|node|vm|mail|mx|smtp|imap|dns|ns|dc|ad|ldap|cache|redis|kafka|mq|lb|gw|gate|proxy|fw|vpn|nas|san|esx|k8s|kube|master|edge|cdn|ftp|sftp|jump|bastion|backup|bkp|log|mon|ci|runner|build|prod|stage|stg|hsm|store|ws|pc|nb|laptop|desktop"  # fmt: skip
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_NAME = r"[A-ZÀ-ÖØ-Þ][\w'’-]*[a-zà-öø-ÿ][\w’'-]*\.?"
_NAMES = rf"{_NAME}(?: (?:van |von |de |der |den |da |di |la |le |al-|bin )*(?:{_NAME}|[A-Z]\.))"
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"

_KINDS = (
    _Kind("SECRET", re.compile(r"-----BEGIN [A-Z ]*(?:KEY|CERTIFICATE)[A-Z ]*-----.*?(?:-----END [A-Z ]+-----|$)", re.S), _has("-----BEGIN")),
    _Kind("URL", re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}(?::[a-z]{2,12})?://[^\s\"'<>`|\\)\]}]+(?:<[A-Z]+>[^\s\"'<>`|\\)\]}]*)*"), _has("://")),
    _Kind("SECRET", SHAPES, _search(r"sk-|eyj|://|bearer|key")),
    _Kind(
        "SECRET",
        re.compile(
            r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}|\bgithub_pat_\w{20,}|\bglpat-[\w-]{15,}|\bxox[abeprs]-[\w-]{10,}"
            r"|\bAIza[\w-]{30,}|\b[rs]k_(?:live|test)_\w{10,}|\bnpm_\w{30,}|\bpypi-[\w-]{30,}|\bhf_\w{20,}|\bSG\.[\w-]{16,}\.[\w-]{16,}"
        ),
        _search(r"akia|asia|gh[pousr]_|github_pat|glpat|xox|aiza|k_live|k_test|npm_|pypi-|hf_|sg\."),
    ),
    _Kind("SECRET", re.compile(r"(?i:\b(?:basic|bearer|digest|negotiate) )(?!<)([\w.~+/-]{8,}={0,2})"), _search(r"basic |bearer |digest |negotiate "), 1),
    _Kind(
        "SECRET",
        re.compile(rf"(?i:(?:^|[^a-z])(?:{_SECRET_WORDS}))[\"']?(?:=|:(?=\S)|\s?=>\s?|\s?=\s)[\"']?{_NO_SECRET}([^\s\"',;&<>)\]}}]{{1,4096}})"),
        _search(r"pass|pwd|kennwort|secret|token|key|auth|session|sessid|cookie|credential|sig|otp|pin|cv[vc]"),
        1,
    ),
    _Kind(  # after ": " a sentence may go on: only what no word looks like
        "SECRET",
        re.compile(rf"(?i:(?:^|[^a-z])(?:{_SECRET_WORDS})(?: is| was)?)[\"']?(?::\s+|\s)[\"']?(?=[^\s\"']*\d)(?=[^\s\"']*[A-Za-z!#$%&*+^~])([^\s\"',;<>)\]}}:]{{8,4096}})"),
        _search(r"pass|pwd|kennwort|secret|token|key|auth|cookie|credential"),
        1,
    ),
    _Kind("EMAIL", re.compile(r"(?<![\w.+-])[\w.+'%-]{1,64}@(?:[\w-]{1,63}\.)+[A-Za-z]{2,24}(?![\w-])"), _has("@")),
    _Kind("USER", re.compile(r"(?<![\w.+@/-])([A-Za-z_][\w.+-]{0,63}@[A-Za-z][\w-]{0,63})(?![\w@.-])"), _has("@"), 1),
    _Kind("UUID", re.compile(r"(?<![\w-])[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}(?![\w-])"), _search(r"[0-9a-f]{4}-[0-9a-f]{4}-")),
    _Kind("MAC", re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}(?:([:-])[0-9A-Fa-f]{2})(?:\1[0-9A-Fa-f]{2}){4}(?![\w:-])"), _search(r"[0-9a-f][:-][0-9a-f]{2}[:-]")),
    _Kind("IP", re.compile(rf"(?<![\w.])(?:{_OCTET}\.){{3}}{_OCTET}(?:/\d{{1,2}}(?!\d))?(?!\w|\.\d)"), _search(r"\d\.\d+\.\d")),
    _Kind("IP", re.compile(r"(?<![\w:.])[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:[0-9]{1,3}(?:\.\d{1,3}){3})?(?:%\w{1,15})?(?![\w:])"), _has("::", ":"), accept=_is_address),
    _Kind(
        "PATH",
        re.compile(
            r"(?<![\w\\])(?:[A-Za-z]:[\\/](?!/)|\\\\[\w.$-]+\\)(?:[^\\/:*?\"<>|\r\n\t,;]{1,120}[\\/])*[^\\/:*?\"<>|\s,;)\]']{0,120}"
            r"|(?<![\w/.<>)])~?/(?:[\w.@+~%:=-]*[\w%~-])(?:/[\w.@+~%:=,-]*[\w%~-])+/?|(?<![\w/.<>)])/(?:etc|var|tmp|home|root|usr|opt|srv|mnt|dev|proc|sys|run|data|app|bin|lib)(?:/|\b)(?![\w.-])|(?<![\w/.<>)])~/[\w./-]+"
        ),
        _has("/", "\\"),
    ),
    _Kind("IBAN", re.compile(r"(?<![\w-])[A-Z]{2}\d{2}(?:[ -]?[A-Z0-9]{4}){2,7}(?:[ -]?[A-Z0-9]{1,3})?(?![\w-])"), _search(r"[A-Z]{2}\d\d"), accept=lambda m: sum(map(str.isdigit, m[0])) >= 10 or "IBAN" in m.string),
    _Kind("CARD", re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-]|\.\d)"), _search(r"\d{4}"), accept=_is_card),
    _Kind("CARD", re.compile(r"(?<![\w-])(?:\d{4,6}[ -]?)?(?:[*xX•]{2,8}[ -]?){1,4}\d{4}(?![\w-])"), _search(r"(?:\*\*|xx|••)[*x• -]*\d{4}")),
    _Kind(
        "PHONE",
        re.compile(
            r"(?<![\w+-])(\+\d{1,3}[ ()./-]{0,2}\d(?:[ ()./-]{0,2}\d){6,12})(?!\w)"
            r"|(?i:\b(?:tel|phone|telephone|telefon|mobile|mobil|handy|fax|sms|msisdn|caller)(?:\.|_?(?:no|nr|number))?[ \"']{0,2}(?:[:=#]|to|from|number|\s)[ \"']{0,2})(\+?\(?\d(?:[ ()./-]{0,2}\d){5,14})(?!\w)"
            r"|(?<![\w.-])(\(\d{3}\) ?\d{3}-\d{4}|\d{3}-\d{3}-\d{4}|00\d{2}(?:[ /-]?\d){8,12}|0\d{2,4}[/ -]{1,2}\d{3,4}(?:[ -]?\d){2,5})(?![\w-]|\.\d)"
        ),
        _search(r"\+\d|\d[ )/-]+\d|tel|phone|mobil|handy|fax|sms|msisdn|caller"),
        -1,
    ),
    _Kind("ID", re.compile(r"(?<![\w-])(?:0x)?(?=[0-9a-f]*[0-9])(?=[0-9]*[a-f])[0-9a-f]{12,}(?![\w-])|(?<![\w-])(?=[0-9A-F]*\d)(?=\d*[A-F])[0-9A-F]{16,}(?![\w-])|\b0x[0-9A-Fa-f]{6,}\b|(?<![\w.-])\d{14,}(?![\w-]|\.\d)"), _search(r"[0-9a-f]{6}")),
    _Kind("ID", re.compile(r"(?<![\w/+=-])(?=\S*[a-z]\S*)(?=\S*[A-Z])(?=(?:\S*?\d){3})[A-Za-z0-9_/+-]{24,}={0,2}(?![\w/+=-])"), _search(r"[a-z0-9_/+-]{24}")),
    _Kind(
        "HOST",
        re.compile(
            rf"(?<![\w.@/\\$-])(?:{_LABEL}\.)+(?i:{_TLD})(?![\w-]|\.\w|\()\.?(?<!\.)"
            rf"|(?<![\w.@/\\$-])(?i:(?:[a-z][a-z0-9]*-){{0,4}}(?:{_NODE})(?:-?[a-z]{{1,12}}){{0,3}}-?\d{{1,4}}[a-z]?(?:-[a-z0-9]{{1,8}}){{0,2}})(?![\w-])"
            r"|(?<![\w-])(?:ip-\d{1,3}(?:-\d{1,3}){3}|[a-z][a-z0-9]*(?:-[a-z0-9]+){0,6}-[0-9a-f]{8,10}-[a-z0-9]{5}|(?:WIN|DESKTOP|LAPTOP)-[A-Z0-9]{5,12}|localhost)(?![\w-])"
        ),
        None or (lambda text: "." in text or "-" in text or "localhost" in text or _NODE_DIGIT(text)),
        accept=lambda m: not _MODULE(m[0]),
    ),
    _Kind(
        "HOST",
        re.compile(rf"(?i:\b(?:host|hostname|server|upstream|node|nodename|machine|computer|instance|pod|peer|broker|endpoint|relay|remote|rhost|client|addr|address)(?:_?name)?)[\"']?[=:]\s?[\"']?(?!<|\d+\b|(?i:null|none|unknown|not|is|error|localhost>|false|true|port|the|connection|failed|no|could|cannot)\b)([A-Za-z0-9][\w-]*(?:\.[\w-]+)*)"),
        _search(r"(?:host|server|upstream|node|machine|computer|instance|pod|peer|broker|endpoint|relay|remote|client|addr)\w*[\"']?[=:]"),
        1,
    ),
    _Kind("HOST", re.compile(r"(?i:\b(?:on|from|to|at|by|with|of) (?:the )?(?:host|server|node|machine) )[\"']?(?!<|(?i:is|was|has|not|and|in|on|at|to|the|for|with|name|names|side|process|or|error|itself)\b)([a-z][\w.-]*[\w])(?=[\s\"',.;:)]|$)"), _search(r"(?:host|server|node|machine) "), 1),
    _Kind(
        "USER",
        re.compile(
            rf"(?i:\b(?:user|username|user_name|user_id|userid|usr|login|loginname|uname|ruser|logname|account|acct|owner|operator|principal|uid|subject|sub|actor|author|employee|customer|cust|requested_by|created_by|by_user|on_behalf_of))[\"']?[=:]\s?[\"']?(?!<|(?i:null|none|unknown|true|false)\b)({_CUED_USER}){_END}"
            rf"|(?i:\b(?:user|username|account|role|login|principal|owner) )[\"'`‘“](?!<)([^\"'`’”]{{1,64}})[\"'`’”]"
        ),
        _search(r"(?:user|usr|login|uname|logname|account|acct|owner|operator|principal|uid|sub|actor|author|employee|cust|role|_by|behalf)"),
        -1,
    ),
    _Kind(
        "USER",
        re.compile(
            rf"(?i:\b(?:for|by|as|from|of|invalid|illegal|unknown|to|with) (?:invalid )?user |\bfailed password for |\baccepted \w+ for |\b(?:su|sudo): |\bopened for (?:user )?|\bclosed for (?:user )?|\blogged in as |\b(?:signed|logged) (?:in|on|out) by )(?!<|\d+\b){_NO_USER}({_CUED_USER}){_END}"
            rf"|(?i:\b(?:user|account|login|operator|employee) )(?!<|(?-i:[A-Z]{{1,6}}-?\d{{2,6}}\b)|\d)(?=[\w.\\-]*[\d._\\-])([A-Za-z][\w.\\-]{{1,63}}[\w$]){_END}"
        ),
        _search(r"user|password for|accepted|su: |sudo: |ed for|logged|signed|account|login|operator|employee"),
        -1,
    ),
    _Kind("USER", re.compile(r"(?<![\w.@/<-])[a-z]\.[a-zà-ÿ]{4,24}(?![\w(@-]|\.\w)"), _search(r"(?<![a-z0-9.])[a-z]\.[a-z]{4}")),  # an initial and a surname
    _Kind(
        "PERSON",
        re.compile(
            rf"\b(?:Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Herrn?|Frau|Monsieur|Madame|Mme|Señora?|Sra?)\.? (?:Dr\. |Prof\. )?(?!<)({_NAME}(?: {_NAME})?)"
            rf"|(?i:\b(?:full_?name|first_?name|last_?name|sur_?name|given_?name|customer_?name|contact_?name|display_?name|cardholder|holder|contact|recipient|addressee|name))[\"']?[=:]\s?[\"']?(?!<)({_NAMES}|{_NAME}(?=[\"',;]|$))"
            rf"|(?i:\b(?:customers?|client|patient|employee|driver|clerk|colleague|operator|agent|contact|passenger|guest|member|recipient|sender|addressee|owner|author|approver|reviewer|manager|cardholder|holder|visitor|applicant|tenant|(?:attorney|authority|account|address|birthday|basket|password|profile|session|login|mailbox|photo|contract|employment|salary|invoice|complaint|request|signature|name|number|mandate|consent|record|case|parcel|delivery|application|appointment|visit|claim|policy|file) of|badge \w{{1,12}} of|letter for|letter to|mail to|mail for|assigned to|signed by|approved by|released by|entered by|requested by|called by|written by|reported by|on behalf of|dear|kunden?|kundin|mitarbeiter(?:in)?))[:]? [\"']?(?!<)({_NAMES})"
            rf"|({_NAMES}) (?=<EMAIL>)"
        ),
        _search(r"mrs?\b|ms\b|miss|mx|dr\b|prof|herr|frau|monsieur|mme|madame|se[nñ]or|sra?\b|name|holder|contact|recipient|customer|client|patient|employee|driver|clerk|colleague|operator|agent|passenger|guest|member|sender|addressee|owner|author|approver|reviewer|manager|visitor|applicant|tenant|attorney|[a-z] of |badge|letter|mail (?:to|for)| by |signed|behalf|dear|kund|mitarbeiter|<email>|assigned"),
        -1,
    ),
)  # fmt: skip
_NODE_DIGIT = re.compile(rf"(?i:{_NODE})[a-z-]{{0,12}}\d").search
_MODULE = re.compile(
    r"[A-Za-z_]+\.(?:app|test|example|int|home|private|svc|prod|store|info|dev|in|no|at|be|ch|us|is|se|il|gr)$"
).match  # also how attributes are written


@dataclass(frozen=True)
class Rule:
    """A team's own: its placeholder's name and a pattern of the `regex` library."""

    name: str
    pattern: str
    compiled: Any = field(repr=False, compare=False)


@dataclass
class Redactor:
    """Replaces what is personal, secret or a host's name. Made by Redactor.of()."""

    rules: tuple[Rule, ...] = ()
    secrets: tuple[str, ...] = ()  # that this process knows, replaced wherever they stand
    _slow: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Path | str | None) -> Redactor:
        """With the rules of a YAML file (a list of {name, pattern}), if any. Raises Problem for a wrong file or rule."""
        return cls(
            tuple(read_rules(Path(rules))) if rules else (), tuple(sorted(known_secrets(), key=len, reverse=True))
        )

    def clean(self, text: str) -> str:
        """The text with a placeholder for each finding, one for each kind: <HOST>, <IP>, <EMAIL>, <USER>, <PATH> …

        Where a team's rule cannot decide in time, the whole text becomes that rule's placeholder: nothing gets out unseen.
        Raises Problem when that happens too often.
        """
        return self._replaced(text, None)

    def found(self, text: str) -> list[tuple[str, str]]:
        """What clean() would replace, as (kind, text), in the order in which it is looked for. Placeholders are nothing."""
        findings: list[tuple[str, str]] = []
        self._replaced(text, findings)
        return findings

    def _replaced(self, text: str, findings: list[tuple[str, str]] | None) -> str:
        for secret in self.secrets:
            if secret in text:
                if findings is not None:
                    findings.append(("SECRET", secret))
                text = text.replace(secret, "<SECRET>")
        for rule in self.rules:
            text = self._by_rule(rule, text, findings)
        for kind in _KINDS:
            if kind.needs(text):
                text = _by_kind(kind, text, findings)
        return text

    def _by_rule(self, rule: Rule, text: str, findings: list[tuple[str, str]] | None) -> str:
        placeholder = f"<{rule.name}>"

        def replace(match: Any) -> str:
            if not match[0] or PLACEHOLDER.fullmatch(match[0]):
                return match[0]
            if findings is not None:
                findings.append((rule.name, match[0]))
            return placeholder

        try:
            return rule.compiled.sub(replace, text, timeout=SECONDS_A_RULE)
        except TimeoutError:
            self._slow[rule.name] = self._slow.get(rule.name, 0) + 1
            if self._slow[rule.name] > MOST_SLOW:
                raise Problem(
                    f"the redaction rule {rule.name} took more than {SECONDS_A_RULE} s for each of {MOST_SLOW + 1} texts",
                    f"write its pattern without a repeat within a repeat: {rule.pattern}",
                ) from None
            if findings is not None:
                findings.append((rule.name, text))
            return placeholder


def _by_kind(kind: _Kind, text: str, findings: list[tuple[str, str]] | None) -> str:
    def replace(match: re.Match[str]) -> str:
        if kind.accept is not None and not kind.accept(match):
            return match[0]
        group = kind.group if kind.group >= 0 else match.lastindex or 0
        hidden = match[group]
        if findings is not None:
            findings.append((kind.name, hidden))
        if not group:
            return f"<{kind.name}>"
        begin, end = match.start(group) - match.start(), match.end(group) - match.start()
        return f"{match[0][:begin]}<{kind.name}>{match[0][end:]}"

    return kind.pattern.sub(replace, text)


def read_rules(path: Path) -> Iterator[Rule]:
    """The rules in a YAML file. Raises Problem, with the rule that is wrong and what to do."""
    import yaml

    try:
        read = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Problem(
            f"the redaction rules {path} cannot be read: {error}", "check the path, and that it is YAML"
        ) from None
    if read is None:
        return
    if not isinstance(read, list):
        raise Problem(f"{path} is no list of rules", "begin each rule with `- name: ORDER_ID` and `pattern: …`")
    for number, rule in enumerate(read, 1):
        yield _rule(rule, f"rule {number} of {path.name}")


def _rule(rule: Any, which: str) -> Rule:
    import regex

    if not isinstance(rule, dict) or set(rule) != {"name", "pattern"}:
        raise Problem(f"{which} has not just a name and a pattern: {str(rule)[:200]}", "write `name:` and `pattern:`")
    name, pattern = str(rule["name"]), rule["pattern"]
    if not PLACEHOLDER.fullmatch(f"<{name}>"):
        raise Problem(f"{which} has the name {name!r}", "use capitals and underscores, such as ORDER_ID")
    if not isinstance(pattern, str):
        raise Problem(f"{which}, {name}, has a pattern that is no text", "put it in single quotes")
    try:
        compiled = regex.compile(pattern)
    except regex.error as error:
        raise Problem(f"{which}, {name}, has a wrong pattern: {error}", f"correct {pattern!r}") from None
    try:
        if compiled.search("", timeout=SECONDS_A_RULE):
            raise Problem(
                f"{which}, {name}, fits the empty text, and so everywhere", "let it need at least one character"
            )
        for tried in _HARD:
            compiled.search(tried, timeout=5 * SECONDS_A_RULE)
    except TimeoutError:
        raise Problem(
            f"{which}, {name}, takes too long for a line of {len(tried):,} characters",
            f"write it without a repeat within a repeat: {pattern!r}",
        ) from None
    return Rule(name, pattern, compiled)


# Long runs of one kind of character, on which a pattern that backtracks for ever shows it.
_HARD = tuple(
    f"{run * (400 // len(run))}!" for run in ("a", "A", "0", " ", "a ", "0 ", "a.", "ab1-", "/a", "_", "-", ",")
)
