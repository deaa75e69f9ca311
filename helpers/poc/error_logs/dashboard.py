"""What the logs say over time: events by category and by severity, the templates that count most, and what is new.

Made from templates alone: each counts its events by the hour, so a million lines cost no more than a thousand.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from helpers import plots, show
from helpers.poc.error_logs.classification import Sorted

if TYPE_CHECKING:
    from helpers.logs import Template
    from helpers.poc.error_logs.rewriting import Plain

MOST_BARS = 60
NONE_NAME = "no category"
SEVERITIES = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")


def over_time(templates: Sequence[Template], kind: Callable[[Template], str]) -> tuple[list[str], dict[str, list[int]]]:
    """Times and, for each kind, its events at each of them: by the hour; by the day or month where bars are too many.

    Hours without an event are there too, with 0; events without a time are left out.
    """
    counted: dict[str, Counter[str]] = {}
    for one in templates:
        for hour, number in one.per_hour.items():
            if hour:
                counted.setdefault(kind(one), Counter())[hour] += number
    hours = sorted({hour for counts in counted.values() for hour in counts})
    if not hours:
        return [], {}
    first, last = (datetime.fromisoformat(f"{hour}:00") for hour in (hours[0], hours[-1]))
    step, shown = (timedelta(hours=1), 13)
    if (last - first) / step >= MOST_BARS:
        step, shown = timedelta(days=1), 10
        if (last - first) / step >= MOST_BARS:
            shown = 7
    times, at = [], first if shown == 13 else first.replace(hour=0)
    while at <= last and len(times) <= 10 * MOST_BARS:
        times.append(at.isoformat()[:shown])
        at = at + step if shown > 7 else (at.replace(day=1) + timedelta(days=31)).replace(day=1)
    summed = {name: Counter() for name in counted}
    for name, counts in counted.items():
        for hour, number in counts.items():
            summed[name][hour[:shown]] += number
    if len(times) > 10 * MOST_BARS:  # a broken clock: only the times that there are
        times = sorted({time for counts in summed.values() for time in counts})[-MOST_BARS:]
    return times, {name: [counts[time] for time in times] for name, counts in summed.items()}


def by_category(templates: Sequence[Template], answers: Mapping[int, Sorted], *, source: str = "") -> None:
    """The picture of events over time by category, the categories with most events below."""
    times, series = over_time(templates, lambda one: answers[one.id].category or NONE_NAME)
    order = sorted(series, key=lambda name: (name == NONE_NAME, -sum(series[name])))
    _draw(times, {name: series[name] for name in order}, "Events by category", NONE_NAME, source)


def by_severity(templates: Sequence[Template]) -> None:
    """The picture of events over time by severity of their template, the worst below."""
    times, series = over_time(templates, lambda one: one.severity or "unknown")
    order = [*(name for name in SEVERITIES if name in series), *(name for name in series if name not in SEVERITIES)]
    _draw(times, {name: series[name] for name in order}, "Events by severity", "unknown", "")


def peak(templates: Sequence[Template]) -> tuple[str, int] | None:
    """The hour, day or month with most events, and how many; None where there are not three to compare."""
    times, series = over_time(templates, lambda one: "")
    if len(times) < 3:
        return None
    (numbers,) = series.values()
    most = max(range(len(times)), key=lambda place: numbers[place])
    return f"{times[most].replace('T', ' ')}{'h' * ('T' in times[most])}", numbers[most]


def shown(text: str, most: int = 110) -> str:
    """A template as a table shows it: `<*>` as `<…>`, for stars are emphasis in markdown; cut."""
    text = text.replace("<*>", "<…>").replace("*", "∗")
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _draw(times: Sequence[str], series: Mapping[str, Sequence[int]], title: str, others: str, source: str) -> None:
    if not times:
        show.text(f"{title}: no event has a time that can be read.")
        return
    plots.stacked([_short(time) for time in times], series, title=title, unit="events", others=others, source=source)


def _short(time: str) -> str:
    return f"{time[5:10]} {time[11:13]}h" if len(time) > 10 else time


def top(
    templates: Sequence[Template], answers: Mapping[int, Sorted], plain: Mapping[int, Plain], number: int = 10
) -> list[dict[str, Any]]:
    """The templates with most events, worst severity first among equals, as rows to show."""
    order = sorted(templates, key=lambda one: (-one.count, one.id))[:number]
    return [
        {
            "events": one.count,
            "severity": one.severity,
            "code": one.code,
            "category": answers[one.id].category or NONE_NAME,
            "in plain words": shown(plain[one.id].text if one.id in plain else one.text),
        }
        for one in order
    ]


def sorted_rows(templates: Sequence[Template], answers: Mapping[int, Sorted]) -> list[dict[str, Any]]:
    """Templates with their category and the reason for it, as rows to show."""
    return [
        {
            "template": shown(one.text, 90),
            "category": answers[one.id].category or NONE_NAME,
            "reason": shown(answers[one.id].reason, 60),
        }
        for one in templates
    ]


def plain_rows(templates: Sequence[Template], plain: Mapping[int, Plain]) -> list[dict[str, Any]]:
    """Templates beside their plain words and the grade of these, as rows to show."""
    return [
        {
            "template": shown(one.text, 70),
            "in plain words": shown(plain[one.id].text),
            "grade": round(plain[one.id].grade, 1),
        }
        for one in templates
    ]


def newest(templates: Sequence[Template], number: int = 10, share: float = 0.2) -> list[dict[str, Any]]:
    """Templates first seen in the last part of the time that the logs span: what was not there before."""
    timed = [one for one in templates if one.first is not None and one.last is not None]
    if not timed:
        return []
    begin, end = min(one.first for one in timed), max(one.last for one in timed)
    since = end - share * (end - begin)
    found = sorted((one for one in timed if one.first >= since), key=lambda one: (-one.count, one.id))
    return [
        {
            "first seen": one.first.isoformat(" ")[:16],
            "events": one.count,
            "severity": one.severity,
            "template": shown(one.text),
        }
        for one in found[:number]
    ]
