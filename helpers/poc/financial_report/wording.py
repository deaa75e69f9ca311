"""How figures are written and named in English, Portuguese and Spanish: for tables, facts and the check."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from helpers.figures import decimal_mark
from helpers.poc.financial_report.normalisation import Cell, Kind

Language = Literal["en", "pt", "es"]

# Indicator -> its name, and other ways to say it, in each language. A team's own indicators go by their synonyms.
NAMES: Mapping[str, Mapping[Language, tuple[str, ...]]] = {
    "revenue": {
        "en": ("revenue", "net revenue", "revenues", "sales", "turnover"),
        "pt": ("a receita líquida", "receita líquida", "receita", "receitas", "vendas", "faturamento"),
        "es": ("la cifra de ingresos", "cifra de ingresos", "ingresos netos", "ingresos", "ventas", "facturación"),
    },
    "gross_margin": {
        "en": ("gross margin", "gross profit margin", "gross margins"),
        "pt": ("a margem bruta", "margem bruta"),
        "es": ("el margen bruto", "margen bruto"),
    },
    "ebitda": {"en": ("EBITDA",), "pt": ("o EBITDA", "EBITDA"), "es": ("el EBITDA", "EBITDA")},
    "adjusted_ebitda": {
        "en": ("adjusted EBITDA", "EBITDA before special items"),
        "pt": ("o EBITDA ajustado", "EBITDA ajustado"),
        "es": ("el EBITDA ajustado", "EBITDA ajustado"),
    },
    "net_income": {
        "en": ("net income", "net earnings", "net profit", "net loss", "loss", "profit for the year", "earnings"),
        "pt": ("o lucro líquido", "lucro líquido", "resultado líquido", "prejuízo líquido", "prejuízo"),
        "es": ("el resultado neto", "resultado neto", "beneficio neto", "pérdida neta", "pérdida", "pérdidas"),
    },
    "operating_cash_flow": {
        "en": ("operating cash flow", "cash flow from operating activities", "cash from operations"),
        "pt": ("o caixa das operações", "caixa das operações", "fluxo de caixa operacional", "caixa operacional"),
        "es": ("el flujo de caja operativo", "flujo de caja operativo", "caja de las operaciones"),
    },
    "capital_expenditure": {
        "en": ("capital expenditure", "capex", "capital spending"),
        "pt": ("o investimento em imobilizado", "investimento em imobilizado", "capex", "investimentos"),
        "es": ("la inversión en inmovilizado", "inversión en inmovilizado", "capex", "inversiones"),
    },
    "net_debt": {
        "en": ("net debt", "net financial debt", "net cash position", "net cash"),
        "pt": ("a dívida líquida", "dívida líquida", "caixa líquido"),
        "es": ("la deuda neta", "deuda neta", "caja neta"),
    },
    "employees": {
        "en": ("headcount", "employees", "workforce", "people employed", "employs", "employed"),
        "pt": (
            "o número de colaboradores",
            "colaboradores",
            "funcionários",
            "quadro de pessoal",
            "emprega",
            "empregam",
        ),
        "es": ("el número de empleados", "empleados", "plantilla", "emplea", "emplean"),
    },
    "dividend_per_share": {
        "en": ("the dividend", "dividend", "dividend per share"),
        "pt": ("o dividendo", "dividendo", "dividendo por ação"),
        "es": ("el dividendo", "dividendo", "dividendo por acción"),
    },
    "utilisation": {
        "en": ("capacity utilisation", "utilisation", "capacity utilization", "utilization"),
        "pt": ("a utilização da capacidade", "utilização da capacidade", "utilização"),
        "es": ("la utilización de la capacidad", "utilización de la capacidad", "utilización"),
    },
    "revenue_growth": {
        "en": ("revenue growth", "sales growth", "growth in revenue"),
        "pt": ("o crescimento da receita", "crescimento da receita"),
        "es": ("el crecimiento de los ingresos", "crecimiento de los ingresos"),
    },
    "ebitda_growth": {
        "en": ("EBITDA growth", "growth in EBITDA"),
        "pt": ("o crescimento do EBITDA", "crescimento do EBITDA"),
        "es": ("el crecimiento del EBITDA", "crecimiento del EBITDA"),
    },
    "ebitda_margin": {
        "en": ("EBITDA margin", "EBITDA margins"),
        "pt": ("a margem EBITDA", "margem EBITDA", "margens EBITDA"),
        "es": ("el margen EBITDA", "margen EBITDA", "margen de EBITDA", "márgenes EBITDA"),
    },
    "ebitda_margin_change": {
        "en": ("change in EBITDA margin", "change of EBITDA margin"),
        "pt": ("a variação da margem EBITDA", "variação da margem EBITDA"),
        "es": ("la variación del margen EBITDA", "variación del margen EBITDA"),
    },
    "net_debt_to_ebitda": {
        "en": ("net debt to EBITDA", "net debt/EBITDA", "net debt / EBITDA", "leverage"),
        "pt": ("a dívida líquida/EBITDA", "dívida líquida/EBITDA", "dívida líquida / EBITDA", "alavancagem"),
        "es": ("la deuda neta/EBITDA", "deuda neta/EBITDA", "deuda neta / EBITDA", "apalancamiento"),
    },
    "capex_to_revenue": {
        "en": ("capital expenditure to revenue", "capex to revenue", "capex/revenue", "capital intensity"),
        "pt": ("o investimento sobre a receita", "investimento sobre a receita", "capex sobre receita"),
        "es": ("la inversión sobre los ingresos", "inversión sobre los ingresos", "capex sobre ingresos"),
    },
    "cash_conversion": {
        "en": ("cash conversion",),
        "pt": ("a conversão de caixa", "conversão de caixa"),
        "es": ("la conversión de caja", "conversión de caja"),
    },
}

_SCALED: Mapping[Language, str] = {"en": "million", "pt": "milhões", "es": "millones"}
_THOUSANDS: Mapping[Language, str] = {"en": "thousand", "pt": "mil", "es": "mil"}
_POINTS: Mapping[Language, str] = {
    "en": "percentage points",
    "pt": "pontos percentuais",
    "es": "puntos porcentuales",
}
_PEOPLE: Mapping[Language, str] = {"en": "people", "pt": "pessoas", "es": "personas"}
_A_SHARE: Mapping[Language, str] = {"en": "a share", "pt": "por ação", "es": "por acción"}


@dataclass(frozen=True)
class Written:
    """A figure as it is written, and what a reader takes from it, in single units."""

    text: str
    amount: float


def name_of(indicator: str, language: Language) -> str:
    """What an indicator is called within a sentence, with its article where the language wants one."""
    return NAMES[indicator][language][0] if indicator in NAMES else indicator.replace("_", " ")


def label_of(indicator: str) -> str:
    """What a table calls it: "Net debt to EBITDA"."""
    name = "dividend per share" if indicator == "dividend_per_share" else name_of(indicator, "en")
    return name[0].upper() + name[1:]


def written(amount: float, kind: Kind, currency: str, language: Language) -> Written:
    """A figure in words: 2507399000 BRL -> "BRL 2,507.4 million", in Portuguese "BRL 2.507,4 milhões"."""
    if kind == "money":
        scale, word = (1e6, _SCALED[language]) if abs(amount) >= 1e6 else (1e3, _THOUSANDS[language])
        if abs(amount) < 1e3:
            scale, word = 1.0, ""
        digits, kept = number(amount / scale, 1, language)
        return Written(f"{currency} {digits} {word}".strip(), kept * scale)
    if kind == "per share":
        digits, kept = number(amount, 2, language)
        return Written(f"{currency} {digits} {_A_SHARE[language]}", kept)
    whole = kind == "people" or (kind == "number" and amount == int(amount))
    digits, kept = number(amount, 0 if whole else 2 if kind == "times" else 1, language)
    unit = {"percent": "%", "times": "x", "people": f" {_PEOPLE[language]}", "points": f" {_POINTS[language]}"}.get(
        kind, ""
    )
    return Written(digits + unit, kept)


def written_cell(cell: Cell, language: Language = "en", *, common: str = "") -> Written:
    """A cell's figure as reported, or what is compared of it in the currency `common`."""
    if common and cell.kind == "money" and cell.common is not None:
        return written(cell.common, cell.kind, common, language)
    return written(cell.amount, cell.kind, cell.currency, language)


def number(amount: float, decimals: int, language: Language) -> tuple[str, float]:
    """Digits with the language's marks, and the number that they say: (2507.399, 1, "pt") -> ("2.507,4", 2507.4)."""
    text = f"{amount:,.{decimals}f}"
    text = text.replace("-0.0", "0.0") if float(text.replace(",", "")) == 0 else text
    kept = float(text.replace(",", ""))
    if decimal_mark(language) == ",":
        text = text.translate(str.maketrans({",": ".", ".": ","}))
    return text, kept


def short_names(companies: tuple[str, ...]) -> dict[str, str]:
    """Company -> the short name that people use: without its legal form, as far as no other has the same."""
    short = {company: _LEGAL.sub("", company).strip(" ,") or company for company in companies}
    first = {company: " ".join(name.split()[:2]) if len(name.split()) > 2 else name for company, name in short.items()}
    return first if len(set(first.values())) == len(companies) else short


_LEGAL = re.compile(
    r"[ ,]+(?:S\.?A\.?(?:\s*B\. de C\.V\.)?|SE|AG|GmbH|Ltd\.?|Limited|plc|PLC|Inc\.?|Corp\.?|Corporation|Company|Co\.?"
    r"|LLC|N\.?V\.?|S\.?p\.?A\.?|SGPS|Ltda\.?|S\.?L\.?|B\.?V\.?|KGaA|SA)(?=$|[ ,])",
)
