"""Pictures of what goes into an answer and what comes out: their text says the drawn numbers."""

from helpers import plots, show


def told(capture, draw, *args, **options):
    """The alt text of the one picture that is drawn."""
    seen = []
    capture.setattr(show, "show", seen.append)
    draw(*args, **options)
    (picture,) = seen
    assert picture.png.startswith(b"\x89PNG")
    return picture.alt


def test_a_waterfall_tells_each_part_their_sum_and_the_limit(monkeypatch):
    alt = told(
        monkeypatch, plots.token_waterfall, {"rule": 30, "a/cost": 1200}, title="One prompt", limit=("budget", 900)
    )
    assert alt == (
        "Waterfall chart: One prompt, in tokens. rule 30, a/cost 1,200; together 1,230. A line marks budget at 900."
    )


def test_an_answer_matrix_tells_every_cell_and_how_many_were_asked(monkeypatch):
    counts = {"answerable": {"right": 3, "refused": 1}, "not answerable": {"right": 0, "refused": 2}}
    wanted = {("answerable", "right"), ("not answerable", "refused")}
    alt = told(monkeypatch, plots.answer_matrix, counts, title="A bot", wanted=wanted, source="mock endpoint")
    assert alt == (
        "Confusion matrix: A bot. answerable (4): right 3, refused 1; not answerable (2): right 0, refused 2. "
        "Made with the mock endpoint."
    )


def test_a_matrix_with_a_row_that_nobody_asked_is_drawn_too(monkeypatch):
    counts = {"answerable": {"right": 0, "refused": 0}}
    assert "answerable (0)" in told(monkeypatch, plots.answer_matrix, counts, title="None", wanted=set())
