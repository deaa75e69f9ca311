"""The code that a message carries: E1042, PAY-003, ORA-00942, HTTP 503, EMFILE. Standard library only.

A code names a kind of failure; order numbers and the like, which name a thing, look much the same. So one is taken only
where codes stand: at the beginning, in brackets, before a colon, after a word such as "code"; or where its shape is
used for nothing else.
"""

from __future__ import annotations

import errno
import re

# What has the shape of a code and names something else: UTF-8, SHA-256, CPU0, a country's bank account.
_OTHER_NAMES = "UTF ISO SHA RFC CVE MD TLS SSL IPV AES RSA HTTP ID NR NO PID UID ORDER LINE PORT CPU TTY DE AT CH Q"
_NO_CODES = frozenset(_OTHER_NAMES.split())
# Codes of databases, compilers and systems stand anywhere in a sentence.
_PRODUCTS = "ORA TNS PLS SQL DB MY HV KB CS TS NU MSB NETSDK CA AH"
_KNOWN = frozenset(_PRODUCTS.split())
_SHAPE = re.compile(
    r"(?<![\w-])(?P<letters>[A-Z]{1,8})(?:[-_][A-Z]{1,6})?(?P<link>[-_]?)(?P<digits>\d{2,6})[A-Z]?(?![\w-])"
)
_BEFORE = re.compile(r"(?:[\[(]|\b(?:code|error|err|errno|errcode|reason|fehler)[=: #\"']{1,3})$", re.IGNORECASE)
_LONGEST_BEFORE = 14  # characters
_START = re.compile(r"[\[(<#*\s]*$")
_ERRNO_NAMES = frozenset(name for name in errno.errorcode.values() if len(name) > 4)
_ERRNO = re.compile(r"\bE[A-Z0-9]{4,15}\b")
_SQLSTATE = re.compile(r"\bsqlstate[=: \[(]{1,3}([0-9A-Z]{5})\b", re.IGNORECASE)
_SMTP = re.compile(r"(?<![\w.])([45]\d\d)[ -][45]\.\d{1,3}\.\d{1,3}\b")
_HTTP_LIKE = re.compile(r"(?<![\w.-])[45]\d\d(?!\w)")
_HTTP = re.compile(
    r"\bHTTP(?:/\d(?:\.\d)?)?\"?[ :=]{1,2}(?:status |code |error )?([45]\d\d)\b"
    r"|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \S+(?: HTTP/[\d.]+)?\"?(?: -)?(?: ->| →)? ([45]\d\d)\b"
    r"|\b(?:status(?:[ _]?code)?|response code|http_status|answered|responded|returned|replied)"
    r"(?: with)?(?: status| code| http)*[\"']?[ =:]{1,2}\"?([45]\d\d)\b(?! (?:ms|bytes|rows|lines|items))"
    r"|\b([45]\d\d) (?:Bad Request|Unauthorized|Forbidden|Not Found|Method Not|Request Timeout|Conflict|Gone|Too Many|"
    r"Unprocessable|Internal Server|Not Implemented|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time)",
    re.IGNORECASE,
)


def code_of(message: str) -> str:
    """The first code in a message; "" for none.

    >>> code_of("E1042 Account locked"), code_of("upstream answered 503"), code_of("order ORD-100234 is late")
    ('E1042', 'HTTP 503', '')
    """
    for match in _SHAPE.finditer(message):
        if _is_code(match, message):
            return match[0]
    if _HTTP_LIKE.search(message):
        if match := _SMTP.search(message):
            return f"SMTP {match[1]}"
        if match := _HTTP.search(message):
            return f"HTTP {match[match.lastindex or 0]}"
    if match := _SQLSTATE.search(message):
        return f"SQLSTATE {match[1]}"
    return next((name for name in _ERRNO.findall(message) if name in _ERRNO_NAMES), "")


def _is_code(match: re.Match[str], message: str) -> bool:
    letters, digits, start = match["letters"], match["digits"], match.start()
    if letters in _NO_CODES or (len(letters) == 1 and len(digits) < 3):
        return False
    if letters in _KNOWN and len(digits) > 2:
        return True
    if letters in "EW" and not match["link"] and 3 <= len(digits) <= 5:
        return True
    if message[match.end() : match.end() + 2] in (": ", ":"):
        return True
    before = message[max(0, start - _LONGEST_BEFORE) : start]
    return (start <= _LONGEST_BEFORE and _START.match(before) is not None) or _BEFORE.search(before) is not None
