"""The files that a team writes: what `workbook poc new` puts into its folder, and how a CSV of them is read.

A line that begins with # is a comment, so that a file can say what belongs in it. Columns are parted by commas, or by
semicolons, as spreadsheets do where numbers have decimal commas.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

FILINGS = "filings"  # folder below the team's, for what is read


@dataclass(frozen=True)
class Table:
    """A CSV's columns and its rows, each with the number of its line; a cell that is not there is empty."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]


def read_table(lines: Iterable[str]) -> Table:
    """Read lines of a CSV. Raises csv.Error."""
    kept = ["\n" if _is_comment(line) else line for line in lines]
    header = next((line for line in kept if line.strip()), "")
    reader = csv.reader(kept, delimiter=";" if header.count(";") > header.count(",") else ",")
    columns: tuple[str, ...] = ()
    rows = []
    for cells in reader:
        cells = [cell.strip() for cell in cells]
        if not any(cells):
            continue
        if not columns:
            columns = tuple(cells)
            continue
        cells += [""] * (len(columns) - len(cells))
        rows.append((reader.line_num, dict(zip(columns, cells, strict=False))))
    return Table(columns, tuple(rows))


def _is_comment(line: str) -> bool:
    return line.lstrip().lstrip('"').startswith("#")  # a spreadsheet puts a comment with a comma between quotes


BEGINS: Mapping[str, object] = {
    "docs_path": FILINGS,
    "company": "Example Ltd.",
    "peers": ["Sample SE"],
    "indicators": "indicators.yaml",
    "gold_path": "gold.csv",
    "rates_path": "rates.csv",
}

GOLD = """\
document,period,indicator,absolute,currency,page,quote,trap
# Right values that people read, a line each. Copy the next line without its mark, and write your own figures.
# annual_report_2025.pdf,FY2025,revenue,1234500000,EUR,12,"Revenue 1,234.5 1,190.2",thousands or millions
# document: the file's name below the folder of filings. period: the financial year, by the year it ends in.
# indicator: its name in indicators.yaml. absolute: single units, so 1,234.5 million is 1234500000; a share is 12.5.
# currency: EUR, USD, ...; empty where it is no money. page and quote: for whoever doubts it. trap: what makes it hard.
# What a filing does not state has no line. Take whole filings: an indicator without a line counts as not stated there.
"""

_RATES = """\
period,currency,to,average,closing,source
# Exchange rates, a line for each year and currency: what one unit of `currency` was worth in `to`.
# FY2025,EUR,USD,1.08,1.10,"central bank, mean of the days of the year"
# average: over the year, for flows such as revenue. closing: of its last day, for balances such as net debt.
# A column `company` more holds a rate for one company alone, whose year ends in another month. None is ever guessed.
"""

_OVERRIDES = """\
document,company,period,language,currency,scale
# Only where a filing's own pages are read wrongly: what stands here goes before. Empty cells are looked for.
# annual_report_2025.pdf,Example Ltd.,FY2025,en,EUR,million
# language: en, pt or es. scale: thousand or million, of tables that do not say it.
"""

_INDICATORS = """\
# What is looked for in every filing. Change, add and delete; three that your analysts need are enough for a first run.
# name: lower case, as it is in gold.csv.
# definition: so that a colleague would take the same line; what belongs to it, and what does not.
# unit: currency, percent, people, currency per share or number.
# tolerance: how far a value may be from the gold and still be right; relative 0.002 is 0.2%, absolute is in the unit.
# synonyms: what filings call it, in every language that you read. A line that bears none of these names is held back.
# statement: what stands in one statement is asked for in one call.
# sign: positive, for what is positive by definition though statements print it in brackets.
# at_least: the accuracy, over the gold's filings, from which you would use it.
# nature: balance, for a figure of the year's last day, converted at the closing rate.
# own_definition: true, for what companies define their own way: shown beside the peers', and never ranked.
- name: revenue
  definition: Sales of the year after discounts and sales taxes, as in the income statement.
  unit: currency
  tolerance: {relative: 0.002}
  synonyms: [net revenue, net sales, turnover, total operating revenues, receita líquida, ingresos netos]
  statement: income statement
  at_least: 0.9
- name: ebitda
  definition: Operating profit before depreciation and amortisation as reported, one-off costs included.
  unit: currency
  tolerance: {relative: 0.002}
  synonyms: [operating result before depreciation, operating profit before depreciation and amortisation]
  statement: income statement
  at_least: 0.9
- name: net_income
  definition: Profit or loss of the year after tax. A loss is negative.
  unit: currency
  tolerance: {relative: 0.002}
  synonyms: [net income for the year, result for the period, net earnings, lucro líquido do exercício, resultado neto]
  statement: income statement
  at_least: 0.9
- name: net_debt
  definition: Borrowings less cash at the end of the year. Negative when there is more cash than debt.
  unit: currency
  tolerance: {relative: 0.002}
  synonyms: [net financial debt, dívida líquida, deuda neta]
  statement: balance sheet
  nature: balance
  at_least: 0.9
- name: employees
  definition: People employed at the end of the year.
  unit: people
  tolerance: {relative: 0.001}
  synonyms: [headcount, people employed, colaboradores, empleados]
  statement: key figures
  nature: balance
  at_least: 0.9
"""

FILES: Mapping[str, str] = {
    "indicators.yaml": _INDICATORS,
    "rates.csv": _RATES,
    f"{FILINGS}/filings.csv": _OVERRIDES,
}
