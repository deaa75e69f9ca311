"""Two runs of a workbook beside each other: what was changed, what it did to each criterion, and to the cost."""

from __future__ import annotations

from pathlib import Path

from helpers.poc.report import read
from helpers.problem import Problem


def compare(a: Path, b: Path) -> str:
    """Run a against the earlier run b, as markdown. Raises Problem when they are of different workbooks."""
    new, old = read(a), read(b)
    if new.record["workbook"] != old.record["workbook"]:
        raise Problem(
            f"{a} is a run of {new.record['workbook']}, {b} one of {old.record['workbook']}",
            "compare two runs of one workbook",
        )
    lines = [f"**{new.record['title']}**: {a.name} ({new.verdict}) against {b.name} ({old.verdict})", ""]
    ours, theirs = new.record["parameters"], old.record["parameters"]
    changed = [name for name in ours if ours[name] != theirs.get(name)]
    changed_inputs = {p for p, digest in new.record["inputs"].items() if old.record["inputs"].get(p, digest) != digest}
    if changed:
        lines += ["| parameter | now | before |", "|---|---|---|"]
        lines += [f"| {name} | {ours[name]} | {theirs.get(name)} |" for name in changed] + [""]
    else:
        lines += ["The parameters are the same.", ""]
    if changed_inputs:
        lines += [f"Changed since: {', '.join(sorted(Path(path).name for path in changed_inputs))}.", ""]
    if new.record["endpoint"] != old.record["endpoint"]:
        lines += [f"Different endpoints: {new.record['endpoint']} and {old.record['endpoint']}.", ""]
    lines += ["| criterion | bound | now | before |", "|---|---|---|---|"]
    before = {judged.criterion.name: judged for judged in old.criteria}
    lines += [
        f"| {judged.criterion.text} | {judged.criterion.bound} | {judged.value}, {judged.standing} | "
        f"{before[judged.criterion.name].value}, {before[judged.criterion.name].standing} |"
        for judged in new.criteria
    ]
    lines += ["", "| | now | before |", "|---|---:|---:|"]
    lines += [f"| {name} | {new.record[name]:,} | {old.record[name]:,} |" for name in ("calls", "tokens", "seconds")]
    lines += [f"| US dollars | {new.record['usd']:.4f} | {old.record['usd']:.4f} |"]
    return "\n".join([*lines, *_paired(a, b)])


def _paired(a: Path, b: Path) -> list[str]:
    """The runs' evaluations, case by case, where both have one."""
    from helpers.evaluation import Results
    from helpers.evaluation import compare as paired

    if not all((folder / "results.json").exists() for folder in (a, b)):
        return []
    new, old = Results.load(a), Results.load(b)
    lines = []
    for scorer in [name for name in new.scorers if name in old.scorers]:
        try:
            lines += ["", str(paired(new, old, scorer))]
        except ValueError as error:
            lines += ["", f"{scorer}: {error}"]
    return lines
