"""`workbook doctor`: the preflight in a terminal, or as JSON for a script."""

from __future__ import annotations

from helpers.problem import Problem


def run(profile: str | None, *, learners: int | None, lesson: str | None, as_json: bool) -> int:
    """Examine and print. 0 when nothing failed (warnings may be there), 1 when something did.

    Raises Problem: --room without --lesson or the other way round, or a lesson that does not exist.
    """
    from helpers.doctor import examine, unsettled
    from helpers.doctor.room import check_lesson
    from helpers.endpoint import connect
    from helpers.settings import SettingsError

    if (learners is None) != (lesson is None):
        raise Problem("--room and --lesson go together", "as in `workbook doctor --room 30 --lesson 01_tokens`")
    if lesson is not None:
        check_lesson(lesson)
    try:
        report = examine(connect(profile, quiet=as_json), learners=learners, lesson=lesson)
    except SettingsError as error:
        report = unsettled(error)
    print(report.to_json() if as_json else repr(report))
    return 1 if report.failed else 0
