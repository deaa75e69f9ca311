"""Evaluation: a dataset goes through a task, scorers judge each output, and results are plain data on disk.

    cases = Dataset.load("questions.jsonl", input="question", expected="answer")
    results = evaluate(cases, answer, scorers=[exact(), numeric(0.01)], endpoint=endpoint, folder="runs/v1")
    compare(results, Results.load("runs/v0"), "exact")

datasets -> runs (tasks, with exchanges that were paid for already) -> scorers -> results -> comparison, report.
A new scorer is one function under @scorer. Judges are scorers whose own errors are known: see `judges`. How many cases
a question needs: `planning`.
"""

import importlib

_EXPORTS = {
    "Case": "datasets",
    "Dataset": "datasets",
    "DatasetError": "datasets",
    "evaluate": "runs",
    "evaluate_async": "runs",
    "Score": "scorers",
    "scorer": "scorers",
    "exact": "scorers",
    "contains": "scorers",
    "numeric": "scorers",
    "same_set": "scorers",
    "similar": "model_scorers",
    "judged": "model_scorers",
    "Row": "results",
    "Results": "results",
    "compare": "comparison",
    "Comparison": "comparison",
    "validate_judge": "judges",
    "JudgeQuality": "judges",
    "corrected_share": "judges",
    "swap_positions": "judges",
    "cases_needed": "planning",
    "detectable_change": "planning",
    "write_report": "report",
    "trajectory_score": "trajectories",
    "TrajectoryScore": "trajectories",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name):
    if name not in _EXPORTS:
        raise AttributeError(f"helpers.evaluation has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"helpers.evaluation.{_EXPORTS[name]}"), name)


def __dir__():
    return __all__
