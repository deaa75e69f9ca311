"""Charts as pictures: PNG slides with known values, drawn by matplotlib and described inside the file."""

from __future__ import annotations

import io

from .pages import Chart, Document


def png(chart: Chart, document: Document) -> bytes:
    """The chart at 1280 x 720; its alternative text lies in the PNG's text field "Description"."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12.8, 7.2), dpi=100, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.08, 0.14, 0.86, 0.62))
    colours = (document.colour, document.second_colour)
    places, width = range(len(chart.categories)), 0.62 / len(chart.series)
    for at, (name, values) in enumerate(chart.series.items()):
        shifted = [place + (at - (len(chart.series) - 1) / 2) * width for place in places]
        bars = axes.bar(shifted, values, width * 0.94, color=colours[at % 2], label=name)
        axes.bar_label(bars, fmt=f"{{:,.{chart.decimals}f}}", padding=5, fontsize=19, color="#222222")
    axes.set_xticks(list(places), chart.categories, fontsize=18)
    axes.set_ylim(0, max(max(values) for values in chart.series.values()) * 1.16)
    axes.tick_params(axis="y", labelsize=14, colors="#777777", length=0)
    axes.tick_params(axis="x", length=0)
    axes.grid(axis="y", color="#E4E4E4", linewidth=1)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    figure.text(0.045, 0.89, chart.title, fontsize=27, fontweight="bold", color=document.colour, parse_math=False)
    figure.text(0.045, 0.83, chart.unit, fontsize=17, color="#555555", parse_math=False)
    figure.text(0.045, 0.035, document.running_head, fontsize=13, color="#777777", parse_math=False)
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None, "Title": chart.title, "Description": chart.alt})
    return smaller(out.getvalue(), {"Title": chart.title, "Description": chart.alt})


def smaller(data: bytes, texts: dict[str, str]) -> bytes:
    """The same picture with 64 colours, which a bar chart never exceeds visibly, and its texts kept."""
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    for key, text in texts.items():
        info.add_itxt(key, text) if any(ord(c) > 255 for c in text) else info.add_text(key, text)
    out = io.BytesIO()
    Image.open(io.BytesIO(data)).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(
        out, "PNG", pnginfo=info, optimize=True
    )
    return out.getvalue()
