"""PoC workbooks: parametrised notebooks that a team runs on its own data, with a report and a go / no-go table.

    params.yaml -> parameters (typed, refused before anything runs) -> a run's folder -> the notebook, by papermill
    in the notebook:  run = poc.begin("error_logs", globals())
                      run.map / run.table / run.section / run.measure / run.skip   ->   run.finish()
    the folder then holds: the notebook, tables, evaluation, ledger, report.html, and what is needed to repeat it

A workbook is declared once, in the package that holds what only it does (see `workbooks`). What all of them share is
here: parameters, charter and criteria, runs, execution, report, sweeps, comparison of runs.
"""

import importlib

_EXPORTS = {
    "begin": "runs",
    "Run": "runs",
    "Parameters": "parameters",
    "ParameterError": "parameters",
    "Criterion": "charter",
    "Workbook": "workbooks",
    "workbook": "workbooks",
}

__all__ = sorted(_EXPORTS)


def __getattr__(name):
    if name not in _EXPORTS:
        raise AttributeError(f"helpers.poc has no {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f"helpers.poc.{_EXPORTS[name]}"), name)


def __dir__():
    return __all__
