"""A preflight: is this machine, and the endpoint it is set to, ready? Each line is a check that was really made.

Shown in lesson 00 and by `workbook doctor`. It makes a few short calls and asks nothing else of an endpoint. No check
lasts longer than its time limit, and none raises.

    machine    Python, packages, folder, disk, port
    reach      proxy, certificates, name, connection, encryption, answer, clock
    models     each role's model, structured output, tools, quota
    room       whether the quota bears so many learners
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helpers.doctor.findings import Finding, Report

if TYPE_CHECKING:
    from helpers.endpoint import Endpoint
    from helpers.settings import SettingsError

__all__ = ["Finding", "Report", "examine", "preflight", "unsettled"]

LIMIT_S = 20.0  # of one check


def preflight(endpoint: Endpoint) -> None:
    """Examine, and show what was found."""
    from helpers.show import show

    show(examine(endpoint))


def examine(
    endpoint: Endpoint, *, learners: int | None = None, lesson: str | None = None, limit: float = LIMIT_S
) -> Report:
    """Make every check; none of them raises.

    learners, lesson: also reckon whether the quota bears so many learners who work through that lesson at a time.
    limit: seconds for one check.
    """
    from helpers.doctor.machine import machine
    from helpers.doctor.models import Models
    from helpers.doctor.reach import Way, environment
    from helpers.doctor.room import room

    findings = [*machine(), *environment(endpoint)]
    models, reckoned = Models(endpoint, limit), None
    way = Way(endpoint, limit)
    if not endpoint.simulated:
        findings += way.findings()
    if endpoint.simulated or way.open:
        findings += models.findings()
    else:
        step = "mend the line above first"
        findings.append(Finding("models", "failure", "not asked, because the endpoint cannot be reached", step))
    if learners is not None and lesson is not None:
        finding, reckoned = room(endpoint, models.limits, learners, lesson)
        findings.append(finding)
    return Report(tuple(findings), endpoint.profile, reckoned)


def unsettled(error: SettingsError) -> Report:
    """The report when there is no endpoint yet, because the settings do not describe one: a line for each of them."""
    from helpers.doctor.machine import machine

    wrong = [Finding(problem.field, "failure", problem.what, f"put {problem.put}") for problem in error.problems]
    return Report((*machine(), *wrong))
