"""The same grading over a Dask cluster: a worker that is killed half-way loses nothing and changes no verdict."""

import json
import os
import signal

import pytest

from helpers.gradebook.cluster import grade_on_cluster
from helpers.gradebook.collect import collect
from helpers.gradebook.pool import grade_all
from helpers.paths import SOLUTIONS
from helpers.problem import Problem

distributed = pytest.importorskip("distributed", reason="needs the extra: `workbook extra cluster`")


@pytest.fixture
def submissions(tmp_path):
    notebook = json.loads(next(SOLUTIONS.rglob("00_start_here.ipynb")).read_text(encoding="utf-8"))
    for number in range(6):
        cells = [{"cell_type": "code", "source": f"number = {number}", "metadata": {}, "outputs": []}]
        if number % 2:
            cells.append({**cells[0], "source": "env_text = ''"})
        (tmp_path / f"learner{number}").mkdir()
        path = tmp_path / f"learner{number}" / "00_start_here.ipynb"
        path.write_text(json.dumps({**notebook, "cells": notebook["cells"] + cells}), encoding="utf-8")
    return collect(tmp_path)


def points(result) -> tuple[str, int]:
    assert not result.problem, result.problem
    return result.learner, result.points


def test_a_worker_that_is_killed_half_way_loses_nothing(submissions):
    expected = {points(result) for _, result in grade_all(submissions, lambda *_: None)}
    assert len({won for _, won in expected}) == 2
    kept = []
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        workers = list(client.run(os.getpid).values())
        graded = grade_on_cluster(submissions, lambda s, r: kept.append(points(r)), client)
        found = [points(next(graded)[1])]
        os.kill(workers[0], signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
        found += [points(result) for _, result in graded]
    assert len(found) == len(kept) == 6
    assert set(found) == set(kept) == expected


def test_a_scheduler_that_does_not_answer_is_told(submissions, monkeypatch):
    monkeypatch.setattr("helpers.gradebook.cluster._CONNECT_SECONDS", 0.5)
    with pytest.raises(Problem, match="No Dask scheduler answers"):
        list(grade_on_cluster(submissions, lambda *_: None, "tcp://127.0.0.1:1"))
