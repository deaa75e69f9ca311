"""The command `workbook`: what can be typed, and where each command's work is done. It does none of the work itself.

Everything but typer is imported when a command runs, so that `workbook --help` is up at once.
"""

from __future__ import annotations

import errno
import sys
from pathlib import Path
from typing import Annotated

import typer

from helpers.bootstrap import COMMANDS, writing_failed
from helpers.commands import evaluations, pocs
from helpers.problem import Problem

app = typer.Typer(
    name="workbook",
    help="Notebooks that take developers from their first token to a proof of concept they trust.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Here = Annotated[bool, typer.Option("--here", help="Use the active environment instead of .venv.")]


def main() -> None:
    """Entry point of the console script. Exits 2 with one sentence for a Problem."""
    try:
        app(prog_name="workbook")
    except Problem as problem:
        print(f"workbook: {problem}", file=sys.stderr)
        sys.exit(problem.exit_status)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EROFS, errno.EACCES, errno.EPERM):
            raise
        print(f"workbook: {writing_failed(error)}", file=sys.stderr)
        sys.exit(Problem.exit_status)


@app.command(help=COMMANDS["lab"])
def lab(
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open a browser window.")] = True,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1. [default: 8888 or next]")
    ] = None,
    here: Here = False,
) -> None:
    from helpers.commands.lab import run

    raise typer.Exit(run(port=port, open_browser=browser))


@app.command(help=COMMANDS["test"], context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def test(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="Leave out what is slow or needs a browser.")] = False,
    keyword: Annotated[str | None, typer.Option("-k", help="Only tests whose names match, as in pytest.")] = None,
    parallel: Annotated[bool, typer.Option("--parallel/--no-parallel", help="Use several processes.")] = True,
    endpoint: Annotated[
        str | None,
        typer.Option(
            help="Run the worked notebooks (all, or those named) on openai, azure, compatible or local instead."
        ),
    ] = None,
    budget: Annotated[float | None, typer.Option(min=0, help="With --endpoint: US dollars at which it stops.")] = None,
    retries: Annotated[int, typer.Option(min=0, help="With --endpoint: further tries of a call that failed.")] = 4,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --endpoint: begin without asking.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="With --endpoint: do not go on with a stopped run.")] = False,
    here: Here = False,
) -> None:
    if endpoint is not None:
        from helpers.commands.live import run as run_live

        chosen = {"budget": budget, "retries": retries, "yes": yes, "fresh": fresh}
        raise typer.Exit(run_live(endpoint, context.args, **chosen))
    from helpers.commands.suite import run

    raise typer.Exit(run(fast=fast, keyword=keyword, parallel=parallel, extra=context.args))


@app.command(help=COMMANDS["name"])
def name(
    name: Annotated[
        str | None, typer.Argument(help="Your name, as your trainer knows it; without it, as kept.")
    ] = None,
) -> None:
    from helpers.commands.name import run

    typer.echo(run(name))


@app.command(help=COMMANDS["progress"])
def progress() -> None:
    from helpers.grading import progress_report

    typer.echo(str(progress_report()))


@app.command(help=COMMANDS["doctor"])
def doctor(
    profile: Annotated[
        str | None, typer.Argument(help="mock, openai, azure, compatible or local; as set in .env without one.")
    ] = None,
    room: Annotated[
        int | None, typer.Option(min=1, help="Say whether the quota bears so many learners in --lesson.")
    ] = None,
    lesson: Annotated[str | None, typer.Option(help="The lesson for --room, as 01_tokens.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for scripts.")] = False,
) -> None:
    from helpers.commands.doctor import run

    raise typer.Exit(run(profile, learners=room, lesson=lesson, as_json=as_json))


@app.command(help=COMMANDS["copies"])
def copies() -> None:
    from helpers.commands.workspace import refresh

    typer.echo(refresh().line())


@app.command(help=COMMANDS["endpoint"])
def endpoint(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes a free one.")] = 8899,
    keys: Annotated[
        list[str] | None, typer.Option("--key", help="A key that is accepted, instead of `workbook`.")
    ] = None,
    behaviour: Annotated[
        Path | None, typer.Option(help="TOML file of what is switched on (docs/mock_service.md). Options win over it.")
    ] = None,
    requests_per_minute: Annotated[int | None, typer.Option(min=1, help="Limit of each key, with real 429s.")] = None,
    tokens_per_minute: Annotated[int | None, typer.Option(min=1, help="The same, in tokens.")] = None,
    token_budget: Annotated[int | None, typer.Option(min=0, help="Tokens in all, then insufficient_quota.")] = None,
    latency: Annotated[
        str | None, typer.Option(help="Seconds to the first token and tokens a second, as 0.5,40.")
    ] = None,
    time_scale: Annotated[float | None, typer.Option(help="Simulated seconds that pass in a real one.")] = None,
    faults: Annotated[
        list[str] | None,
        typer.Option("--fault", help="500, 503, slow, drop, cut or malformed; as 503,probability=0.1 or cut,at=3."),
    ] = None,
    content_filter: Annotated[bool, typer.Option("--content-filter", help="Filter on Azure's routes.")] = False,
    prompt_caching: Annotated[bool, typer.Option("--prompt-caching", help="State cached_tokens.")] = False,
    log: Annotated[str | None, typer.Option(help="Log requests to a file of JSON lines; - prints them.")] = None,
    log_content: Annotated[bool, typer.Option("--log-content", help="Questions and answers too (file only).")] = False,
    replay: Annotated[Path | None, typer.Option(help="Recording that wins over computed replies.")] = None,
    record: Annotated[Path | None, typer.Option(help="Append to a recording what --upstream answers.")] = None,
    upstream: Annotated[
        str | None, typer.Option(help="Endpoint to record, up to /v1. Its key: WORKBOOK_UPSTREAM_KEY.")
    ] = None,
    scrub: Annotated[bool, typer.Option("--scrub", help="Record no e-mail address and no phone number.")] = False,
) -> None:
    from helpers.commands.endpoint import run

    switched_on = {
        "requests_per_minute": requests_per_minute,
        "tokens_per_minute": tokens_per_minute,
        "token_budget": token_budget,
        "latency": latency,
        "time_scale": time_scale,
        "faults": faults or None,
        "content_filter": content_filter or None,
        "prompt_caching": prompt_caching or None,
        "log_file": log,
        "log_content": log_content or None,
        "replay": replay,
        "record": record,
        "upstream": upstream,
        "scrub": scrub or None,
    }
    run(host, port, keys or [], behaviour, {name: value for name, value in switched_on.items() if value is not None})


@app.command(help=COMMANDS["local"])
def local(
    model: Annotated[Path | None, typer.Option(help="A GGUF file. [default: a small model, after asking]")] = None,
    port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port on 127.0.0.1. [default: 8080 or next]")
    ] = None,
    context: Annotated[int, typer.Option(min=256, help="Tokens of one request with its reply.")] = 8192,
    parallel: Annotated[int, typer.Option(min=1, max=16, help="Requests answered at a time.")] = 2,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Agree to the download of the default model.")] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Show llama.cpp's own log.")] = False,
) -> None:
    from helpers.commands.local import run

    run(model, port=port, context=context, parallel=parallel, yes=yes, verbose=verbose)


@app.command(help=COMMANDS["ledger"])
def ledger(
    since: Annotated[str, typer.Option(help="A day (UTC) as 2026-11-01, or a month as 2026-11.")] = "",
    by: Annotated[str, typer.Option(help="model, notebook, day, role or profile.")] = "model",
    csv: Annotated[Path | None, typer.Option(help="Write every call as a row to this file instead.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For a script.")] = False,
) -> None:
    from helpers.commands.ledger import run

    typer.echo(run(since, by, csv, as_json))


@app.command(help=COMMANDS["record"])
def record(
    notebooks: Annotated[list[str], typer.Argument(help="Lessons as 01_tokens, files, or all.")],
    to: Annotated[Path, typer.Option(help="Folder of the recording.")],
    scrub_personal: Annotated[
        bool, typer.Option("--scrub-personal", help="Take out e-mail addresses, phone, account and card numbers.")
    ] = False,
) -> None:
    from helpers.commands.record import run
    from helpers.settings import SettingsError

    try:
        raise typer.Exit(run(notebooks, to, scrub=scrub_personal))
    except SettingsError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None


@app.command(help=COMMANDS["build"])
def build(
    names: Annotated[list[str] | None, typer.Argument(help="Lessons to build, as 01_tokens; all without one.")] = None,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail if a notebook is out of date.")] = False,
) -> None:
    from helpers.publishing.build import run

    raise typer.Exit(run(names or [], check=check))


app.add_typer(evaluations.app, name="eval", help=COMMANDS["eval"])
app.add_typer(pocs.app, name="poc", help=COMMANDS["poc"])


@app.command(help=COMMANDS["sample"])
def sample(
    name: Annotated[str, typer.Argument(help="Which data: companies, or logs of five systems.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the files; made if it is not there.")],
    seed: Annotated[int, typer.Option(help="Another seed, other figures.")] = 7,
    companies: Annotated[int | None, typer.Option(min=1, max=500, help="companies: how many; 3 without it.")] = None,
    language: Annotated[
        str | None, typer.Option(help="companies: en, pt or es for every filing; without it, each in its own.")
    ] = None,
    pages: Annotated[
        int | None,
        typer.Option(min=0, max=2000, help="companies: pages of a report at least; 0: as they are."),
    ] = None,
    lines: Annotated[int | None, typer.Option(help="logs: how many lines in all five; 4,300 without it.")] = None,
    without_new: Annotated[
        bool, typer.Option("--without-new", help="logs: leave out each category that the team does not know.")
    ] = False,
    wordings: Annotated[
        str | None, typer.Option(help="logs: held_out for other words, to measure with and not to tune on; else first.")
    ] = None,
) -> None:
    from helpers.commands.sample import run

    options = {"seed": seed, "companies": companies, "language": language, "pages": pages}
    options |= {"lines": lines, "without_new": without_new or None, "wordings": wordings}
    for line in run(name, out, **options):
        typer.echo(line)


@app.command(help=COMMANDS["grade"])
def grade(
    folder: Annotated[Path, typer.Argument(help="Folder with learners' notebooks, progress files or zips of them.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the gradebook.")] = Path("gradebook"),
    lesson: Annotated[str | None, typer.Option(help="Only this lesson, as 01_tokens.")] = None,
    names: Annotated[bool, typer.Option("--names", help="Show names instead of pseudonyms.")] = False,
    workers: Annotated[int | None, typer.Option(min=1, help="Submissions at a time. [default: one a core]")] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="Spread over a Dask cluster, as tcp://host:8786; needs the extra `cluster`.")
    ] = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="Limit for running one notebook. [default: 90]")] = None,
) -> None:
    from helpers.commands.grade import run

    raise typer.Exit(
        run(folder, out, lesson=lesson, names=names, workers=workers, scheduler=scheduler, seconds=seconds)
    )


@app.command(help=COMMANDS["extra"])
def extra(
    name: Annotated[str | None, typer.Argument(help="Which one; without it they are listed.")] = None,
) -> None:
    from helpers.commands.extras import EXTRAS, install, is_installed

    if name is None:
        for each, purpose in EXTRAS.items():
            typer.echo(f"{each:<10} {'installed' if is_installed(each) else '':<10} {purpose}")
        return
    if reason := install(name):
        raise Problem(
            f"The extra {name} could not be installed: {reason}", "check the network or the proxy, then again"
        )
    typer.echo(f"{name} is installed.")


@app.command(help=COMMANDS["bench"], context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def bench(
    context: typer.Context,
    name: Annotated[
        str | None, typer.Argument(help="Which one; without it they are listed. Options are passed on.")
    ] = None,
) -> None:
    from helpers.commands.benches import run

    raise typer.Exit(run(name, context.args))


@app.command(help=COMMANDS["lock"])
def lock(
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Take the newest versions that the ranges allow.")] = False,
) -> None:
    from helpers.commands.lock import write

    write(upgrade=upgrade)


if __name__ == "__main__":
    main()
