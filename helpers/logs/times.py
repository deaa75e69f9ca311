"""The time at the beginning of a line, in the ways that loggers write it. Standard library only.

A pattern recognises the shape, datetime.fromisoformat reads it: a general parser (dateutil) needs 50 times as long a
line. The pattern that fitted last is tried first.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: i for i, name in enumerate(_NAMES, 1)}
_MONTHS |= {"mär": 3, "mai": 5, "okt": 10, "dez": 12}
_MONTH = r"(?P<mon>[A-Za-zä]{3})[a-z]{0,6}\.?"
_CLOCK = r"(?P<clock>\d\d?:\d\d:\d\d)(?P<part>[.,]\d{1,9})?"
_ZONE = r"(?: ?(?P<zone>Z\b|UTC\b|GMT\b|[+-]\d\d:?\d\d\b))?"
_OPEN = r"\s{0,8}[\[(]?"
_PATTERNS = {
    "iso": rf"{_OPEN}(?P<iso>\d{{4}}[-/]\d\d[-/]\d\d[T ]{{1,2}}\d\d:\d\d(?::\d\d(?:[.,]\d{{1,9}})?)?){_ZONE}",
    "syslog": rf"{_OPEN}{_MONTH} {{1,2}}(?P<day>\d\d?) {_CLOCK}(?: (?P<year>\d{{4}})\b)?",
    "apache": rf"{_OPEN}(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? {_MONTH} {{1,2}}(?P<day>\d\d?) {_CLOCK}"
    rf"(?: (?:[A-Z]{{3,4}} )?(?P<year>\d{{4}})\b)",
    "day first": rf"{_OPEN}(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(?P<day>\d\d?)[-/. ]{_MONTH}[-/. ](?P<year>\d{{4}})"
    rf"[: ]{{1,2}}{_CLOCK}{_ZONE}",
    "dots": rf"{_OPEN}(?P<day>\d\d?)\.(?P<month>\d\d?)\.(?P<year>\d{{4}}),? {{1,2}}{_CLOCK}",
    "slashes": rf"{_OPEN}(?P<first>\d\d?)/(?P<second>\d\d?)/(?P<year>\d{{4}}),? {{1,2}}{_CLOCK}"
    r"(?: (?P<half>[AaPp][Mm])\b)?",
    "compact": rf"{_OPEN}(?P<iso>\d{{8}}T\d{{6}}(?:[.,]\d{{1,9}})?){_ZONE}",
    "klog": r"(?=[IWEFD])(?P<letter>[IWEFD])(?P<month>\d\d)(?P<day>\d\d) (?P<clock>\d\d:\d\d:\d\d)(?P<part>\.\d{6})",
    "epoch": r"\[?(?P<epoch>[12]\d{9}(?:\d{3}|\d{6}|\d{9})?(?:\.\d{1,9})?)(?=[\s\],|])",
    "clock": rf"{_OPEN}(?P<only>\d\d:\d\d:\d\d(?:[.,]\d{{1,9}})?)(?=[\s\]),|-])",
}  # fmt: skip
_COMPILED = {
    name: re.compile(pattern + (r"" if name in ("klog", "epoch") else r"[\])]?")) for name, pattern in _PATTERNS.items()
}
_BEGINS = re.compile(
    r"\s{0,8}[\[(]?(?:\d|(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|M[aä][ryi]|Apr|Ju[nl]|Aug|Sep|O[ck]t|Nov|De[cz])"
    r"|[IWEFD]\d{4} )"
)


class Clock:
    """Reads the time that a line begins with; one for each file, because some formats name no year.

    now: the year of such lines is the latest in which they do not lie after it; a file's last change.
    """

    def __init__(self, now: datetime) -> None:
        self._now = now + timedelta(days=1)
        self._order = list(_COMPILED)
        self._text, self._time = "", now

    def read(self, line: str) -> tuple[datetime | None, int]:
        """The time, and where the line goes on after it. (None, 0) without one; (None, n) for one without its day."""
        if not _BEGINS.match(line):
            return None, 0
        for place, name in enumerate(self._order):
            if match := _COMPILED[name].match(line):
                try:
                    when = self._when(name, match)
                except (ValueError, KeyError, OverflowError):
                    continue
                if place:
                    self._order.insert(0, self._order.pop(place))
                return when, match.end()
        return None, 0

    def _when(self, name: str, match: re.Match[str]) -> datetime | None:
        if name in ("iso", "compact"):
            return _of_iso(match["iso"], match["zone"])
        if name == "epoch":
            return _of_epoch(match["epoch"])
        if name == "clock":
            return None
        part = match["part"] if "part" in match.re.groupindex else None
        hours, minutes, seconds = map(int, match["clock"].split(":"))
        if name == "slashes":
            month, day = int(match["first"]), int(match["second"])
            half = (match["half"] or "").lower()
            if month > 12 or (not half and day <= 12):
                month, day = day, month  # written in most of the world; with AM and PM it is American
            hours = hours % 12 + 12 * (half == "pm") if half else hours
        else:
            groups = match.re.groupindex
            month = _MONTHS[match["mon"].lower()] if "mon" in groups else int(match["month"])
            day = int(match["day"])
        if (named := match.re.groupindex.get("year")) and match[named]:
            year = int(match[named])
        else:
            year = self._year(month, day)
        micro = int((part or ".0")[1:7].ljust(6, "0"))
        when = datetime(year, month, day, hours, minutes, seconds, micro)
        zone = match["zone"] if "zone" in match.re.groupindex else None
        return _without_zone(when, zone) if zone else when

    def _year(self, month: int, day: int) -> int:
        year = self._now.year - ((month, day) > (self._now.month, self._now.day))
        while (month, day) == (2, 29) and (year % 4 or (not year % 100 and year % 400)):
            year -= 1
        return year


def read_time(value: object) -> datetime | None:
    """The time in a JSON or key=value field: text in any of the formats, or seconds, milliseconds … since 1970."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            return _of_epoch(str(value))
        if isinstance(value, str) and value:
            try:
                when = datetime.fromisoformat(value)
            except ValueError:
                return _FIELDS.read(value + " ")[0]
            return when.astimezone(UTC).replace(tzinfo=None) if when.tzinfo else when
    except (ValueError, OverflowError):
        pass
    return None


def _of_iso(text: str, zone: str | None) -> datetime:
    if text[4] == "/":
        text = text.replace("/", "-")
    if "  " in text:
        text = text.replace("  ", " ")
    return _without_zone(datetime.fromisoformat(text), zone)


def _without_zone(when: datetime, zone: str | None) -> datetime:
    if not zone or zone[0] not in "+-":
        return when
    offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return when - offset if zone[0] == "+" else when + offset


def _of_epoch(text: str) -> datetime:
    whole = text.partition(".")[0]
    scale = {10: 1, 13: 1e3, 16: 1e6, 19: 1e9}.get(len(whole))
    if scale is None:
        raise ValueError(f"no time: {text}")
    return datetime.fromtimestamp(float(text) / scale, UTC).replace(tzinfo=None)


_FIELDS = Clock(datetime(2100, 1, 1))
Reader = Callable[[str], tuple[datetime | None, int]]
