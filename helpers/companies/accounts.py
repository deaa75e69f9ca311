"""The books of an invented company: a few years whose statements add up.

Everything that a document says is taken from here, so what is right (the gold) never has to be read out of a file.
Money is in thousands of the company's currency, as whole numbers. Nothing here is about a real company.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Literal

Style = Literal["food", "engineering", "freight"]
YEARS = (2021, 2022, 2023, 2024, 2025)
PERIODS = (2023, 2024, 2025)


@dataclass(frozen=True)
class Company:
    """Who reports, and how: the words it uses (`style`), its currency, the unit of its statements, its year's end."""

    key: str
    name: str
    style: Style
    seat: str
    currency: str
    symbol: str
    thousands: bool  # statements in thousands; otherwise in millions with one decimal
    language: str  # of the filings that are not in English
    year_end: tuple[int, int]  # month, day
    segments: tuple[str, str, str]
    revenue: int  # about, in the first year
    colour: str
    second_colour: str


@dataclass(frozen=True)
class Year:
    """One year's figures; what can be computed from others is a property."""

    year: int
    revenue: int
    cost_of_sales: int
    selling: int
    administration: int
    depreciation: int
    one_offs: int  # costs that "adjusted" EBITDA leaves out
    interest: int
    tax: int
    more_working_capital: int
    capital_expenditure: int
    acquisitions: int
    borrowed: int
    dividends_paid: int
    cash: int
    debt: int
    working_capital: int
    fixed_assets: int
    employees: int
    shares: int  # thousands
    dividend_cents: int  # a share
    utilisation: float  # percent of capacity, one decimal
    quarters: tuple[int, int, int, int]
    segments: tuple[int, int, int]
    discontinued: int = 0  # profit of a business that was sold, after a restatement

    @property
    def gross_profit(self) -> int:
        return self.revenue - self.cost_of_sales

    @property
    def gross_margin(self) -> float:
        """Percent, one decimal."""
        return round(100 * self.gross_profit / self.revenue, 1)

    @property
    def ebitda(self) -> int:
        return self.gross_profit - self.selling - self.administration - self.one_offs

    @property
    def adjusted_ebitda(self) -> int:
        return self.ebitda + self.one_offs

    @property
    def operating_profit(self) -> int:
        return self.ebitda - self.depreciation

    @property
    def profit_before_tax(self) -> int:
        return self.operating_profit - self.interest

    @property
    def net_income(self) -> int:
        return self.profit_before_tax - self.tax + self.discontinued

    @property
    def operating_cash_flow(self) -> int:
        return self.net_income + self.depreciation - self.more_working_capital

    @property
    def investing_cash_flow(self) -> int:
        return -self.capital_expenditure - self.acquisitions

    @property
    def financing_cash_flow(self) -> int:
        return self.borrowed - self.dividends_paid

    @property
    def change_in_cash(self) -> int:
        return self.operating_cash_flow + self.investing_cash_flow + self.financing_cash_flow

    @property
    def net_debt(self) -> int:
        """Negative when there is more cash than debt."""
        return self.debt - self.cash

    @property
    def equity(self) -> int:
        return self.cash + self.working_capital + self.fixed_assets - self.debt

    @property
    def dividend_per_share(self) -> float:
        return self.dividend_cents / 100


@dataclass(frozen=True)
class Books:
    """A company's years, oldest first, and what was restated later: year -> how the next filing shows it."""

    company: Company
    years: dict[int, Year]
    restated: dict[int, Year]

    def shown_in(self, filing: int, year: int) -> Year:
        """A year's figures as the filing of another year shows them."""
        return self.restated[year] if filing > year and year in self.restated else self.years[year]


# What sets the three kinds of business apart: shares of revenue, and a growth for each year.
SHAPES = {
    "food": dict(
        cost=0.685, selling=0.118, admin=0.062, assets=0.52, debt=0.30, heads=3.4, growth=(0.07, 0.09, 0.12, 0.06)
    ),
    "engineering": dict(
        cost=0.612, selling=0.094, admin=0.131, assets=0.38, debt=0.235, heads=4.6, growth=(0.04, 0.05, 0.08, 0.03)
    ),
    "freight": dict(
        cost=0.744, selling=0.041, admin=0.083, assets=0.68, debt=0.46, heads=5.9, growth=(0.11, -0.09, 0.05, 0.08)
    ),
}


def books_of(company: Company, seed: int) -> Books:
    """Five years of a company: the same for the same seed, on every system (only `Random.random` is used)."""
    random = Random(f"{seed}/{company.key}")
    grain = 1 if company.thousands else 100  # millions with one decimal are exact

    def about(amount: float, spread: float = 0.04) -> int:
        return round(amount * (1 + spread * (2 * random.random() - 1)) / grain) * grain

    shape, years, revenue = SHAPES[company.style], {}, about(company.revenue)
    cash, debt = about(revenue * 0.095), about(revenue * shape["debt"])
    working_capital, assets = about(revenue * 0.14), about(revenue * shape["assets"])
    shares = about(revenue / 12 / grain) * grain
    for place, year in enumerate(YEARS):
        if place:
            revenue = about(revenue * (1 + shape["growth"][place - 1]), 0.02)
        bad = company.style == "freight" and year == 2023  # a year with a loss
        made = dict(
            cost_of_sales=about(revenue * (shape["cost"] + (0.045 if bad else -0.006 * place)), 0.01),
            selling=about(revenue * shape["selling"]),
            administration=about(revenue * shape["admin"]),
            depreciation=about(assets * 0.085),
            one_offs=about(revenue * (0.028 if bad else 0.011), 0.4),
            interest=about(debt * 0.062),
            more_working_capital=about(revenue * 0.012, 0.8),
            capital_expenditure=about(assets * 0.115, 0.15),
            acquisitions=about(revenue * 0.01, 0.9) if place % 2 else 0,
            borrowed=about(revenue * (-0.045 if company.style == "engineering" else 0.012), 0.5),
        )
        before_tax = revenue - sum(
            made[name]
            for name in ("cost_of_sales", "selling", "administration", "one_offs", "depreciation", "interest")
        )
        made["tax"] = about(before_tax * 0.27, 0.05) if before_tax > 0 else 0
        profit = before_tax - made["tax"]
        cents = max(0, round(100 * profit * 0.35 / shares))
        made["dividends_paid"] = about(years[year - 1].dividend_cents * shares / 100, 0) if place else 0
        cash += profit + made["depreciation"] - made["more_working_capital"]
        cash += made["borrowed"] - made["capital_expenditure"] - made["acquisitions"] - made["dividends_paid"]
        debt += made["borrowed"]
        working_capital += made["more_working_capital"]
        assets += made["capital_expenditure"] + made["acquisitions"] - made["depreciation"]
        years[year] = Year(
            year=year,
            revenue=revenue,
            **made,
            cash=cash,
            debt=debt,
            working_capital=working_capital,
            fixed_assets=assets,
            employees=round(revenue * shape["heads"] / 1000 * (0.97 + 0.06 * random.random())),
            shares=shares,
            dividend_cents=cents,
            utilisation=round(76 + 2.1 * place + 3 * random.random(), 1),
            quarters=split(revenue, (0.226, 0.243, 0.251, 0.280), about),
            segments=split(revenue, (0.55, 0.31, 0.14), about),
        )
    restated = {2023: without_a_business(years[2023], about)} if company.style == "food" else {}
    return Books(company, years, restated)


def split(total: int, weights: tuple[float, ...], about) -> tuple[int, ...]:
    """Parts of a total, the last one taking what remains."""
    parts = [about(total * weight) for weight in weights[:-1]]
    return (*parts, total - sum(parts))


def without_a_business(year: Year, about) -> Year:
    """The year as shown after a business was sold: its sales leave the lines, its profit is a line of its own."""
    sales = about(year.segments[2] * 0.46)
    costs = about(sales * 0.79, 0.02)
    kept = sales / year.revenue
    quarters = tuple(round(quarter * (1 - kept)) for quarter in year.quarters[:3])
    return replace(
        year,
        revenue=year.revenue - sales,
        cost_of_sales=year.cost_of_sales - costs,
        quarters=(*quarters, year.revenue - sales - sum(quarters)),
        segments=(*year.segments[:2], year.segments[2] - sales),
        discontinued=sales - costs,
    )


THREE = (
    Company(
        "serra_clara",
        "Serra Clara Alimentos S.A.",
        "food",
        "Londrina, Brazil",
        "BRL",
        "R$",
        True,
        "pt",
        (12, 31),
        ("Dairy", "Bakery", "Frozen meals"),
        1_905_000,
        "#1F5F3F",
        "#C98A1B",
    ),
    Company(
        "tarnberg",
        "Tarnberg Hydro SE",
        "engineering",
        "Linz, Austria",
        "EUR",
        "€",
        False,
        "en",
        (9, 30),
        ("Pumps", "Turbines", "Service"),
        604_000,
        "#153E75",
        "#C2571A",
    ),
    Company(
        "northmoor",
        "Northmoor Freight Ltd.",
        "freight",
        "Halifax, Canada",
        "USD",
        "$",
        True,
        "en",
        (12, 31),
        ("Road", "Intermodal", "Warehousing"),
        402_000,
        "#5A2A5E",
        "#2B8C8C",
    ),
)

FIRST = ("Alto", "Bela", "Corvo", "Dorn", "Elm", "Fal", "Grau", "Hasel", "Ister", "Jura", "Kolm", "Lind")
SECOND = ("mere", "vale", "stein", "brook", "campo", "holt", "ria", "wick", "mont", "ford")
COLOURS = (("#2F4858", "#B8860B"), ("#5B3A29", "#2E7D6B"), ("#263A6B", "#A64B2A"))


def companies(count: int = 3) -> list[Company]:
    """The three companies, or that many: further ones take a made-up name and one of the three's ways to report."""
    made = list(THREE[:count])
    for place in range(len(made), count):
        like = THREE[place % 3]
        at = place - 3
        name = FIRST[at % len(FIRST)] + SECOND[(at + at // len(FIRST)) % len(SECOND)]
        number = f" {at // 120 + 1}" if at >= 120 else ""
        kind = {"food": "Foods", "engineering": "Engineering", "freight": "Freight"}[like.style]
        colour, second = COLOURS[at % len(COLOURS)]
        made.append(
            replace(
                like,
                key=f"{name}{number}".lower().replace(" ", "_"),
                name=f"{name}{number} {kind} plc",
                colour=colour,
                second_colour=second,
                revenue=round(like.revenue * (0.6 + 0.23 * (place % 5))),
            )
        )
    return made
