"""What is personal, secret or a machine's name, by shape and by the words before it. Standard library only.

Each kind is a pattern of `re` and a quick test whether a text can have it at all: most lines have two or three kinds,
and are tried for those only. The order counts: a URL goes before the host in it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helpers.connection.masking import SHAPES


@dataclass(frozen=True)
class Kind:
    """Replaced is the last group of the pattern that took part, or, without groups, all of it."""

    name: str
    can_have: Callable[[str], Any]  # of the text in lower case
    pattern: re.Pattern[str]
    accept: Callable[[re.Match[str]], bool] | None = None  # a second look


def _any(words: str) -> str:
    """Alternatives, written as words with spaces between them; "_" in a word stands for "_", "-", a space, nothing."""
    return "(?:" + "|".join(word.replace("_", "[_ -]?") for word in words.split()) + ")"


def _begins(*words: str) -> Callable[[str], bool]:
    """Whether one of these words may be in a text: the letters that it surely begins with are."""
    found = set()
    for word in " ".join(words).lower().split():
        letters = re.match(r"[^\W\d_]*", word)[0]
        found.add(letters[:-1] if word[len(letters) :].startswith("?") else letters)
    least = tuple(sorted(word for word in found if not any(word != other and other in word for other in found)))
    return lambda text: any(word in text for word in least)


def _verbose(pattern: str, flags: int = 0) -> re.Pattern[str]:
    return re.compile(pattern, re.VERBOSE | flags)


def _has(*parts: str) -> Callable[[str], bool]:
    return lambda text: any(part in text for part in parts)


def _search(pattern: str) -> Callable[[str], Any]:
    return re.compile(pattern).search


# --- secrets -------------------------------------------------------------------------------------------------------

_SECRET_WORDS = (
    "pass(?:word|wd|phrase|code)? pwd passwort kennwort secret token api_key access_key secret_key private_key "
    "signing_key "
    r"authorization auth session_?id jsessionid phpsessid set-cookie cookie credentials? signature sig otp pin cvv cvc"
)
_SECRET = _any(_SECRET_WORDS)
_NO_SECRET = _any(
    "null none nil true false empty missing expired invalid wrong required unset yes no not is was has for ok"
)
_KEY_BLOCK = _verbose(
    r"-----BEGIN [ ] [A-Z ]* (?:KEY|CERTIFICATE) [A-Z ]* -----  .*?  (?: -----END [ ] [A-Z ]+ ----- | $ )", re.S
)
_ISSUED_BEGIN = "akia asia ghp_ gho_ ghu_ ghs_ ghr_ _pat_ glpat xox aiza k_live k_test npm_ pypi- hf_ sg."
_ISSUED = _verbose(r"""
    \b(?: (?:AKIA|ASIA)[0-9A-Z]{16} \b          # Amazon
        | gh[pousr]_\w{20,} | github_pat_\w{20,} | glpat-[\w-]{15,}
        | xox[abeprs]-[\w-]{10,}                # Slack
        | AIza[\w-]{30,}                        # Google
        | [rs]k_(?:live|test)_\w{10,}           # Stripe
        | npm_\w{30,} | pypi-[\w-]{30,} | hf_\w{20,} | SG\.[\w-]{16,}\.[\w-]{16,} )
""")
_SCHEME = _verbose(r"(?i: \b (?:basic|bearer|digest|negotiate) [ ] ) (?!<) ([\w.~+/-]{8,}={0,2})")
_ASSIGNED = _verbose(rf"""
    (?i: (?: ^ | [^a-z] ) {_SECRET} ) ["']? (?: \s?=>?\s? | :(?=\S) ) ["']?
    (?! < | (?i: {_NO_SECRET} \b ) ) ( [^\s"',;&<>)\]}}]{{1,4096}} )
  | (?i: {_SECRET} ) ["'] \s? [:=] \s? ["'] (?!<) ( [^"'\n]{{1,4096}} ) ["']                # {{"password": "…"}}
  | (?i: \b (?:set-)?cookie : [ ] ) (?!<) ( \S [^\n]{{0,4096}} )
""")
# After ": " a sentence may go on, and more so after a space alone: only what no word looks like.
_KEY = _any("pass(?:word|wd|phrase)? pwd passwort kennwort secret token api_key access_key secret_key signing_key")
_SAID = _verbose(rf"""
    (?i: (?: ^ | [^a-z/] ) (?: {_SECRET} : | {_KEY} (?:[ ](?:is|was))? ) ) ["']? \s+ ["']?
    (?= [^\s"']*\d ) (?= [^\s"']*[A-Za-z!#$%&*+^~] ) ( [^\s"',;<>)\]}}:]{{8,4096}} )
""")

# --- addresses -----------------------------------------------------------------------------------------------------

_URL = _verbose(r"""\b [A-Za-z][A-Za-z0-9+.-]{1,20} (?: :[a-z]{2,12} )? :// [^\s"'<>`|\\)\]}]+""")
_EMAIL = _verbose(r"(?<![\w.+-]) [\w.+'%-]{1,64} @ (?:[\w-]{1,63}\.)+ [A-Za-z]{2,24} (?![\w-])")
_ACCOUNT_AT = _verbose(r"(?<![\w.+@/-]) [A-Za-z_][\w.+-]{0,63} @ [A-Za-z][\w-]{0,63} (?![\w@.-])")  # postgres@shop
_UUID = _verbose(r"(?<![\w-]) [0-9A-Fa-f]{8} - (?:[0-9A-Fa-f]{4}-){3} [0-9A-Fa-f]{12} (?![\w-])")
_MAC = _verbose(
    r"(?<![\w:-]) (?: [0-9A-Fa-f]{2}: ){5} [0-9A-Fa-f]{2} (?![\w:-]) | (?<![\w:-]) (?: [0-9A-Fa-f]{2}- ){5} "
    r"[0-9A-Fa-f]{2} (?![\w:-])"
)
_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IPV4 = _verbose(rf"(?<![\w.]) (?:{_OCTET}\.){{3}} {_OCTET} (?: /\d{{1,2}} (?!\d) )? (?! \w | \.\d )")
_IPV6 = _verbose(r"""
    (?<![\w:.]) [0-9A-Fa-f]{0,4} (?: :[0-9A-Fa-f]{0,4} ){2,7} (?: \d{1,3}(?:\.\d{1,3}){3} )? (?: %\w{1,15} )? (?![\w:])
""")


def _is_ipv6(match: re.Match[str]) -> bool:
    text = match[0].partition("%")[0]
    if text == "::":
        return False
    try:
        return bool(ipaddress.IPv6Address(text))
    except ValueError:
        return False


# --- paths ---------------------------------------------------------------------------------------------------------

_ROOTS = _any("etc var tmp home root usr opt srv mnt dev proc sys run data app bin lib")
_PATH = _verbose(rf"""
    (?<![\w\\]) (?: [A-Za-z]:[\\/](?!/) | \\\\[\w.$-]+\\ )            # a drive, a server
        (?: [^\\/:*?"<>|\r\n\t,;]{{1,120}} (?<!\s) [\\/] )*  [^\\/:*?"<>|\s,;)\]']{{0,120}}
  | (?<![\w/.<>)]) ~?/ [\w.@+~%:=-]*[\w%~-] (?: / [\w.@+~%:=,-]*[\w%~-] )+ /?     # two parts at least: /ms is a unit
  | (?<![\w/.<>)]) /{_ROOTS} (?: / | \b ) (?![\w.-])
  | (?<![\w/.<>)]) ~/ [\w./-]+
""")

# --- numbers that belong to somebody, and drawn ones -----------------------------------------------------------------

_IBAN = _verbose(r"(?<![\w-]) [A-Z]{2}\d{2} (?: [ -]?[A-Z0-9]{4} ){2,7} (?: [ -]?[A-Z0-9]{1,3} )? (?![\w-])")
_CARD = _verbose(r"(?<![\w.-]) \d (?: [ -]?\d ){12,18} (?! [\w-] | \.\d )")
_CARD_END = _verbose(r"(?<![\w-]) (?: \d{4,6}[ -]? )? (?: [*xX•]{2,8} [ -]? ){1,4} \d{4} (?![\w-])")
_PHONE = _verbose(r"""
    (?<![\w+-]) ( \+\d{1,3} [ ()./-]{0,2} \d (?: [ ()./-]{0,2}\d ){6,12} ) (?!\w)
  | (?i: \b (?:tel|phone|telephone|telefon|mobile|mobil|handy|fax|sms|msisdn|caller) (?: \. | _?(?:no|nr|number) )?
         [ "']{0,2} (?: [:=#] | to | from | number | \s ) [ "']{0,2} ) ( \+?\(?\d (?: [ ()./-]{0,2}\d ){5,14} ) (?!\w)
  | (?<![\w.-]) ( \(\d{3}\)[ ]?\d{3}-\d{4} | \d{3}-\d{3}-\d{4} | 00\d{2}(?:[ /-]?\d){8,12}
                | 0\d{2,4}[/ -]{1,2}\d{3,4}(?:[ -]?\d){2,5} ) (?! [\w-] | \.\d )
""")
_DRAWN = _verbose(r"""
    (?<![\w-]) (?:0x)? (?=[0-9a-f]*\d) (?=\d*[a-f]) [0-9a-f]{12,} (?![\w-])
  | (?<![\w-]) (?=[0-9A-F]*\d) (?=\d*[A-F]) [0-9A-F]{16,} (?![\w-])
  | \b 0x[0-9A-Fa-f]{6,} \b
  | (?<![\w.-]) \d{14,} (?! [\w-] | \.\d )
  | (?<![\w/+=-]) (?=\S*[a-z]) (?=\S*[A-Z]) (?=(?:\S*?\d){3}) [A-Za-z0-9_/+-]{24,}={0,2} (?![\w/+=-])
""")


def luhn(number: str) -> bool:
    """Whether a number's check digit fits, as that of every payment card does. Source: ISO/IEC 7812-1, annex B.

    >>> luhn("4111 1111 1111 1111"), luhn("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(digit) for digit in number if digit.isdecimal()][::-1]
    return (sum(digits[::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def _is_card(match: re.Match[str]) -> bool:
    digits = re.sub(r"\D", "", match[0])
    if len(set(digits)) == 1:
        return False
    # Grouped as on a card, or of a card's length and first digit, it is hidden even if it was typed wrongly.
    return not match[0].isdecimal() or luhn(digits) or (len(digits) in (15, 16) and digits[0] in "23456")


def _is_iban(match: re.Match[str]) -> bool:
    return sum(map(str.isdigit, match[0])) >= 10 or "IBAN" in match.string


# --- machines ------------------------------------------------------------------------------------------------------

_TLD = _any(
    "com net org info biz io dev app cloud edu gov mil int eu de fr uk nl es pt se no fi dk ch at be ie lu cz pl "
    "hu gr us ca "
    "mx br au nz jp cn kr sg hk za tr ua ru il ae local localdomain internal intern intra intranet lan corp home "
    "private prod "
    "test example invalid localhost svc arpa onion consul cluster"
)
# Also how attributes and modules are written, where only one dot is in it: self.app, spec.example.
_MODULE = re.compile(
    r"[A-Za-z_]+\."
    + _any("app test example int home private svc prod info dev in no at be ch us is se il gr cluster")
    + "$"
).match
_ROLE = _any(
    "srv svr server web db dbs sql pg mysql ora app api host node vm mail mx smtp imap dns ns dc ad ldap cache "
    "redis kafka mq lb gw "
    "gate proxy fw vpn nas san esx k8s kube master edge cdn ftp sftp jump bastion backup bkp log mon ci runner "
    "build prod stage "
    "stg hsm store ws pc nb laptop desktop"
)
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9])?"
_HOST = _verbose(rf"""
    (?<![\w.@/\\$-]) (?:{_LABEL}\.)+ (?i:{_TLD}) (?! [\w-] | \.\w | \( )              # web.shop.example
  | (?<![\w.@/\\$-]) (?i: (?: [a-z][a-z0-9]*- ){{0,4}} {_ROLE} (?: -?[a-z]{{1,12}} ){{0,3}} -? \d{{1,4}} [a-z]?
        (?: -[a-z0-9]{{1,8}} ){{0,2}} ) (?! [\w-] | \.[A-Z]\w*[a-z] )                   # srv-web-07, not sqlite3.Error
  | (?<![\w-]) (?: ip-\d{{1,3}}(?:-\d{{1,3}}){{3}}                                      # of Amazon
        | [a-z][a-z0-9]*(?:-[a-z0-9]+){{0,6}}-[0-9a-f]{{8,10}}-[a-z0-9]{{5}}            # a pod of Kubernetes
        | (?:WIN|DESKTOP|LAPTOP)-[A-Z0-9]{{5,12}} | localhost ) (?![\w-])
""")
_HOST_HINT = _search(r"\.[a-z]|[a-z]-?\d|-[a-z0-9]{5}\b|localhost|win-|desktop-|laptop-")
_MACHINE_WORDS = (
    "host(?:_name)? server upstream node(?:_name)? machine computer instance pod peer broker endpoint relay "
    "remote rhost client "
    r"addr(?:ess)?"
)
_MACHINE = _any(_MACHINE_WORDS)
_NO_MACHINE = _any("null none unknown not is error false true port the connection failed no could cannot closed")
_NAMED_HOST = _verbose(rf"""
    (?i: \b {_MACHINE} ) ["']? [=:] \s? ["']? (?! < | \d+\b | (?i: {_NO_MACHINE} \b ) )
    ( [A-Za-z0-9][\w-]*(?:\.[\w-]+)* )
  | (?i: \b (?:on|from|to|at|by|with|of) [ ] (?:the[ ])? (?:host|server|node|machine) [ ] ) ["']?
    (?! < | (?i: (?:is|was|has|not|and|in|on|at|to|the|for|with|name|names|side|process|or|error|itself) \b ) )
    ( [a-z][\w.-]*\w ) (?= [\s"',.;:)] | $ )
""")

# --- people --------------------------------------------------------------------------------------------------------

_END = r"""(?= $ | [\s"'`,;()\]}>|<] | [.:](?:\s|$) )"""
_ACCOUNT = r"(?: [A-Za-z0-9_][\w.\\@$-]{0,63}[\w$] | [A-Za-z0-9] )"
_ACCOUNT_KEY_WORDS = (
    "user benutzer user_name user_id usr login login_name uname ruser log_name account acct owner operator "
    "principal uid "
    "subject sub actor "
    "author employee customer cust requested_by created_by by_user on_behalf_of"
)
_ACCOUNT_KEY = _any(_ACCOUNT_KEY_WORDS)
_NO_ACCOUNT = _any(  # what follows "by user" where no name does
    "user users not is has was were are with without who name names id ids account accounts agent input data "
    "session sessions "
    "request requests does did can cannot could must may might should would will from in on at to by of and or as "
    "the an? this "
    "that profile role roles group groups logged created deleted unknown invalid already database service error "
    "errors null none "
    "login logout authentication failed denied locked mode space table interface store access permission "
    "permissions password "
    "defined specified level home directory management info details settings list limit quota manual code process "
    "token context "
    "for if when before after no any all been had have having exists? existing found missing typed entered asked "
    "tried requested "
    "cancell?ed config configuration"
)
_USER = _verbose(rf"""
    (?i: \b {_ACCOUNT_KEY} ) ["']? [=:] \s? ["']? (?! < | (?i: (?:null|none|unknown|true|false) \b ) )
    ( {_ACCOUNT} ) {_END}
  | (?i: \b (?:user|username|account|role|login|principal|owner) [ ] ) ["'`‘“] (?!<) ( [^"'`’”]{{1,64}} ) ["'`’”]
  | (?i: \b (?:for|by|as|from|of|invalid|illegal|unknown|to|with) [ ] (?:invalid[ ])? user [ ]
       | \b failed [ ] password [ ] for [ ] | \b accepted [ ] \w+ [ ] for [ ] | \b (?:su|sudo): [ ]
       | \b login [ ] attempt [ ] for [ ] | \b (?:opened|closed) [ ] for [ ] (?:user[ ])? | \b logged [ ] in [ ] as [ ]
       | \b (?:signed|logged) [ ] (?:in|on|out) [ ] by [ ] )
    (?! < | \d+\b | (?i: {_NO_ACCOUNT} \b ) ) ( {_ACCOUNT} ) {_END}
  | (?i: \b (?:user|account|login|operator|employee|benutzer) [ ] ) (?! < | [A-Z]{{1,6}}-?\d{{2,6}}\b | \d )
    (?= [\w.\\-]*[\d._\\-] ) ( [A-Za-z][\w.\\-]{{1,63}}[\w$] ) {_END}
""")
_INITIAL_AND_NAME = _verbose(r"(?<![\w.@/<-]) [a-z]\.[a-zà-ÿ]{4,24} (?! [\w(@-] | \.\w )")
_NAME = r"[A-ZÀ-ÖØ-Þ][\w'’-]*[a-zà-öø-ÿ][\w’'-]*"
_FULL_NAME = rf"{_NAME} (?: [ ] (?: (?:van|von|de|der|den|da|di|la|le|bin) [ ] )* (?: {_NAME} | [A-Z]\. ) )"
_TITLE_WORDS = r"Mr Mrs Ms Miss Mx Dr Prof Herrn? Frau Monsieur Madame Mme Señora? Sra?"
_TITLE = _any(_TITLE_WORDS)
_NAME_KEY_WORDS = (
    "full_name first_name last_name sur_?name given_name customer_name contact_name display_name card_?holder "
    "holder contact "
    "recipient addressee name"
)
_NAME_KEY = _any(_NAME_KEY_WORDS)
_WHO_WORDS = (
    "customers? client patient employee driver clerk colleague operator agent contact passenger guest member "
    "recipient sender "
    "addressee owner author approver reviewer manager card_?holder holder visitor applicant tenant dear kunden? "
    "kundin "
    r"mitarbeiter(?:in)?"
)
_WHO = _any(_WHO_WORDS)
_OF_WHOM_WORDS = (
    "attorney authority account address birthday basket password profile session login mailbox photo contract "
    "employment salary "
    "invoice complaint request signature name number mandate consent record case parcel delivery application "
    "appointment visit "
    r"claim policy file badge(?:\s\w{1,12})?"
)
_OF_WHOM = _any(_OF_WHOM_WORDS)
_BY_WHOM_WORDS = (
    "assigned_to signed_by approved_by released_by entered_by requested_by called_by written_by reported_by "
    "on_behalf_of letter_for "
    "letter_to mail_to mail_for"
)
_BY_WHOM = _any(_BY_WHOM_WORDS)
_PERSON = _verbose(rf"""
    \b {_TITLE} \.? [ ] (?: (?:Dr|Prof)\.[ ] )? (?!<) ( {_NAME} (?: [ ]{_NAME} )? )
  | (?i: \b {_NAME_KEY} ) ["']? [=:] \s? ["']? (?!<) ( {_FULL_NAME} | {_NAME} (?= ["',;] | $ ) )
  | (?i: \b (?: {_WHO} | {_OF_WHOM} [ ] of | {_BY_WHOM} ) ) :? [ ] ["']? (?!<) ( {_FULL_NAME} )
  | ( {_FULL_NAME} ) [ ] (?= [<(]?<EMAIL> )
""")

_PERSON_HINT = _begins(_TITLE_WORDS, _NAME_KEY_WORDS, _WHO_WORDS, _OF_WHOM_WORDS, _BY_WHOM_WORDS, "email")
KINDS = (
    Kind("SECRET", _has("-----begin"), _KEY_BLOCK),
    Kind("URL", _has("://"), _URL),
    Kind("SECRET", _has("sk-", "eyj", "://", "bearer", "key"), SHAPES),
    Kind(
        "SECRET",
        _has(*_ISSUED_BEGIN.split()),
        _ISSUED,
    ),
    Kind("SECRET", _has("basic ", "bearer ", "digest ", "negotiate "), _SCHEME),
    Kind("SECRET", _begins(_SECRET_WORDS), _ASSIGNED),
    Kind("SECRET", _begins(_SECRET_WORDS), _SAID),
    Kind("EMAIL", _has("@"), _EMAIL),
    Kind("USER", _has("@"), _ACCOUNT_AT),
    Kind("UUID", _search(r"[0-9a-f]{4}-[0-9a-f]{4}-"), _UUID),
    Kind("MAC", _search(r"[0-9a-f]{2}[:-][0-9a-f]{2}[:-]"), _MAC),
    Kind("IP", _search(r"\d\.\d+\.\d"), _IPV4),
    Kind("IP", lambda text: text.count(":") > 1, _IPV6, _is_ipv6),
    Kind("PATH", _has("/", "\\"), _PATH),
    Kind("IBAN", _search(r"[a-z]{2}\d\d"), _IBAN, _is_iban),
    Kind("CARD", _search(r"\d{4}"), _CARD, _is_card),
    Kind("CARD", _search(r"[*x•]{2}[*x• -]*\d{4}"), _CARD_END),
    Kind("PHONE", _search(r"\+\d|\d[ )/-]+\d"), _PHONE),
    Kind("PHONE", _has("tel", "phone", "mobil", "handy", "fax", "sms", "msisdn", "caller"), _PHONE),
    Kind("ID", _search(r"[0-9a-f]{6}|[a-z0-9_/+-]{24}"), _DRAWN),
    Kind("HOST", _HOST_HINT, _HOST, lambda match: not _MODULE(match[0])),
    Kind("HOST", _begins(_MACHINE_WORDS), _NAMED_HOST),
    Kind("USER", _begins(_ACCOUNT_KEY_WORDS, "role password accepted su: sudo: opened closed logged signed"), _USER),
    Kind("USER", _search(r"(?<![a-z0-9.])[a-z]\.[a-z]{4}"), _INITIAL_AND_NAME),
    Kind("PERSON", _PERSON_HINT, _PERSON),
)
