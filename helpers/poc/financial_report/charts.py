"""Charts that are pictures: read by a model that takes pictures, compared with their alternative text, never mixed in.

What is sent is the picture's pixels alone: a description inside its file is somebody's word for it, which may be last
year's, and an order could stand there. A value of a chart has the source "chart", its slide's page, and the model's own
reading as its quote; nobody can prove it by words on the page, so the analyst sees where it comes from.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helpers import figures
from helpers.documents.document import Page, Picture
from helpers.poc.financial_report import naming, printed
from helpers.poc.financial_report.asking import model_of, prompt_of, structured
from helpers.poc.financial_report.filings import Filing
from helpers.poc.financial_report.indicators import Indicator
from helpers.poc.financial_report.values import Value

PROMPT = "charts.md"
_LEAST_PIXELS, _MOST_PIXELS = 160, 1_600  # a side; smaller is an icon, larger is scaled down
_MOST_PICTURES = 20  # of a document
_TOKENS = 800


class Point(BaseModel):
    """A label of a chart with its value."""

    model_config = ConfigDict(extra="forbid")

    label: str = Field(description="the label at the axis, such as a year or a segment")
    value: float = Field(allow_inf_nan=False, description="the value that is drawn at it")


class Chart(BaseModel):
    """What is drawn."""

    model_config = ConfigDict(extra="forbid")

    points: list[Point] = Field(description="every label with its value")


@dataclass(frozen=True)
class Seen:
    """A picture with what was read from it. unlike: values of its alternative text and notes that were not read."""

    filing: Filing
    page: int
    title: str
    points: tuple[tuple[str, float], ...]
    told: str  # the alternative text
    unlike: tuple[str, ...] = ()

    @property
    def quote(self) -> str:
        """The model's reading, in one line."""
        return f"{self.title}: " + ", ".join(f"{label} {value:.10g}" for label, value in self.points)


def read_charts(run: Any, filings: Sequence[Filing]) -> list[Seen]:
    """What the endpoint reads in the filings' pictures; what it cannot is listed as skipped, and the run goes on."""
    pictures = [each for filing in filings for each in _pictures(run, filing)]
    if not pictures:
        return []
    if not run.endpoint.can("pictures"):
        run.skip(
            f"{len(pictures)} pictures", "the endpoint's model takes no pictures: what stands in them alone is missing",
            "choose a model that does",
        )  # fmt: skip
        return []
    model, system = model_of(run), prompt_of(run, PROMPT)

    def look(one: tuple[Filing, Page, Picture, bytes]) -> Seen | None:
        filing, page, picture, pixels = one
        url = "data:image/png;base64," + base64.b64encode(pixels).decode()
        asked = "Read the value of every label in this chart."
        parts = [{"type": "text", "text": asked}, {"type": "image_url", "image_url": {"url": url}}]
        try:
            chart = Chart.model_validate_json(structured(run, model, system, parts, Chart, _TOKENS))
        except ValidationError as error:
            said = error.errors()[0]["msg"]
            run.skip(f"{filing.name}, page {page.number}, {picture.name}", f"its reading does not fit: {said}")
            return None
        points = tuple((point.label.strip(), point.value) for point in chart.points if point.label.strip())
        return Seen(filing, page.number, _title(page), points, picture.alt)

    seen = run.map(look, pictures, "reading charts", name=lambda one: f"{one[0].name}, page {one[1].number}")
    found = []
    for one, (filing, page, picture, _) in zip(seen, pictures, strict=True):
        where = f"{filing.name}, page {page.number}, picture {picture.name}"
        if one is None:
            continue
        if not one.points:
            wanted = "; the mock reads text in pictures with `workbook extra vision`" if run.endpoint.simulated else ""
            run.skip(where, f"no values were read in it{wanted}", "look at the slide")
            continue
        found.append(one := _compared(one))
        if one.unlike:
            run.skip(
                where, f"the picture and its alternative text differ: the text says {', '.join(one.unlike)}, "
                f"the picture was read as {one.quote!r}", "look at the slide: the text may be an earlier year's",
            )  # fmt: skip
    return found


def _pictures(run: Any, filing: Filing) -> list[tuple[Filing, Page, Picture, bytes]]:
    found, besides = [], 0
    stated = {line.page for line in filing.lines}
    for page in filing.document.pages:
        if page.number in stated:
            besides += len(page.pictures)
            continue
        for picture in page.pictures:
            if len(found) == _MOST_PICTURES:
                run.skip(filing.name, f"only its first {_MOST_PICTURES} pictures are read", "read the others apart")
                return found
            if (pixels := pixels_of(picture)) is not None:
                found.append((filing, page, picture, pixels))
    if besides:
        told = f"{besides} pictures on pages that have figures as text are not read"
        run.skip(filing.name, told, "what is in such a picture alone is missing")
    return found


def pixels_of(picture: Picture) -> bytes | None:
    """The picture as a PNG with nothing but pixels, scaled down if large; None for an icon, and what is no picture."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(picture.data)) as image:
            if min(image.size) < _LEAST_PIXELS:
                return None
            plain = image.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None
    plain.thumbnail((_MOST_PIXELS, _MOST_PIXELS))
    bare = Image.new("RGB", plain.size)
    bare.paste(plain)
    out = io.BytesIO()
    bare.save(out, "PNG")
    return out.getvalue()


def _title(page: Page) -> str:
    return next((line.strip("# ").strip() for line in page.text.split("\n") if line.strip()), f"page {page.number}")


def _compared(seen: Seen) -> Seen:
    """With the values of the alternative text that were not read: of a text that tells a value for each label."""
    if not seen.told:
        return seen
    unlike = []
    for label, value in seen.points:
        said = re.findall(rf"(?<![\w/–-]){re.escape(label)}[\s:=(]{{1,3}}({printed.NUMBER.pattern})", seen.told)
        numbers = [abs(n) for one in said for mark in ".," if (n := figures.to_number(one, mark)) is not None]
        if said and not any(abs(number - abs(value)) < 1e-9 for number in numbers):
            unlike.append(f"{label} {said[-1]}")
    return replace(seen, unlike=tuple(unlike))


def values_of(charts: Iterable[Seen], indicators: Sequence[Indicator], periods: Sequence[str]) -> list[Value]:
    """Values of charts whose title names an indicator and whose labels are years; a doubted one has its problem."""
    found = []
    for seen in charts:
        fitting = [one for one in indicators if naming.named(one, seen.title)[0] >= naming.NAMED]
        if not fitting:
            continue
        indicator = max(fitting, key=lambda one: naming.fits(one, seen.title))
        for label, number in seen.points:
            period = printed.period_of(label)
            if period == seen.filing.period or period in periods:
                found.append(_value(seen, indicator, period, label, number))
    return found


def _value(seen: Seen, indicator: Indicator, period: str, label: str, number: float) -> Value:
    filing, about = seen.filing, f"{seen.title} {seen.told}"
    unit, problem = _unit(indicator, about, filing)
    doubted = next((each for each in seen.unlike if each.startswith(f"{label} ")), "")
    problem = f"its alternative text says {doubted}" if doubted else problem
    value = abs(number) if indicator.sign == "positive" else number
    currency = (
        next((c for c in printed.currencies_in(about) if c != "$"), filing.currency) if indicator.of_money else ""
    )
    return Value(
        filing.name, filing.company, period, indicator.name, value, unit, currency,
        figures.absolute(value, unit), seen.page, seen.quote, "chart", problem,
    )  # fmt: skip


def _unit(indicator: Indicator, about: str, filing: Filing) -> tuple[str, str]:
    if indicator.unit == "percent":
        return "percent", ""
    if indicator.unit in ("people", "number"):
        return ("people" if indicator.unit == "people" else "single"), ""
    if indicator.unit == "currency per share":
        return "per share", ""
    scales = printed.scales_in(about)
    return (scales[0], "") if scales else (filing.scale or "single", "the chart does not say in which unit it is")


def with_charts(run: Any, values: Sequence[Value], charts: Sequence[Value]) -> list[Value]:
    """The values, and those of charts where no text gives one; where both do, the text counts; a difference is told."""
    proven = {(v.document, v.period, v.indicator): v for v in values if not v.problem}
    kept = []
    for chart in charts:
        text = proven.get((chart.document, chart.period, chart.indicator))
        if text is None:
            kept.append(chart)
        elif abs(text.absolute - chart.absolute) > 0.01 * abs(text.absolute):
            run.skip(
                f"{chart.document}, page {chart.page}", f"the chart's {chart.indicator} of {chart.period} is "
                f"{chart.value:.10g} {chart.unit}, the text on page {text.page} has {text.value:.10g} {text.unit}",
                "the text is used",
            )  # fmt: skip
    read = {(v.document, v.period, v.indicator) for v in kept if not v.problem}
    return [v for v in values if not v.problem or (v.document, v.period, v.indicator) not in read] + kept
