"""What a run will need, reckoned before it: calls by documents and indicators, tokens by what a call may hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from helpers.poc.financial_report.extraction import IN_A_CALL, LONGEST, SHORT, TOKENS, groups
from helpers.poc.financial_report.filings import FIRST_CHARACTERS, OVERRIDES, REPLY_TOKENS
from helpers.poc.financial_report.folder import KINDS
from helpers.poc.financial_report.indicators import Indicator, read_indicators
from helpers.poc.financial_report.parameters import FEW_SHORT, MANY_LONG, FinancialReportParameters
from helpers.poc.workbooks import Estimate
from helpers.problem import Problem

_CHARACTERS_A_TOKEN = 3.3  # of tables and numbers, which need more tokens than prose
_FRAME = 700  # tokens of prompt and schema, and of each indicator in it
_AN_INDICATOR = 120
_VIEW_CALLS = 6  # three paragraphs, each asked twice
_BYTES_A_CHARACTER = {".pdf": 8, ".pptx": 20, ".docx": 10}  # of usual files, pictures and fonts included


def estimate(parameters: FinancialReportParameters) -> Estimate | None:
    """At most what a run needs, pictures apart; None where files or indicators cannot be read."""
    try:
        indicators = read_indicators(parameters.indicators)
    except Problem:
        return None
    folder = Path(parameters.docs_path)
    own = {Path(path).resolve() for path in (parameters.gold_path, parameters.rates_path, folder / OVERRIDES) if path}
    files = [p for p in folder.rglob("*") if p.suffix.lower() in KINDS and p.is_file() and p.resolve() not in own]
    if not files:
        return None
    variants = [FEW_SHORT, MANY_LONG] if parameters.both_variants else [parameters.variant]
    calls, read, written = (sum(each) for each in zip(*(_of(v, files, indicators) for v in variants), strict=True))
    calls += len(files)
    read += len(files) * (_FRAME + FIRST_CHARACTERS / _CHARACTERS_A_TOKEN)
    written += len(files) * REPLY_TOKENS
    read += _VIEW_CALLS * _FRAME
    basis = f"{len(files)} documents, {len(indicators)} indicators, {' and '.join(variants)}, everything asked twice"
    return Estimate(calls + _VIEW_CALLS, int(read), int(written + _VIEW_CALLS * _FRAME), basis)


def _of(variant: str, files: Sequence[Path], indicators: Sequence[Indicator]) -> tuple[int, float, int]:
    """(calls, tokens in, tokens out) of one variant."""
    if variant == FEW_SHORT:
        again = -(-len(indicators) // IN_A_CALL)
        calls = len(files) * (len(groups(indicators)) + again)
        text = calls * SHORT
        asked = 2 * len(files) * len(indicators)
    else:
        calls = asked = 2 * len(files) * len(indicators)
        text = 2 * len(indicators) * sum(min(LONGEST, _characters(file)) for file in files)
    tokens = text / _CHARACTERS_A_TOKEN + calls * _FRAME + asked * _AN_INDICATOR
    return calls, tokens, calls * TOKENS[0] + asked * TOKENS[1]


def _characters(file: Path) -> int:
    return file.stat().st_size // _BYTES_A_CHARACTER.get(file.suffix.lower(), 1)
