"""What a figure is called, in three languages and by three kinds of business, and how numbers are written.

The kinds differ on purpose: "net revenue", "turnover" and "total operating revenues" are one indicator.
"""

from __future__ import annotations

from .accounts import Company, Style

LANGUAGES = ("en", "pt", "es")

# indicator or line -> language -> style -> name
NAMES: dict[str, dict[str, dict[Style, str]]] = {
    "en": {
        "food": {
            "revenue": "Net revenue",
            "ebitda": "EBITDA",
            "adjusted_ebitda": "Adjusted EBITDA",
            "net_income": "Net income for the year",
            "operating_cash_flow": "Net cash from operating activities",
            "capital_expenditure": "Additions to property, plant and equipment",
            "net_debt": "Net debt",
            "employees": "Employees at year-end",
            "dividend_per_share": "Dividend per share",
            "gross_margin": "Gross margin",
            "utilisation": "Plant utilisation",
        },
        "engineering": {
            "revenue": "Turnover",
            "ebitda": "Operating result before depreciation (EBITDA)",
            "adjusted_ebitda": "EBITDA before special items",
            "net_income": "Result for the period",
            "operating_cash_flow": "Cash flow from operating activities",
            "capital_expenditure": "Capital expenditure",
            "net_debt": "Net financial debt",
            "employees": "Headcount at the balance sheet date",
            "dividend_per_share": "Dividend per share",
            "gross_margin": "Gross profit margin",
            "utilisation": "Workshop utilisation",
        },
        "freight": {
            "revenue": "Total operating revenues",
            "ebitda": "EBITDA",
            "adjusted_ebitda": "Adjusted EBITDA",
            "net_income": "Net earnings (loss)",
            "operating_cash_flow": "Net cash provided by operations",
            "capital_expenditure": "Purchases of vehicles and equipment",
            "net_debt": "Net debt",
            "employees": "People employed",
            "dividend_per_share": "Dividend per share",
            "gross_margin": "Gross margin",
            "utilisation": "Fleet utilisation",
        },
    },
    "pt": {
        "food": {
            "revenue": "Receita líquida",
            "ebitda": "EBITDA",
            "adjusted_ebitda": "EBITDA ajustado",
            "net_income": "Lucro líquido do exercício",
            "operating_cash_flow": "Caixa líquido das atividades operacionais",
            "capital_expenditure": "Aquisições de imobilizado",
            "net_debt": "Dívida líquida",
            "employees": "Colaboradores no fim do exercício",
            "dividend_per_share": "Dividendo por ação",
            "gross_margin": "Margem bruta",
            "utilisation": "Utilização das fábricas",
        },
    },
    "es": {
        "food": {
            "revenue": "Ingresos netos",
            "ebitda": "EBITDA",
            "adjusted_ebitda": "EBITDA ajustado",
            "net_income": "Resultado neto del ejercicio",
            "operating_cash_flow": "Efectivo neto de las actividades operativas",
            "capital_expenditure": "Adquisiciones de inmovilizado material",
            "net_debt": "Deuda neta",
            "employees": "Empleados al cierre del ejercicio",
            "dividend_per_share": "Dividendo por acción",
            "gross_margin": "Margen bruto",
            "utilisation": "Utilización de las plantas",
        },
    },
}

# Lines and words that all three share: (English, Portuguese, Spanish).
SHARED: dict[str, tuple[str, str, str]] = {
    "annual_report": ("Annual report", "Relatório anual", "Informe anual"),
    "results": ("Full-year results", "Resultados do exercício", "Resultados del ejercicio"),
    "release": ("Results release", "Divulgação de resultados", "Nota de resultados"),
    "contents": ("Contents", "Índice", "Índice"),
    "key_figures": ("Key figures", "Principais indicadores", "Cifras clave"),
    "letter": ("To our shareholders", "Mensagem aos acionistas", "A nuestros accionistas"),
    "review": ("Management review", "Comentário da administração", "Informe de gestión"),
    "income_statement": ("Income statement", "Demonstração do resultado", "Cuenta de resultados"),
    "cash_flow_statement": ("Cash flow statement", "Demonstração dos fluxos de caixa", "Estado de flujos de efectivo"),
    "balance_sheet": ("Balance sheet", "Balanço patrimonial", "Balance de situación"),
    "notes": (
        "Notes to the financial statements",
        "Notas explicativas às demonstrações financeiras",
        "Notas a los estados financieros",
    ),
    "reconciliation": (
        "From reported to adjusted EBITDA",
        "Do EBITDA reportado ao EBITDA ajustado",
        "Del EBITDA reportado al EBITDA ajustado",
    ),
    "cost_of_sales": ("Cost of sales", "Custo das vendas", "Coste de las ventas"),
    "gross_profit": ("Gross profit", "Lucro bruto", "Beneficio bruto"),
    "selling": ("Selling and distribution", "Despesas com vendas e distribuição", "Gastos de venta y distribución"),
    "administration": ("General and administrative", "Despesas gerais e administrativas", "Gastos generales y de administración"),
    "one_offs": ("Restructuring and other one-off costs", "Reestruturação e outros itens não recorrentes", "Reestructuración y otras partidas no recurrentes"),
    "depreciation": ("Depreciation and amortisation", "Depreciação e amortização", "Depreciación y amortización"),
    "operating_profit": ("Operating profit (EBIT)", "Lucro operacional (EBIT)", "Resultado operativo (EBIT)"),
    "interest": ("Net finance costs", "Resultado financeiro líquido", "Gastos financieros netos"),
    "profit_before_tax": ("Profit (loss) before tax", "Lucro antes dos impostos", "Resultado antes de impuestos"),
    "tax": ("Income tax", "Imposto de renda e contribuição social", "Impuesto sobre beneficios"),
    "discontinued": ("Profit from discontinued operations", "Lucro de operações descontinuadas", "Resultado de operaciones discontinuadas"),
    "more_working_capital": ("Change in working capital", "Variação do capital de giro", "Variación del capital circulante"),
    "operating": ("Operating activities", "Atividades operacionais", "Actividades operativas"),
    "investing": ("Investing activities", "Atividades de investimento", "Actividades de inversión"),
    "financing": ("Financing activities", "Atividades de financiamento", "Actividades de financiación"),
    "acquisitions": ("Acquisition of businesses", "Aquisição de negócios", "Adquisición de negocios"),
    "investing_cash_flow": ("Net cash used in investing", "Caixa líquido aplicado em investimentos", "Efectivo neto usado en inversión"),
    "borrowed": ("Borrowings, net of repayments", "Captações líquidas de amortizações", "Financiación neta de reembolsos"),
    "dividends_paid": ("Dividends paid", "Dividendos pagos", "Dividendos pagados"),
    "financing_cash_flow": ("Net cash from (used in) financing", "Caixa líquido de financiamentos", "Efectivo neto de financiación"),
    "change_in_cash": ("Change in cash", "Variação do caixa", "Variación del efectivo"),
    "cash_at_start": ("Cash at the beginning of the year", "Caixa no início do exercício", "Efectivo al inicio del ejercicio"),
    "cash": ("Cash and cash equivalents", "Caixa e equivalentes de caixa", "Efectivo y equivalentes"),
    "fixed_assets": ("Property, plant, equipment and intangibles", "Imobilizado e intangível", "Inmovilizado material e intangible"),
    "stock": ("Inventories", "Estoques", "Existencias"),
    "receivables": ("Trade and other receivables", "Contas a receber", "Deudores comerciales y otros"),
    "payables": ("Trade and other payables", "Fornecedores e outras contas a pagar", "Acreedores comerciales y otros"),
    "debt": ("Borrowings", "Empréstimos e financiamentos", "Deuda financiera"),
    "equity": ("Equity", "Patrimônio líquido", "Patrimonio neto"),
    "total_assets": ("Total assets", "Total do ativo", "Total activo"),
    "total_liabilities": ("Total equity and liabilities", "Total do passivo e patrimônio líquido", "Total patrimonio neto y pasivo"),
    "segment": ("Segment", "Segmento", "Segmento"),
    "share": ("Share of total", "Participação", "Participación"),
    "total": ("Total", "Total", "Total"),
    "quarter": ("Quarter", "Trimestre", "Trimestre"),
    "restated": ("restated", "reapresentado", "reexpresado"),
    "change": ("Change", "Variação", "Variación"),
    "page": ("Page", "Página", "Página"),
    "thousand": ("thousand", "mil", "miles"),
    "million": ("million", "milhões", "millones"),
    "billion": ("billion", "bilhões", "mil millones"),
    "capacity": ("in percent of capacity", "em % da capacidade", "en % de la capacidad"),
    "outlook": ("Outlook", "Perspectivas", "Perspectivas"),
    "definitions": ("Basis of preparation", "Base de preparação", "Bases de preparación"),
}  # fmt: skip

MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "pt": ("janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
}  # fmt: skip

SEGMENTS = {
    "pt": {"Dairy": "Laticínios", "Bakery": "Panificação", "Frozen meals": "Refeições congeladas", "Pumps": "Bombas",
           "Turbines": "Turbinas", "Service": "Serviços", "Road": "Rodoviário", "Intermodal": "Intermodal", "Warehousing": "Armazenagem"},
    "es": {"Dairy": "Lácteos", "Bakery": "Panadería", "Frozen meals": "Platos congelados", "Pumps": "Bombas",
           "Turbines": "Turbinas", "Service": "Servicios", "Road": "Carretera", "Intermodal": "Intermodal", "Warehousing": "Almacenes"},
}  # fmt: skip


def named(key: str, language: str, style: Style) -> str:
    """What this kind of business calls a figure; Portuguese and Spanish have one word for all kinds."""
    names = NAMES[language].get(style) or NAMES[language]["food"]
    return names.get(key) or SHARED[key][LANGUAGES.index(language)]


def segments(company: Company, language: str) -> list[str]:
    return [SEGMENTS.get(language, {}).get(name, name) for name in company.segments]


def date(day: int, month: int, year: int, language: str) -> str:
    """date(31, 12, 2024, "pt") -> "31 de dezembro de 2024"."""
    name = MONTHS[language][month - 1]
    return f"{day} {name} {year}" if language == "en" else f"{day} de {name} de {year}"


def number(value: float, decimals: int, language: str) -> str:
    """number(1234.5, 1, "en") -> "1,234.5", in Portuguese and Spanish "1.234,5"; no brackets, no sign lost."""
    text = f"{value:,.{decimals}f}"
    return text if language == "en" else text.translate(str.maketrans(",.", ".,"))


def bracketed(value: float, decimals: int, language: str) -> str:
    """As in statements: negatives in brackets, nothing as a dash."""
    text = number(abs(value), decimals, language)
    if not round(value, decimals):
        return "–"
    return f"({text})" if value < 0 else text


def money(company: Company, thousands: float, language: str, *, decimals: int = 1) -> str:
    """An amount in prose, in millions: "R$ 412.3 million", "EUR 412.3 million", "$412.3 million"."""
    sign = "-" if thousands < 0 else ""
    figure = number(abs(thousands) / 1_000, decimals, language)
    return f"{sign}{prefix(company)}{figure} {named('million', language, company.style)}"


def prefix(company: Company) -> str:
    return {"BRL": "R$ ", "EUR": "EUR "}.get(company.currency, company.symbol)
