"""Five days, Thursday to Monday, in slots of five minutes: how busy they are, and what each system's clock shows.

Times are seconds since midnight of Thursday 22 October 2026 in Central Europe. Summer time ends there on Sunday, so
local clocks without a zone go back by an hour; one system's clock runs fast besides, until it is set right on Friday.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import exp

DAY, HOUR, SLOT = 86_400, 3_600, 300
SECONDS = 5 * DAY + HOUR  # Sunday has 25 hours
SLOTS = SECONDS // SLOT
START = datetime(2026, 10, 21, 22, 0, tzinfo=UTC)
WINTER = 3 * DAY + 3 * HOUR  # 03:00 in summer time becomes 02:00
BAD_EVENING = DAY + 19.5 * HOUR  # Friday, half past seven
RESTART = 4 * DAY + 7 * HOUR  # Monday morning: what leaked starts again from nothing
FAST_FROM, SET_RIGHT, FAST_BY = 6 * HOUR, DAY + 11 * HOUR, 2_230.0


def hour_of_day(at: float) -> float:
    """Hour on the wall in Central Europe, 0 to 24."""
    return ((at - (HOUR if at >= WINTER else 0)) % DAY) / HOUR


def day_of_week(at: float) -> int:
    """0 on Thursday, 4 on Monday."""
    return int((at - (HOUR if at >= WINTER else 0)) // DAY)


def office(at: float) -> float:
    hour, weekend = hour_of_day(at), day_of_week(at) in (2, 3)
    open_ = 1.0 if 8 <= hour < 18 else 0.35 if 7 <= hour < 20 else 0.04
    return open_ * (0.55 if 12 <= hour < 13 else 1.0) * (0.12 if weekend else 1.0)


def evening(at: float) -> float:
    """A burst on Friday evening, and a little in office hours."""
    return exp(-(((at - BAD_EVENING) / 2_000) ** 2)) + 0.012 * office(at)


def leak(at: float) -> float:
    """More and more until Monday's restart."""
    return (at / RESTART) ** 2 if at < RESTART else 0.02


PATTERNS = {
    "always": lambda at: 1.0,
    "office": office,
    "evening": evening,
    "leak": leak,
    "night": lambda at: 1.0 if 1.5 <= hour_of_day(at) < 4 else 0.0,
    "morning": lambda at: 1.0 if 6.5 <= hour_of_day(at) < 9 else 0.0,
    "monday": lambda at: office(at) * (1.0 if day_of_week(at) == 4 else 0.1),
    "drift": lambda at: 0.3 + at / SECONDS,
    "winter": lambda at: 1.0 if WINTER <= at < WINTER + 4 * HOUR else 0.0,
    "traffic": lambda at: 0.35 + office(at) + 0.8 * exp(-(((at - BAD_EVENING) / 2_500) ** 2)),
}


def shares(pattern: str) -> list[float]:
    """Share of the five days' events that lies before each slot: SLOTS + 1 numbers from 0 to 1."""
    weights = [PATTERNS[pattern]((slot + 0.5) * SLOT) for slot in range(SLOTS)]
    total, before, found = sum(weights), 0.0, [0.0]
    for weight in weights:
        before += weight
        found.append(before / total)
    found[-1] = 1.0
    return found


def local(at: float) -> datetime:
    """What a right clock in Central Europe shows, with no zone."""
    offset = HOUR if at >= WINTER else 2 * HOUR
    return START.replace(tzinfo=None) + timedelta(seconds=at + offset)


def zone(at: float) -> str:
    return "+01:00" if at >= WINTER else "+02:00"


def utc(at: float) -> datetime:
    return START.replace(tzinfo=None) + timedelta(seconds=at)


def fast(at: float) -> float:
    """Seconds by which the depot's clock is ahead."""
    return FAST_BY * (at - FAST_FROM) / (SET_RIGHT - FAST_FROM) if FAST_FROM <= at < SET_RIGHT else 0.0
