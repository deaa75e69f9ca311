"""Exercises of lesson 04: split at joints, keep headings, know offsets, drop running lines, doubt a chart."""

from __future__ import annotations

import base64
import json
import re
from itertools import pairwise
from typing import Any

from helpers.data import load_sample, sample_data
from helpers.grading import (
    Option,
    Question,
    ScriptedClient,
    Threshold,
    Wrong,
    attempt,
    exercise,
    for_all,
    observe,
    part,
    quiz,
    strategies,
)
from helpers.grading.failures import EndpointDown

TEXTS = strategies.lists(
    strategies.sampled_from(["One", "two ", "three. ", "\n", "\n\n", "fourteen", " ", "x" * 9]), min_size=1
).map("".join)


def without_overlap(chunks: list[str], overlap: int) -> str:
    """The text again: each chunk but the first without the characters that it repeats."""
    kept = chunks[:1]
    kept += [chunk[min(overlap, len(before)) :] for before, chunk in pairwise(chunks)]
    return "".join(kept)


def repeats(chunks: list[str], overlap: int) -> bool:
    """Whether each chunk begins with the last characters of the one before."""
    tails = [before[-overlap:] if overlap else "" for before in chunks]
    return all(chunk.startswith(tail) for tail, chunk in zip(tails, chunks[1:], strict=False))


@exercise(
    points=5,
    hints=[
        "Begin with `pieces = [text]`. For each joint, replace every piece that is too long by its `parts`.",
        "What is still too long has no joint left: cut it every `limit` characters. Then join neighbours that fit.",
        "For an overlap make pieces of `limit - overlap`, and put the end of the chunk before in front of each.",
    ],
    wrong={
        "strips white space": Wrong(
            """
def split(text, limit, overlap=0):
    pieces = [text]
    for joint in JOINTS:
        pieces = [p for piece in pieces for p in (parts(piece, joint) if len(piece) > limit else [piece])]
    return [piece.strip() for piece in pieces if piece.strip()]
""",
            says="lost",
        ),
        "words longer than the limit": """
def split(text, limit, overlap=0):
    pieces, joined = [text], []
    for joint in JOINTS:
        pieces = [p for piece in pieces for p in (parts(piece, joint) if len(piece) > limit else [piece])]
    for piece in pieces:
        if joined and len(joined[-1]) + len(piece) <= limit:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
""",
        "never joins": Wrong(
            """
def split(text, limit, overlap=0):
    pieces, chunks = [text], []
    for joint in JOINTS:
        pieces = [p for piece in pieces for p in (parts(piece, joint) if len(piece) > limit - overlap else [piece])]
    room = limit - overlap
    for piece in [piece[at : at + room] for piece in pieces for at in range(0, len(piece), room)]:
        chunks.append((chunks[-1][-overlap:] if chunks and overlap else "") + piece)
    return chunks
""",
            says="join",
        ),
        "spaces before paragraphs": """
def split(text, limit, overlap=0):
    room, pieces, joined, chunks = limit - overlap, parts(text, " "), [], []
    for piece in [piece[at : at + room] for piece in pieces for at in range(0, len(piece), room)]:
        if joined and len(joined[-1]) + len(piece) <= room:
            joined[-1] += piece
        else:
            joined.append(piece)
    for piece in joined:
        chunks.append((chunks[-1][-overlap:] if chunks and overlap else "") + piece)
    return chunks
""",
        "the overlap comes on top of the limit": Wrong(
            """
def split(text, limit, overlap=0):
    pieces, joined, chunks = [text], [], []
    for joint in JOINTS:
        pieces = [p for piece in pieces for p in (parts(piece, joint) if len(piece) > limit else [piece])]
    for piece in [piece[at : at + limit] for piece in pieces for at in range(0, len(piece), limit)]:
        if joined and len(joined[-1]) + len(piece) <= limit:
            joined[-1] += piece
        else:
            joined.append(piece)
    for piece in joined:
        chunks.append((chunks[-1][-overlap:] if chunks and overlap else "") + piece)
    return chunks
""",
            says="limit",
        ),
        "no overlap": """
def split(text, limit, overlap=0):
    pieces, joined = [text], []
    for joint in JOINTS:
        pieces = [p for piece in pieces for p in (parts(piece, joint) if len(piece) > limit else [piece])]
    for piece in [piece[at : at + limit] for piece in pieces for at in range(0, len(piece), limit)]:
        if joined and len(joined[-1]) + len(piece) <= limit:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
""",
    },
)
def split(split):
    "Split at joints, and lose nothing"
    limits = strategies.integers(1, 24)
    with part("no chunk is longer than the limit, and nothing is lost", points=2):

        @for_all(text=TEXTS, limit=limits)
        def whole(text, limit):
            attempt(split, text, limit).satisfies(
                lambda chunks: all(0 < len(chunk) <= limit for chunk in chunks),
                expected=f"chunks of 1 to {limit} characters",
                why="A word that is longer than the limit has to be cut too.",
            ).satisfies(
                lambda chunks: "".join(chunks) == text,
                expected="the text again when the chunks are put together",
                why="White space counts: a character that is lost makes every later offset wrong.",
            )

        attempt(split, "", 5).equals([], why="No chunk is empty: an empty text has none.")

    with part("it cuts at the best joint, and joins what fits", points=2):
        why = "Paragraphs before lines, lines before sentences, sentences before spaces."
        attempt(split, "One two.\n\nThree four.", 12).equals(["One two.\n\n", "Three four."], why=why)
        attempt(split, "One two. Three four.", 12).equals(["One two. ", "Three four."], why=why)
        attempt(split, "One two\nthree four", 12).equals(["One two\n", "three four"], why=why)
        attempt(split, "One two three", 8).equals(["One two ", "three"], why="Never inside a word that fits.")
        attempt(split, "a\n\nOne two", 7).equals(["a\n\n", "One two"], why="What is as long as the limit stays whole.")

        @for_all(text=TEXTS, limit=limits)
        def joined(text, limit):
            attempt(split, text, limit).satisfies(
                lambda chunks: all(len(a) + len(b) > limit for a, b in pairwise(chunks)),
                expected="no two neighbours that would fit into one chunk",
                why="Pieces that are smaller than need be are joined again.",
            )

    with part("the overlap is exact, and inside the limit", points=1):

        @for_all(text=TEXTS, limit=strategies.integers(4, 24), overlap=strategies.integers(0, 3))
        def overlapping(text, limit, overlap):
            attempt(split, text, limit, overlap).satisfies(
                lambda chunks: all(len(chunk) <= limit for chunk in chunks),
                expected=f"chunks of at most {limit} characters, the {overlap} repeated ones included",
            ).satisfies(
                lambda chunks: repeats(chunks, overlap),
                expected=f"each chunk begins with the last {overlap} characters of the one before",
            ).satisfies(
                lambda chunks: without_overlap(chunks, overlap) == text,
                expected="the text again when the repeated characters are left out",
            )


# --- tables --------------------------------------------------------------------------------------------------------

HEAD, NARROW = "| Pier | Boats | Depth |", "| Pier | Boats |"
PIERS = ["| North | 14 | 3.5 |", "| South | 9 | 2.1 |", "| West | 22 | 4.0 |"]


def pieces_of(chunks: Any) -> bool:
    return isinstance(chunks, list) and all(isinstance(chunk, str) for chunk in chunks)


@exercise(
    points=4,
    hints=[
        "Go through the tables in their order and remember the headings of the last one.",
        "For each row: if the chunk with it would be longer than `limit` and has rows already, close the chunk first.",
        'A table goes on where its headings are "" and `rows[0].count("|")` equals the count in the remembered ones.',
    ],
    wrong={
        "headings only once": Wrong(
            """
def table_chunks(tables, limit):
    chunks = []
    for head, rows in tables:
        chunk = [head] if head else []
        for line in rows:
            if len(chunk) > 1 and len("\\n".join([*chunk, line])) > limit:
                chunks.append("\\n".join(chunk))
                chunk = []
            chunk.append(line)
        chunks.append("\\n".join(chunk))
    return chunks
""",
            says="headings",
        ),
        "the limit forgets the headings": """
def table_chunks(tables, limit):
    chunks, head = [], ""
    for own, rows in tables:
        goes_on = not own and rows and rows[0].count("|") == head.count("|")
        head = head if goes_on else own
        chunk = []
        for row in rows:
            if chunk and len("\\n".join([*chunk, row])) > limit:
                chunks.append("\\n".join([head, *chunk] if head else chunk))
                chunk = []
            chunk.append(row)
        if chunk:
            chunks.append("\\n".join([head, *chunk] if head else chunk))
    return chunks
""",
        "a table never goes on": Wrong(
            """
def table_chunks(tables, limit):
    chunks = []
    for head, rows in tables:
        chunk = []
        for row in rows:
            if chunk and len("\\n".join(([head] if head else []) + [*chunk, row])) > limit:
                chunks.append("\\n".join(([head] if head else []) + chunk))
                chunk = []
            chunk.append(row)
        if chunk:
            chunks.append("\\n".join(([head] if head else []) + chunk))
    return chunks
""",
            says="goes on",
        ),
        "every table without headings goes on": """
def table_chunks(tables, limit):
    chunks, head = [], ""
    for own, rows in tables:
        head = own or head
        chunk = []
        for row in rows:
            if chunk and len("\\n".join(([head] if head else []) + [*chunk, row])) > limit:
                chunks.append("\\n".join(([head] if head else []) + chunk))
                chunk = []
            chunk.append(row)
        if chunk:
            chunks.append("\\n".join(([head] if head else []) + chunk))
    return chunks
""",
        "a chunk for every row": """
def table_chunks(tables, limit):
    chunks, head = [], ""
    for own, rows in tables:
        head = head if not own and rows and rows[0].count("|") == head.count("|") else own
        chunks += [f"{head}\\n{row}" if head else row for row in rows]
    return chunks
""",
        "the last rows are lost": """
def table_chunks(tables, limit):
    chunks, head = [], ""
    for own, rows in tables:
        head = head if not own and rows and rows[0].count("|") == head.count("|") else own
        chunk = []
        for row in rows:
            if chunk and len("\\n".join(([head] if head else []) + [*chunk, row])) > limit:
                chunks.append("\\n".join(([head] if head else []) + chunk))
                chunk = []
            chunk.append(row)
    return chunks
""",
    },
)
def table_chunks(table_chunks):
    "Keep the headings with the rows"
    two = len(HEAD) + 2 + len(PIERS[0]) + len(PIERS[1])
    with part("every chunk begins with its headings", points=1):
        attempt(table_chunks, [(HEAD, PIERS)], two).is_a(list).equals(
            [f"{HEAD}\n{PIERS[0]}\n{PIERS[1]}", f"{HEAD}\n{PIERS[2]}"],
            why="Headings first, then rows, a line each; without its headings a row cannot be read.",
        )
    with part("each row is there once, whole, and as many as fit", points=2):
        cells = strategies.sampled_from(["1", "22", "(3,333)", "a long name of a pier"])
        row = strategies.tuples(cells, cells, cells).map(lambda own: f"| {' | '.join(own)} |")

        @for_all(rows=strategies.lists(row, min_size=1, max_size=8), limit=strategies.integers(10, 160))
        def whole(rows, limit):
            attempt(table_chunks, [(HEAD, rows)], limit).satisfies(
                lambda chunks: pieces_of(chunks) and [r for c in chunks for r in c.split("\n")[1:]] == rows,
                expected="every row once, uncut, in the order of the table",
            ).equals(
                reference_chunks([(HEAD, rows)], limit),
                why="A chunk is closed when the next row would make it longer than the limit, headings included.",
            )

    with part("a table that goes on takes the headings before it", points=1):
        attempt(table_chunks, [(HEAD, PIERS[:1]), ("", PIERS[1:])], 400).equals(
            [f"{HEAD}\n{PIERS[0]}", f"{HEAD}\n{PIERS[1]}\n{PIERS[2]}"],
            why="The second table has no headings and as many columns as the one before: it goes on.",
        )
        attempt(table_chunks, [(HEAD, PIERS[:1]), ("", ["| Ada | 3 |"]), ("", PIERS[1:2])], 400).equals(
            [f"{HEAD}\n{PIERS[0]}", "| Ada | 3 |", PIERS[1]],
            why="Another number of columns is another table: its rows stand alone, and so do those after it.",
        )
        attempt(table_chunks, [("", PIERS[:1]), (NARROW, ["| East | 1 |"])], 400).equals(
            [PIERS[0], f"{NARROW}\n| East | 1 |"], why="Without any headings before it a row stands alone."
        )


def reference_chunks(tables: list[tuple[str, list[str]]], limit: int) -> list[str]:
    """As the exercise asks; headings that are empty are no line."""
    chunks, head = [], ""
    for own, rows in tables:
        if own or not rows or rows[0].count("|") != head.count("|"):
            head = own
        lines: list[str] = []
        for row in rows:
            if lines and len("\n".join(filter(None, [head, *lines, row]))) > limit:
                chunks.append("\n".join(filter(None, [head, *lines])))
                lines = []
            lines.append(row)
        if lines:
            chunks.append("\n".join(filter(None, [head, *lines])))
    return chunks


# --- offsets -------------------------------------------------------------------------------------------------------


def cuttings():
    """Texts that repeat themselves, cut with an overlap: (text, chunks, overlap, places)."""
    words = strategies.lists(strategies.sampled_from(["ab", "a", "b ", "ab ab", "\n"]), min_size=1, max_size=12)

    def build(words, size, overlap):
        text, places, at = "".join(words), [], 0
        while at < len(text):
            places.append((at, min(len(text), at + size)))
            if at + size >= len(text):
                break
            at += size - overlap
        return text, [text[a:b] for a, b in places], overlap, places

    return strategies.builds(build, words, strategies.integers(4, 7), strategies.integers(0, 3))


@exercise(
    points=3,
    hints=[
        "`text.index(chunk, begin)` looks for the chunk from `begin` on.",
        "Remember where the last chunk ended. The next one begins there, or up to `overlap` characters before.",
        "`start = text.index(chunk, max(0, end - overlap))`, and then `end` is `start` and the chunk's length.",
    ],
    wrong={
        "searches from the beginning": Wrong(
            """
def locate(text, chunks, overlap=0):
    return [(text.find(chunk), text.find(chunk) + len(chunk)) for chunk in chunks]
""",
            says="again",
        ),
        "counts lengths": Wrong(
            """
def locate(text, chunks, overlap=0):
    places, end = [], 0
    for chunk in chunks:
        start = max(0, end - overlap)
        end = start + len(chunk)
        places.append((start, end))
    return places
""",
            says="white space",
        ),
        "forgets the overlap": """
def locate(text, chunks, overlap=0):
    places, end = [], 0
    for chunk in chunks:
        start = text.find(chunk, end)
        end = start + len(chunk)
        places.append((start, end))
    return places
""",
        "from the last start": """
def locate(text, chunks, overlap=0):
    places, start = [], -1
    for chunk in chunks:
        start = text.find(chunk, start + 1)
        places.append((start, start + len(chunk)))
    return places
""",
    },
)
def locate(locate):
    "Know where each chunk stands"
    with part("a text that says a thing twice", points=1):
        attempt(locate, "a b a", ["a", "b", "a"]).equals(
            [(0, 1), (2, 3), (4, 5)], why="The last chunk is the second “a”: the first was cut before. It comes again."
        )
        attempt(locate, "aa", ["a", "a"]).equals(
            [(0, 1), (1, 2)], why="Without overlap a chunk begins where the last one ended, at the earliest."
        )
    with part("white space between chunks may be gone", points=1):
        attempt(locate, "one\n\ntwo  one", ["one", "two", "one"]).equals(
            [(0, 3), (5, 8), (10, 13)], why="A splitter dropped white space between the chunks; the text still has it."
        )
    with part("chunks that overlap", points=1):

        @for_all(case=cuttings())
        def exact(case):
            text, chunks, overlap, places = case
            attempt(locate, text, chunks, overlap).equals(
                places, why="Each chunk begins up to `overlap` characters before the end of the last one."
            )


# --- running lines -------------------------------------------------------------------------------------------------


@exercise(
    points=3,
    hints=[
        'Cut each page into lines with `split("\\n")`; the first and the last are all that may go.',
        '`re.sub(r"\\d+", "0", line)` makes “Page 3” and “Page 12” alike. Count how often each first line comes so.',
        "Remove the first line where its count is more than half of the pages; the same for the last lines.",
    ],
    wrong={
        "compares with numbers": Wrong(
            """
def without_running_lines(pages):
    if len(pages) < 3:
        return list(pages)
    lines = [page.split("\\n") for page in pages]
    tops, feet = [own[0] for own in lines], [own[-1] for own in lines]
    often = lambda line, all_lines: int(all_lines.count(line) > len(pages) / 2)
    return ["\\n".join(own[often(own[0], tops) : len(own) - often(own[-1], feet)]) for own in lines]
""",
            says="digits",
        ),
        "first and last line of every page": """
def without_running_lines(pages):
    return ["\\n".join(page.split("\\n")[1:-1]) for page in pages]
""",
        "anywhere on the page": """
def without_running_lines(pages):
    if len(pages) < 3:
        return list(pages)
    shape = lambda line: re.sub(r"\\d+", "0", line)
    counts = {}
    for page in pages:
        for line in set(map(shape, page.split("\\n"))):
            counts[line] = counts.get(line, 0) + 1
    return ["\\n".join(line for line in page.split("\\n") if counts[shape(line)] <= len(pages) / 2) for page in pages]
""",
        "twice is enough": """
def without_running_lines(pages):
    if len(pages) < 3:
        return list(pages)
    lines = [page.split("\\n") for page in pages]
    tops = [re.sub(r"\\d+", "0", own[0]) for own in lines]
    feet = [re.sub(r"\\d+", "0", own[-1]) for own in lines]
    return ["\\n".join(own[int(tops.count(top) > 1): len(own) - int(feet.count(foot) > 1)])
            for own, top, foot in zip(lines, tops, feet)]
""",
        "also in two pages": """
def without_running_lines(pages):
    lines = [page.split("\\n") for page in pages]
    tops = [re.sub(r"\\d+", "0", own[0]) for own in lines]
    feet = [re.sub(r"\\d+", "0", own[-1]) for own in lines]
    return ["\\n".join(own[int(tops.count(top) > len(pages) / 2): len(own) - int(feet.count(foot) > len(pages) / 2)])
            for own, top, foot in zip(lines, tops, feet)]
""",
    },
)
def without_running_lines(without_running_lines):
    "Take the running lines away"
    bodies = [f"Chapter {word}\nText of {word}." for word in ("one", "two", "three", "four", "five")]
    with part("planted headers and footers are gone, and nothing else", points=1):
        pages = [f"Harbour report\n{body}\nPage {i}" for i, body in enumerate(bodies, 8)]
        why = "“Page 8” and “Page 12” are alike once every run of digits is the same."
        attempt(without_running_lines, pages).equals(bodies, why=why).unchanged()
    with part("the body stays, even where it repeats itself", points=1):
        same = [f"Harbour report\nNote\n{body}\nNote" if i < 2 else f"Harbour report\nNote\n{body}\nEnd {body[-5:]}"
                for i, body in enumerate(bodies)]  # fmt: skip
        attempt(without_running_lines, same).equals(
            [page.partition("\n")[2] for page in same],
            why="Only the first and the last line may go, and only where more than half of the pages have one like it.",
        )
        half = ["Note\none\nEnd", "Note\ntwo\nEnd", "Oars\nthree\nSails", "Ropes\nfour\nKeels"]
        attempt(without_running_lines, half).equals(half, why="Two of four pages are half, and not more than half.")
        few = ["Title\nText.\nPage 1", "Title\nMore.\nPage 2"]
        attempt(without_running_lines, few).equals(few, why="Two pages are too few to tell what runs through.")
    with part("on pages of any kind", points=1):
        lines = strategies.lists(strategies.sampled_from(["A 1", "A 2", "B", "C", "| 7 |"]), min_size=3, max_size=5)

        @for_all(pages=strategies.lists(lines.map("\n".join), max_size=6))
        def any_kind(pages):
            attempt(without_running_lines, pages).equals(
                reference_lines(pages), why="Count first lines with first lines, and last lines with last lines."
            )


def reference_lines(pages: list[str]) -> list[str]:
    """As the exercise asks."""
    if len(pages) < 3:
        return list(pages)
    cut = [page.split("\n") for page in pages]
    alike = [[re.sub(r"\d+", "0", line) for line in own] for own in cut]
    kept = []
    for own, like in zip(cut, alike, strict=True):
        runs = [2 * sum(other[i] == like[i] for other in alike) > len(pages) for i in (0, -1)]
        kept.append("\n".join(own[runs[0] : len(own) - runs[1]]))
    return kept


# --- charts --------------------------------------------------------------------------------------------------------

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
RIGHT_OF_SIX = Threshold(mock=1.0, live=0.6)  # of labels of well described charts


def told(**values: float) -> dict[str, Any]:
    return {"points": [{"label": label, "value": value} for label, value in values.items()]}


READ = """
    messages = about_picture("Read this chart.", picture)
    reply = client.chat.completions.create(model=model, messages=messages, response_format=AS_POINTS)
    points = json.loads(reply.choices[0].message.content)["points"]
    series = {point["label"]: point["value"] for point in points}
"""


@exercise(
    points=4,
    live_calls=4,
    live_tokens=8_000,
    hints=[
        "`client.chat.completions.create(model=…, messages=about_picture(…), response_format=AS_POINTS)`",
        '`json.loads(reply.choices[0].message.content)["points"]` is a list of `{"label": …, "value": …}`.',
        "A label is to be doubted if for all of `numbers_in(notes)` the distance to its value is more than 0.05.",
    ],
    wrong={
        "believes everything": Wrong(
            f"def read_chart(client, model, picture, notes):{READ}    return series, []\n", says="West"
        ),
        "reads the notes and not the picture": """
def read_chart(client, model, picture, notes):
    messages = [{"role": "user", "content": notes}]
    reply = client.chat.completions.create(model=model, messages=messages, response_format=AS_POINTS)
    points = json.loads(reply.choices[0].message.content)["points"]
    told = numbers_in(notes)
    series = {point["label"]: point["value"] for point in points}
    return series, [label for label, value in series.items() if all(abs(value - n) > 0.05 for n in told)]
""",
        "compares as text": Wrong(
            f"def read_chart(client, model, picture, notes):{READ}"
            "    return series, [label for label, value in series.items() if str(value) not in notes]\n",
            says="tried",
        ),
        "one number is enough": f"def read_chart(client, model, picture, notes):{READ}"
        "    near = any(abs(v - n) <= 0.05 for v in series.values() for n in numbers_in(notes))\n"
        "    return series, [] if near else list(series)\n",
        "exact": f"def read_chart(client, model, picture, notes):{READ}"
        "    return series, [label for label, value in series.items() if value not in numbers_in(notes)]\n",
    },
)
def read_chart(read_chart, endpoint):
    "Read a chart, and doubt it"
    with part("the picture is sent, and the reply is read", points=1):
        script = ScriptedClient([told(North=14, South=9.5)])
        attempt(read_chart, script.client, "any", PNG, "North 14, South 9.5").satisfies(
            lambda result: isinstance(result, tuple) and result[0] == {"North": 14, "South": 9.5},
            expected="the series first: {'North': 14, 'South': 9.5}",
        )
        sent = json.dumps(script.requests[0])
        observe(request_begins=sent[:300])
        assert base64.b64encode(PNG).decode() in sent, "The picture itself has to be in the request: `about_picture`."
        assert script.requests[0].get("response_format"), "Ask for JSON of a known shape: `response_format=AS_POINTS`."
    with part("what the notes do not confirm is doubted", points=2):
        for values, notes, doubted in (
            ({"North": 14.0, "West": 22.5}, "Boats: North 14, West 25.2.", ["West"]),
            ({"North": 1431.6, "South": 9.5}, "North 1,431.6 and South 9.54", []),
            ({"North": -3.2, "South": 14.1}, "North 3.2, South 14", ["North", "South"]),
            ({"North": 14.0}, "We are fuller than a year ago.", ["North"]),
        ):
            attempt(read_chart, ScriptedClient([told(**values)]).client, "any", PNG, notes).equals(
                (values, doubted),
                why=f"The notes say “{notes}”. A value within 0.05 of one of their numbers is confirmed.",
            )
    with part("on your endpoint: right, or doubted", points=1):
        slides = [one for one in load_sample("companies/slides.json") if "segments" in one["file"]]
        sees_pictures(endpoint, slides[1])
        right = total = 0
        for slide in slides:
            picture = sample_data(f"companies/{slide['file']}").read_bytes()
            series, doubtful = attempt(read_chart, endpoint.client, endpoint.chat_large, picture, slide["notes"]).result
            for label, value in slide["values"].items():
                fits = abs(series.get(label, float("inf")) - value) <= 0.05
                assert fits or label in doubtful or label not in series, (
                    f"{label} is {series[label]} in your series and {value} in truth, and it is not doubted."
                )
                total, right = total + slide["alt_is_right"], right + (fits and slide["alt_is_right"])
        assert right >= RIGHT_OF_SIX.on(endpoint) * total, f"Only {right} of {total} values were read right."


def sees_pictures(endpoint: Any, slide: dict[str, Any]) -> None:
    """Raises EndpointDown where the model takes no pictures, or reads nothing off a clear one."""
    label, value = next(iter(slide["values"].items()))
    picture = base64.b64encode(sample_data(f"companies/{slide['file']}").read_bytes()).decode()
    parts = [
        {"type": "text", "text": f"What is the value of {label} in this chart?"},
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{picture}"}},
    ]
    blind = "The chat model of your profile does not read pictures. Choose one that does, or use the mock."
    if not endpoint.can("pictures"):
        raise EndpointDown(blind)
    reply = endpoint.client.chat.completions.create(
        model=endpoint.chat_large, messages=[{"role": "user", "content": parts}], max_completion_tokens=2_000
    )
    if f"{value:.1f}" not in (reply.choices[0].message.content or ""):
        raise EndpointDown(blind)


recap = quiz(
    "recap",
    points=4,
    title="What you take along",
    hints=["1: the surprise. 2: “Where does it stand?” 3: “Looked right, was wrong”. 4: the slide."],
    questions=[
        Question(
            "The answer is last year's figure, and the page is right. What do you look at first?",
            options=[
                Option("the model's temperature", because="It sampled nothing odd: the text it read was ambiguous."),
                Option(
                    "the chunk that the model was given",
                    right=True,
                    because="Only what stands in the chunk can be read.",
                ),
                Option("the embedding model", because="It found the right page; the headings were missing there."),
            ],
        ),
        Question(
            "A splitter gives texts without places. When is `text.find(chunk)` the chunk's place?",
            options=[
                Option(
                    "when its text stands there only once",
                    right=True,
                    because="Else it finds the first one; search on from the last chunk's end.",
                ),
                Option("always", because="A report repeats its tables' rows and its headers."),
                Option("when chunks do not overlap", because="Repetition has nothing to do with the overlap."),
            ],
        ),
        Question(
            "Chunks hold the figure for 12 of 16 questions. What does that number leave out?",
            options=[
                Option("how long the chunks are", because="True, but it is not what makes answers wrong here."),
                Option("nothing: that is recall", because="A figure whose column is unknown answers no question."),
                Option(
                    "whether the figure can be read there",
                    right=True,
                    because="Without its column's heading it is a number, not an answer.",
                ),
            ],
        ),
        Question(
            "A chart's picture and its alternative text disagree. What now?",
            options=[
                Option("believe the picture", because="A model misreads pictures too, and says so with certainty."),
                Option(
                    "compare with a third source, and mark the value as doubtful",
                    right=True,
                    because="Notes, the table or the filing decide; until then it is doubtful.",
                ),
                Option("believe the text", because="It was last year's: somebody copied the slide."),
            ],
        ),
    ],
)
