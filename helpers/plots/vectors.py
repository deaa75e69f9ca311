"""Vectors: a map in two dimensions, a heat map of similarities, and what a threshold lets through."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from helpers.plots.figure import COLOURS, LINE_STYLES, MARKERS, new_figure, show_figure

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.text import Annotation
    from numpy.typing import ArrayLike, NDArray

# Where a label may stand beside its point, in printer's points: the first free place is taken.
_PLACES = ((7, 5), (7, -12), (-7, 5), (-7, -12), (0, 12), (0, -20), (14, 18), (-14, 18), (14, -26), (-14, -26))


def vector_map(
    vectors: ArrayLike,
    groups: Sequence[str],
    *,
    title: str,
    marked: Mapping[str, ArrayLike] | None = None,
    source: str = "",
) -> None:
    """Vectors as points in the plane that keeps most of their spread: shape (n, dimensions), and a group for each.

    marked: name -> vector, drawn as a star with its name; the plane is made without them.
    The plane: the first two principal components (Pearson 1901), by numpy's singular value decomposition.
    """
    import numpy as np

    vectors = np.asarray(vectors, dtype=float)
    middle, directions, shares = _plane(vectors)
    points = (vectors - middle) @ directions
    names = list(dict.fromkeys(groups))
    figure, axes = new_figure(height=4.6)
    said = []
    for i, name in enumerate(names):
        own = points[[group == name for group in groups]]
        axes.scatter(*own.T, s=26, color=COLOURS[i % 8], marker=MARKERS[i % 4], label=name, alpha=0.85, linewidths=0)
        x, y = own.mean(axis=0)
        said.append(f"{name} lies around {x:.2f}, {y:.2f}")
    stars = {name: (np.asarray(vector, dtype=float) - middle) @ directions for name, vector in (marked or {}).items()}
    if stars:
        axes.scatter(*np.array(list(stars.values())).T, s=150, marker="*", color="#000000", zorder=5)
    for name, point in stars.items():
        nearest = groups[int(np.argmin(((points - point) ** 2).sum(axis=1)))]
        said.append(f"“{name}” is drawn at {point[0]:.2f}, {point[1]:.2f}, beside a point of {nearest}")
    first, second = shares
    axes.set(xlabel=f"first component ({first:.0%} of the spread)", ylabel=f"second component ({second:.0%})")
    axes.legend(frameon=False, fontsize=9, ncols=1, loc="center left", bbox_to_anchor=(1.0, 0.5))
    axes.margins(0.1)
    _label(axes, stars)
    alt = f"Scatter plot: {title}. {len(points)} points in a plane that keeps {sum(shares):.0%} of their spread"
    show_figure(figure, title, source, f"{alt}. {'; '.join(said)}.")


def heat_map(matrix: ArrayLike, labels: Sequence[str], *, title: str, source: str = "") -> None:
    """Similarities of texts with each other, shape (n, n): darker is more alike, each with its number."""
    import numpy as np

    matrix = np.asarray(matrix, dtype=float)
    figure, axes = new_figure(height=1.3 + 0.42 * len(labels))
    axes.imshow(matrix, cmap="Blues", vmin=min(0.0, matrix.min()), vmax=1.0, aspect="auto")
    for row, column in np.ndindex(matrix.shape):
        value = matrix[row, column]
        axes.text(
            column, row, f"{value:.2f}", ha="center", va="center", color="white" if value > 0.6 else "#1a1a1a", size=9
        )
    numbers = range(1, len(labels) + 1)
    axes.set_xticks(range(len(labels)), [str(n) for n in numbers])
    axes.set_yticks(range(len(labels)), [f"{label}  {n}" for n, label in zip(numbers, labels, strict=True)])
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    pairs = [(matrix[i, j], labels[i], labels[j]) for i in range(len(labels)) for j in range(i)]
    said = [f"“{one}” and “{other}” {value:.2f}" for value, one, other in sorted(pairs, reverse=True)]
    told = f"Most alike: {'; '.join(said[:3])}. Least alike: {said[-1]}." if said else ""
    show_figure(figure, title, source, f"Heat map: {title}, {len(labels)} texts with each other. {told}")


def thresholds(
    similarities: Sequence[float],
    relevant: Sequence[bool],
    *,
    title: str,
    marked: Mapping[str, float] | None = None,
    source: str = "",
) -> None:
    """Precision, recall and F1 of "similar enough is relevant", over the threshold; marked: name -> threshold.

    Where nothing is similar enough precision is not defined, and its line ends.
    """
    import numpy as np

    grid = np.linspace(min(similarities), 1.0, 200)
    curves = {"precision": [], "recall": [], "F1": []}
    for threshold in grid:
        for name, value in zip(curves, _precision_recall_f1(similarities, relevant, threshold), strict=True):
            curves[name].append(value)
    figure, axes = new_figure(height=3.6)
    for i, (name, values) in enumerate(curves.items()):
        axes.plot(grid, values, label=name, color=COLOURS[i], linestyle=LINE_STYLES[i], linewidth=2)
    best = int(np.argmax(curves["F1"]))
    said = [f"F1 is highest, {curves['F1'][best]:.2f}, at {grid[best]:.2f}"]
    for i, (name, threshold) in enumerate((marked or {}).items()):
        precision, recall, f1 = _precision_recall_f1(similarities, relevant, threshold)
        axes.axvline(threshold, color=COLOURS[5], linewidth=1.2, linestyle=(0, (1, 1)))
        axes.annotate(
            f" {name} {threshold:.2f}",
            (threshold, 1.02 - 0.08 * i),
            color=COLOURS[5],
            va="bottom",
            annotation_clip=False,
        )
        told = f"{precision:.2f}" if precision == precision else "not defined"
        said.append(f"{name} at {threshold:.2f}: precision {told}, recall {recall:.2f}, F1 {f1:.2f}")
    axes.set(xlabel="threshold of similarity", ylabel="share", ylim=(0, 1.12))
    axes.legend(frameon=False, loc="center left", bbox_to_anchor=(1.0, 0.5))
    show_figure(figure, title, source, f"Line chart: {title}. {'; '.join(said)}.")


def _plane(vectors: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """The vectors' mean, their first two principal directions as columns, and the share of variance each keeps."""
    import numpy as np

    middle = vectors.mean(axis=0)
    _, strengths, directions = np.linalg.svd(vectors - middle, full_matrices=False)
    chosen = directions[:2]
    # A direction's sign is left open by the decomposition: its largest entry is made positive, on every machine.
    signs = np.sign(chosen[np.arange(len(chosen)), np.abs(chosen).argmax(axis=1)])
    return middle, (chosen * signs[:, None]).T, strengths[:2] ** 2 / max((strengths**2).sum(), 1e-12)


def _precision_recall_f1(
    similarities: Sequence[float], relevant: Sequence[bool], threshold: float
) -> tuple[float, float, float]:
    """Of "at least the threshold is relevant": precision (nan where nothing is), recall and F1 (0 where nothing is)."""
    import numpy as np

    found, right = np.asarray(similarities) >= threshold, np.asarray(relevant, dtype=bool)
    hits = int((found & right).sum())
    precision = hits / found.sum() if found.any() else float("nan")
    recall = hits / right.sum() if right.any() else 0.0
    return float(precision), float(recall), float(2 * hits / (found.sum() + right.sum()) if hits else 0.0)


def _label(axes: Axes, points: Mapping[str, ArrayLike]) -> None:
    """Write each name beside its point, at the first place where it covers no other name."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    figure = axes.figure
    canvas = FigureCanvasAgg(figure)
    figure.draw_without_rendering()  # so that the axes have their final size
    taken = []
    for name, point in points.items():
        label: Annotation | None = None
        for across, up in _PLACES:
            if label:
                label.remove()
            label = axes.annotate(
                name,
                point,
                xytext=(across, up),
                textcoords="offset points",
                ha="left" if across > 0 else "right" if across < 0 else "center",
                fontweight="bold",
                fontsize=9,
                bbox={"boxstyle": "round,pad=0.15", "facecolor": "white", "edgecolor": "none", "alpha": 0.8},
                zorder=6,
            )
            box = label.get_window_extent(canvas.get_renderer())
            inside = axes.get_window_extent().contains(box.x0, box.y0) and axes.get_window_extent().contains(
                box.x1, box.y1
            )
            if inside and not any(box.overlaps(other) for other in taken):
                break
        taken.append(box)
