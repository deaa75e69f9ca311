"""The code that a message carries: E1042, PAY-003, ORA-00942, HTTP 503, EMFILE. Standard library only.

A code names a kind of failure; order numbers and the like, which name a thing, look much the same. So one is taken only
where codes stand: at the beginning, in brackets, before a colon, after a word such as "code"; or where its shape is
used for nothing else.
"""

from __future__ import annotations

import errno
import re

_SHAPE = r"(?!(?:UTF|ISO|SHA|RFC|CVE|MD|TLS|SSL|IPV|AES|RSA|HTTP|ID|NR|NO|PID|UID|ORDER|LINE|PORT|CPU|TTY|DE|AT|CH|Q)-?\d)(?:[A-Z]-?\d{3,6}|[A-Z]{2,8}(?:[-_][A-Z]{1,6})?[-_]?\d{2,6})[A-Z]?"  # fmt: skip
_ERRNO = "|".join(sorted(name for name in errno.errorcode.values() if len(name) > 4))
_CODES = re.compile(
    rf"(?:^[\[(<#*\s]*|[\[(]|\b(?i:code|error|err|errno|errcode|error_code|errorcode|reason|fehler)[=: #\"']{{1,3}})"
    rf"({_SHAPE})(?![\w-])"
    rf"|\b({_SHAPE}):(?=\s)"
    rf"|\b([EW]\d{{3,5}}|[A-Z]{{2,4}}-\d{{2,4}}(?=\"?$))\b"
    rf"|\b((?:ORA|TNS|PLS|SQL|DB2|MY|HV|KB|CS|TS|NU|MSB|NETSDK|CA)-?\d{{3,6}})\b"
    rf"|\b(?i:sqlstate)[=: \[(]{{1,3}}([0-9A-Z]{{5}})\b"
    rf"|\b({_ERRNO})\b"
)
_HTTP = re.compile(
    r"\bHTTP(?:/\d(?:\.\d)?)?\"?[ :=]{1,2}(?:status |code |error )?([45]\d\d)\b"
    r"|\b(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \S+(?: HTTP/[\d.]+)?\"?(?: -)?(?: ->| →)? ([45]\d\d)\b"
    r"|\b(?i:status(?:[ _]?code)?|response code|http_status|answered|responded|returned|replied)"
    r"(?: with)?(?: status| code| http)*[\"']?[ =:]{1,2}\"?([45]\d\d)\b(?! (?:ms|bytes|rows|lines|items))"
    r"|\b([45]\d\d) (?:Bad Request|Unauthorized|Forbidden|Not Found|Method Not|Request Timeout|Conflict|Gone|Too Many|"
    r"Unprocessable|Internal Server|Not Implemented|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time)",
    re.IGNORECASE,
)
_SMTP = re.compile(r"(?<![\w.])([45]\d\d)[ -][45]\.\d{1,3}\.\d{1,3}\b")
_LOOKS = re.compile(r"\d\d|\bE[A-Z]{3}")


def code_of(message: str) -> str:
    """The first code in a message; "" for none.

    >>> code_of("E1042 Account locked"), code_of("upstream answered 503"), code_of("order ORD-100234 is late")
    ('E1042', 'HTTP 503', '')
    """
    if not _LOOKS.search(message):
        return ""
    if match := _CODES.search(message):
        code = match[match.lastindex or 0]
        return f"SQLSTATE {code}" if match[5] else code
    if match := _SMTP.search(message):
        return f"SMTP {match[1]}"
    if match := _HTTP.search(message):
        return f"HTTP {match[match.lastindex or 0]}"
    return ""
