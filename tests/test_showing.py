"""What is shown says the same in markdown and in plain text; pictures carry alt text made of their numbers."""

import base64

import pytest
import tiktoken

from helpers import data, intervals, plots, show
from helpers.offline_encodings import use_offline_encodings


@pytest.fixture
def shown(monkeypatch):
    """What show() was given, in order."""
    given = []
    monkeypatch.setattr(show, "show", given.append)
    return given


@pytest.fixture(scope="module")
def encoding():
    use_offline_encodings()
    return tiktoken.get_encoding("o200k_base")


def test_a_token_strip_has_a_box_and_a_bar_for_every_token(shown, encoding):
    show.tokens("Where do I go?", encoding, label="English")
    (strip,) = shown
    assert strip.markdown.count("<span") == len(encoding.encode("Where do I go?"))
    assert strip.plain.splitlines()[1] == "Where|·do|·I|·go|?"
    assert "English" in strip.plain and "5 tokens" in strip.plain


def test_a_token_that_is_part_of_a_character_shows_its_bytes(shown, encoding):
    show.tokens("🧑🏽‍🚒", encoding)
    assert "⟨" in shown[0].plain and "�" not in shown[0].markdown


def test_text_in_a_strip_cannot_become_markup(shown, encoding):
    show.tokens('<script>alert("$x$")</script>', encoding)
    assert "<script" not in shown[0].markdown


def test_a_dollar_is_a_dollar_and_not_mathematics(shown):
    show.text("from $2 to $3")
    assert shown[0]._repr_mimebundle_()["text/markdown"].startswith('<div class="mathjax_ignore">\n\nfrom $2')
    assert shown[0]._repr_mimebundle_()["text/plain"] == "from $2 to $3"
    show.text("no money")
    assert shown[1]._repr_mimebundle_()["text/markdown"] == "no money"
    show.table([{"quote": "R$ 0,22 (R$ 0,19)"}])
    assert shown[2]._repr_mimebundle_()["text/markdown"].startswith('<div class="mathjax_ignore">')


def test_a_table_sets_numbers_right_and_escapes_bars(shown):
    show.table([{"name": "a|b", "cost": "$3"}, {"name": "c", "cost": "$4"}], caption="Prices")
    assert "a\\|b" in shown[0].markdown and "&#36;3" in shown[0].markdown and "$3" in shown[0].plain
    show.table([{"n": 12345, "x": 0.123456}])
    assert "---:" in shown[1].markdown and "12,345" in shown[1].markdown and "0.1235" in shown[1].plain
    show.table({"n": [83_751.5], "x": ["a"]})
    assert "83,752" in shown[-1].plain
    show.table([{"said": "no <PERSON> at 3 < 4", "code": "`<b>`", "end": "</script>"}])
    assert "| no &lt;PERSON> at 3 < 4 | `<b>` | &lt;/script> |" in shown[-1].markdown
    assert "no <PERSON>" in shown[-1].plain
    show.table([])
    assert "no rows" in shown[-1].plain


def test_texts_side_by_side_keep_their_lines_and_no_markup(shown):
    show.side_by_side({"one": "a\n\nb <b>", "two": "c"})
    assert "\n" not in shown[0].markdown and "a<br><br>b &lt;b&gt;" in shown[0].markdown
    assert "one:\na\n\nb <b>" in shown[0].plain


def test_in_a_terminal_the_plain_text_is_printed(capsys):
    show.text("costs $3")
    assert capsys.readouterr().out == "costs $3\n"


def test_a_picture_says_its_numbers_in_its_alt_text(shown):
    plots.bars({"English": 20.0, "Hindi": 32.4}, title="Tokens", unit="tokens", digits=1)
    plots.lines({"whole": [1, 5], "trimmed": [1, 2]}, title="Turns", x="turn", y="tokens", limit=("budget", 3))
    plots.steps({"client": "retries", "model": "tokens"}, title="Path")
    bars, lines, steps = shown
    assert "English 20.0, Hindi 32.4" in bars.alt
    assert "whole goes from 1 at 1 to 5 at 2" in lines.alt and "budget at 3" in lines.alt
    assert "client (retries); then model (tokens)" in steps.alt
    bundle, metadata = bars._repr_mimebundle_()
    assert bundle["text/plain"] == metadata["image/png"]["alt"] == bars.alt
    assert f'alt="{bars.alt}"' in bundle["text/markdown"]
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG")


def test_two_series_of_bars_are_told_apart_in_words_too(shown):
    plots.bars({"new": {"a": 1, "b": 2}, "old": {"a": 3, "b": 4}}, title="t", unit="u", source="mock endpoint")
    assert "new: a 1, b 2; old: a 3, b 4" in shown[0].alt and "Made with the mock endpoint" in shown[0].alt


def test_the_legend_of_several_bars_lies_on_no_bar_and_on_no_title(monkeypatch):
    drawn = []
    monkeypatch.setattr("helpers.plots.charts.show_figure", lambda figure, title, *_: drawn.append((figure, title)))
    long = "Tokens of one text, by two of the tokenizers that this endpoint has"
    plots.bars({"new": {"a": 9, "b": 9}, "old": {"a": 9, "b": 9}}, title=long, unit="u")
    figure, title = drawn[0]
    axes = figure.axes[0]
    heading = axes.set_title(title, loc="left")
    figure.canvas.draw()
    legend = (figure.legends or [axes.get_legend()])[0].get_window_extent()
    assert not [bar for bar in axes.patches if legend.overlaps(bar.get_window_extent())]
    assert not legend.overlaps(heading.get_window_extent()) and figure.bbox.containsx(legend.x1)


def test_measured_values_are_told_with_their_intervals(shown):
    plots.intervals({"A": intervals.share(6, 10), "B": intervals.share(9, 10)}, title="Right", limit=("bar", 0.5))
    assert "A 60% (31 to 83); B 90% (60 to 98); a vertical line marks bar at 50" in shown[0].alt
    plots.intervals({"mean": intervals.Interval(2.0, 1.5, 2.5)}, title="Seconds", unit="s", percent=False)
    assert "mean 2.00 (1.50 to 2.50)" in shown[1].alt


def test_a_tradeoff_names_those_that_none_beats_at_both(shown):
    few, some, many = (intervals.share(k, 10) for k in (3, 5, 8))
    points = {"cheap": (10, few), "good": (90, many), "dear": (100, some), "middle": (50, some)}
    plots.tradeoff(points, title="Prompts", cost="tokens", gain="right", source="mock endpoint")
    assert "dear 50% (24 to 76) at 100" in shown[0].alt
    assert shown[0].alt.endswith("better than cheap, middle, good. Made with the mock endpoint.")


def test_the_same_numbers_make_the_same_picture(shown):
    for _ in range(2):
        plots.bars({"a": 1.0}, title="t", unit="u")
    assert shown[0].png == shown[1].png


def test_sample_data_that_is_not_there_is_answered_with_the_nearest_name():
    with pytest.raises(FileNotFoundError, match=r"tokens/one_notice\.json"):
        data.sample_data("tokens/one_notices.json")


def test_sample_data_is_read_by_its_kind(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "SAMPLE_DATA", tmp_path)
    for name, text in {
        "a.json": '{"x": 1}',
        "a.jsonl": '{"x": 1}\n\n{"x": 2}\n',
        "a.csv": "x\ná\n",
        "a.log": "é",
    }.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert data.load_sample("a.json") == {"x": 1} and data.load_sample("a.jsonl") == [{"x": 1}, {"x": 2}]
    assert data.load_sample("a.csv") == [{"x": "á"}] and data.load_sample("a.log") == "é"


def test_an_artefact_lies_in_the_learners_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("WORKBOOK_HOME", str(tmp_path))
    assert data.artefact("kept.json").parent == tmp_path / "my_work" / "artefacts"


def test_dollars_in_two_cells_do_not_swallow_the_markup_between_them(shown):
    show.side_by_side({"in R$": "R$ 1", "in $": "$ 2"})
    show.table([{"in R$": "R$ 1", "in $": "$ 2", "code": "`$x`"}])
    assert "$" not in shown[0].markdown and "R$ 1" in shown[0].plain
    assert "R&#36; 1 | &#36; 2 | `$x`" in shown[1].markdown
