"""What a request says: instructions, data, passages, examples, labels, question and limits, read by general marks.

Nothing here knows a lesson: a part is told by its delimiters, its heading, its place, or the common words of prompts.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from ..api.contracts import Tools
from ..api.requests import ChatRequest, Message
from ..api.schemas import Schema
from ..text.language import sentences
from .blocks import Block, Page, fold
from .choice import read_choice
from .examples import Example, Pairs, examples_in, pairs_on
from .grounded import read_grounded
from .items import ORDERS, Item, is_led, item_by_place
from .labels import Label, asks_to_choose, described_by_rules, read_labels
from .limits import Limits, read_limits
from .marking import unmarked
from .passages import Passage, has_marks, passages_in
from .pictures import Sight, sight_of
from .speech import is_interrogative
from .tasks import asks_for_summary, asks_for_text_work, is_data_rule


@dataclass(frozen=True)
class Turn:
    """An earlier turn of the conversation; role is user or assistant. pictures: what is seen of each picture.

    name: of the participant, where the message bears one.
    """

    role: str
    text: str
    pictures: tuple[Sight, ...] = ()
    name: str = ""


@dataclass(frozen=True)
class Result:
    """What a tool answered to a call since the last user message; arguments is the call's JSON text."""

    name: str
    arguments: str
    text: str


@dataclass(frozen=True)
class Prompt:
    """A request as it is understood.

    rules: the system and developer messages, whole. said: the last user message, whole. request: what is left of it
    without what is marked as data: all of it where nothing is marked, or nothing would be left. instructions: every
    sentence that tells what to do, from both, without data, examples and headings' texts that are data.
    """

    rules: str = ""
    said: str = ""
    request: str = ""
    instructions: str = ""
    history: tuple[Turn, ...] = ()
    passages: tuple[Passage, ...] = ()
    examples: tuple[Example, ...] = ()
    labels: tuple[Label, ...] = ()
    item: Item | None = None
    texts: tuple[str, ...] = ()  # several texts that are each to get a label
    question: str = ""
    limits: Limits = field(default_factory=Limits)
    pictures: tuple[Sight, ...] = ()  # of the last user message
    open_slot: bool = False  # the prompt ends with `Label:` or `Answer:`, to be filled in
    loose: bool = False  # the passages are only the text around a question, not marked as anything to answer from
    schema: Schema | None = None  # that the reply must keep
    json_mode: bool = False  # the reply must be a JSON object
    tools: Tools = field(default_factory=Tools)
    results: tuple[Result, ...] = ()
    speaker: str = ""  # the name that the last user message bears


@dataclass(frozen=True)
class _Part:
    """A message text taken apart."""

    page: Page
    pairs: Pairs
    blocks: tuple[Block, ...]
    examples: tuple[Example, ...]

    @property
    def prose(self) -> list[Block]:
        """Blocks that hold instructions."""
        return [b for b in self.blocks if not b.delimited and b.role in ("prose", "instruction", "labels")] + [
            b for b in self.blocks if b.delimited and b.role in ("instruction", "labels")
        ]

    @property
    def data(self) -> list[Block]:
        """Blocks that hold data: delimited and not said to be something else, or under a heading such as Context."""
        return [b for b in self.blocks if b.role == "data" or (b.delimited and b.role in ("prose", "slot"))]


def read_prompt(request: ChatRequest) -> Prompt:
    """Read the messages of a request, and what it demands of the reply's form."""
    return replace(
        read_messages(request.messages),
        schema=request.response_format.schema,
        json_mode=request.response_format.kind == "json_object",
        tools=request.tools,
        results=_results(request.messages),
    )


def _results(messages: Sequence[Message]) -> tuple[Result, ...]:
    """The calls made since the last user message, with their results."""
    last = max((i for i, m in enumerate(messages) if m.role == "user"), default=-1)
    since = messages[last + 1 :]
    calls = {call.id: call for m in since for call in m.tool_calls}
    found = [(calls.get(m.tool_call_id or ""), m.text) for m in since if m.role == "tool"]
    return tuple(Result(call.name, call.arguments, text) for call, text in found if call is not None)


def read_messages(messages: Sequence[Message]) -> Prompt:
    """Read a conversation: what the last user message asks, with the rules and the turns before it."""
    rules = "\n\n".join(m.text for m in messages if m.role in ("system", "developer") and m.text)
    last = max((i for i, m in enumerate(messages) if m.role == "user"), default=None)
    said = messages[last].text if last is not None else ""
    history = tuple(
        Turn(m.role, m.text, _sights_of(m), m.name or "")
        for m in messages[:last]
        if m.role in ("user", "assistant") and (m.text or m.pictures)
    )
    pictures = _sights_of(messages[last]) if last is not None else ()
    system, user = _take_apart(rules), _take_apart(said, pictures)

    examples = system.examples + user.examples
    turns = _turn_pairs(history)
    labels = _labels(system, user, examples, turns)
    names = {label.name.lower() for label in labels}
    examples += tuple(e for e in turns if _as_label(e.output) in names)
    passages, in_user = _passages(system, user, history)
    item = _item(system, user, said, names)
    texts: tuple[str, ...] = ()
    choice = None if examples else read_choice(system.page, user.page)
    if choice is not None:
        rules_told = sentences("\n".join(block.text for block in (*system.prose, *user.prose)))
        labels = tuple(described_by_rules(choice.labels, _beside(rules_told, choice.labels)))
        item, texts = Item(choice.text, choice.delimited), choice.texts
    question = _question(system, user, said, in_user)
    loose = () if passages or labels else _loose_passages(system, user, question)
    instructions = _instructions(system, user, item) if choice is None else choice.told
    read = Prompt(
        rules=rules,
        said=said,
        request=_request(system, user, said),
        instructions=instructions,
        history=history,
        passages=passages or loose,
        examples=examples,
        labels=labels,
        item=item,
        texts=texts,
        question=(_asked(question) or question) if loose else question,
        limits=read_limits(instructions),
        pictures=pictures,
        open_slot=_ends_with_slot(user),
        loose=bool(loose),
        speaker=(messages[last].name or "") if last is not None else "",
    )
    shown = bool(examples) and (bool(labels) or user.pairs.open_input is not None)
    return read if shown or pictures else _as_grounded(read)


def _as_grounded(read: Prompt) -> Prompt:
    """A prompt whose text and question stand in a layout without marks, or as data, read by what its parts do."""
    earlier = [turn.text for turn in reversed(read.history) if turn.role == "user"]
    found = read_grounded(read.rules, read.said, earlier)
    if (
        found is None
        or asks_to_choose(f"{found.orders}\n{found.question}" if read.labels else found.orders)
        or asks_for_summary(f"{found.orders}\n{found.question}")
    ):
        return read
    plain = bool(read.passages) and not read.loose
    if not found.sure and (plain or read.examples or read.labels or not is_interrogative(found.question)):
        return read
    limits = read_limits(found.orders)
    return replace(
        read,
        passages=found.passages,
        question=found.question,
        labels=(),
        examples=(),
        loose=not found.sure,
        limits=replace(
            limits,
            decline=found.decline or limits.decline or read.limits.decline,
            cite=limits.cite or found.citing is not None,
            cite_marks=(found.citing.open, found.citing.close) if found.citing else limits.cite_marks,
        ),
    )


def _ends_with_slot(user: _Part) -> bool:
    if user.pairs.examples and user.pairs.open_input is not None:
        return True
    last = user.blocks[-1] if user.blocks else None
    return last is not None and last.role == "slot" and not last.text.strip()


def _request(system: _Part, user: _Part, said: str) -> str:
    data = {id(block) for block in user.data}
    own = "\n\n".join(b.text.strip() for b in user.blocks if id(b) not in data and b.text.strip())
    if not data:
        return said
    if len(" ".join(s for s in sentences(own) if not is_data_rule(s)).split()) > 1:
        return own
    # A message that is data and nothing else: where the rules say what is to be done with a text, that is the request.
    told = "\n".join(b.text for b in system.prose)
    return told if any(b.delimited for b in user.data) and asks_for_text_work(told) else said


_MOST_SPACE = 40
_LONG_SPACE = re.compile(rf"\s{{{_MOST_SPACE},}}")


def _shorter(space: re.Match[str]) -> str:
    """A run of white space cut short; one that ends a line or a paragraph still does."""
    kept, rest = space.group()[:_MOST_SPACE], space.group()[_MOST_SPACE:]
    return kept + "\n" * min(rest.count("\n"), max(0, 2 - kept.count("\n")))


def _sights_of(message: Message) -> tuple[Sight, ...]:
    return tuple(sight_of(picture) for picture in message.pictures)


_PICTURE = "picture"


def _take_apart(text: str, pictures: Sequence[Sight] = ()) -> _Part:
    """A message's text in its parts; the text of its pictures is data like any that stands between delimiters."""
    # The reader's patterns look past white space at many places; a bound on its runs keeps them linear.
    page = fold(_LONG_SPACE.sub(_shorter, text))
    pairs = pairs_on(page)
    rest = _without(page.text, pairs.spans) if pairs.examples else page.text
    found = [_plain(block) for block in Page(rest, page.held).blocks()]
    nested = [example for block in found if block.role == "examples" for example in examples_in(block)]
    shown = [
        Block(own.text, _PICTURE, True, (("id", f"{_PICTURE} {i}"),)) for i, own in enumerate(pictures, 1) if own.text
    ]
    parted = [part for block in found if block.role != "examples" for part in _without_orders(block)]
    return _Part(page, pairs, (*shown, *parted), (*pairs.examples, *nested))


def _plain(block: Block) -> Block:
    """A block of data whose words are marked or encoded, as it reads without that."""
    if not block.delimited and block.role not in ("data", "prose"):
        return block
    text, marking = unmarked(block.text)
    return replace(block, text=text) if marking else block


def _without_orders(block: Block) -> list[Block]:
    """Data under a heading ends before a last paragraph that says what to do with it; a question ends with its mark."""
    if not block.delimited and block.role == "question":
        asked, gap, rest = block.text.strip().partition("?\n")
        return [Block(asked + "?", block.heading), Block(rest)] if gap and rest.strip() else [block]
    if block.delimited or block.role != "data":
        return [block]
    text, gap, last = block.text.rstrip().rpartition("\n\n")
    if not gap or not text.strip() or not (ORDERS.match(last) or asks_to_choose(last)) or has_marks(last):
        return [block]
    return [Block(text, block.heading), Block(last)]


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    kept, start = [], 0
    for begin, end in spans:
        kept.append(text[start:begin])
        start = max(start, end)
    return "\n".join([*kept, text[start:]])


# --- labels and the text to be labelled ----------------------------------------------------------------------------


def _turn_pairs(history: Sequence[Turn]) -> tuple[Example, ...]:
    """Earlier turns as examples: what the user said and a short reply to it."""
    return tuple(
        Example(a.text, b.text)
        for a, b in pairwise(history)
        if a.role == "user" and b.role == "assistant" and len(b.text.split()) <= 6
    )


def _beside(rules: Sequence[str], labels: Sequence[Label]) -> list[str]:
    return [s for s in rules if not any(s.lower().startswith(label.name.lower()) for label in labels)]


def _as_label(text: str) -> str:
    return text.strip().strip("\"'`.").lower()


_YES_AND_NO = frozenset(("yes", "no", "sim", "não", "sí"))


def _labels(system: _Part, user: _Part, examples: Sequence[Example], turns: Sequence[Example]) -> tuple[Label, ...]:
    parts = [*system.prose, *user.prose]
    prose = "\n".join(block.text for block in parts)
    told = " ".join(sentence for sentence in sentences(prose) if not is_data_rule(sentence))
    choosing = asks_to_choose(told) or any(b.role == "labels" for b in parts)
    if not choosing and not examples:
        return ()
    outputs = [e.output for e in examples] or ([e.output for e in turns] if choosing else [])
    labels = read_labels(parts if choosing else [], outputs)
    asks = any(b.role == "question" and b.text.strip() for b in (*system.blocks, *user.blocks))
    if asks and not examples and {label.name.lower() for label in labels} <= _YES_AND_NO:
        return ()  # a question about a text, to be answered with yes or no
    rules = [s for s in sentences(prose) if not any(s.lower().startswith(label.name.lower()) for label in labels)]
    return tuple(described_by_rules(labels, rules))


def _item(system: _Part, user: _Part, said: str, labels: Collection[str]) -> Item | None:
    """The text to work on, by the clearest mark: an open pair, a delimiter, a heading, its own message, its place."""
    if user.pairs.examples and user.pairs.open_input is not None:
        return Item(user.pairs.open_input, user.pairs.open_is_delimited)
    for delimited in (True, False):
        marked = [b for b in user.data if b.delimited is delimited and b.text.strip()]
        if marked and marked[-1].heading == _PICTURE:
            return Item("\n\n".join(b.text.strip() for b in marked), True)
        if marked:
            return Item(marked[-1].text.strip(), delimited)
    prose = "\n".join(b.text for b in user.prose).strip()
    if not asks_to_choose(prose) and not is_led(prose) and _is_instructed(system):
        return Item(said.strip(), False) if said.strip() else None
    return item_by_place(_as_written(user), labels)


def _as_written(user: _Part) -> str:
    """The user's words with their headings, without delimited text."""
    kept = [b for b in user.blocks if not b.delimited and b.role != "examples"]
    return "\n\n".join(f"{b.heading}: {b.text.strip()}" if b.heading else b.text for b in kept).strip()


def _is_instructed(system: _Part) -> bool:
    return any(b.text.strip() for b in system.prose)


# --- passages and the question -------------------------------------------------------------------------------------


def _passages(system: _Part, user: _Part, history: Sequence[Turn]) -> tuple[tuple[Passage, ...], bool]:
    """The passages of the prompt, and whether they stand in the last user message."""
    own = _passages_of(user)
    others = _passages_of(system)
    if not own and not others:
        for turn in reversed(history):
            if turn.role == "user" and (earlier := _passages_of(_take_apart(turn.text, turn.pictures))):
                return tuple(earlier), False
    return tuple([*others, *own]), bool(own)


def _passages_of(part: _Part) -> list[Passage]:
    found = [passage for block in part.data for passage in passages_in(block)]
    for block in part.blocks:
        if block.role == "prose" and not block.delimited and has_marks(block.text):
            found += [p for p in passages_in(block) if p.id is not None]
    found = found or [Passage(text) for text in _announced(part)]
    return [passage for passage in found if passage.text]


_LEAST_ANNOUNCED = 20  # words of a text that a line with a colon announces


def _announced(part: _Part) -> list[str]:
    """Paragraphs after a line that ends with a colon (`These are the minutes:`), up to one that gives orders."""
    texts = [text for block in part.prose if not block.delimited for text in re.split(r"\n[ \t]*\n", block.text)]
    found: list[str] = []
    inside = False
    for text in (t.strip() for t in texts):
        if inside and not ORDERS.match(text):
            found.append(text)
        else:
            lead, _, rest = text.rpartition(":\n")
            inside = text.endswith(":") or bool(lead and "\n" not in lead)
            found += [rest.strip()] if inside and rest.strip() else []
    return found if sum(len(text.split()) for text in found) >= _LEAST_ANNOUNCED else []


# `A patient writes: ...`, `The guest wants to know: ...`
_WRITTEN = re.compile(
    r"^[^\n:.?!]{0,60}\b(?:writes?|wrote|asks?|asked|says?|said|wants to know|question is|pergunta|pregunta)[ "
    r"\t]*:[ \t]*"
    r"([^\n]+)",
    re.MULTILINE | re.IGNORECASE,
)


def _question(system: _Part, user: _Part, said: str, passages_in_user: bool) -> str:
    for part in (user, system):
        asked = [b.text.strip() for b in part.blocks if b.role == "question" and b.text.strip()]
        if asked:
            own = _first_paragraph(asked[-1])
            return own[: own.rindex("?") + 1] if "?" in own else own  # what follows a question is about its answer
    prose = "\n".join(b.text for b in user.blocks if not b.delimited and b.role in ("prose", "instruction")).strip()
    if written := _WRITTEN.search(prose):
        return written[1].strip()
    if not passages_in_user:
        prose = prose or said.strip()
        asked = [s for s in sentences(prose) if s.endswith(("?", "？"))]
        return " ".join(asked) if asked and len(prose.split()) > 40 else prose
    found = sentences(prose)
    asked = [s for s in found if s.endswith(("?", "？"))]
    if asked:
        return " ".join(asked)
    plain = [s for s in found if not _is_about_form(s) and not is_data_rule(s)]
    return plain[-1] if plain else ""


def _loose_passages(system: _Part, user: _Part, question: str) -> tuple[Passage, ...]:
    """The statements that stand around a question without any mark: a text and what to find in it, or what the system
    message tells beside its orders."""
    asked = _asked(question)
    prose = "\n".join(b.text for b in user.prose)
    told = [s for s in sentences(prose) if not s.endswith(("?", "？")) and not _is_about_form(s)]
    if asked and told:
        return (Passage(" ".join(told)),)
    rules = "\n".join(b.text for b in system.prose)
    facts = [s for s in sentences(rules) if not ORDERS.match(s) and not _is_about_form(s) and len(s.split()) > 2]
    return (Passage(" ".join(facts)),) if asked and facts else ()


def _asked(text: str) -> str:
    return " ".join(s for s in sentences(text) if s.endswith(("?", "？")))


def _first_paragraph(text: str) -> str:
    return re.split(r"\n[ \t]*\n", text, maxsplit=1)[0].strip()


def _is_about_form(sentence: str) -> bool:
    limits = read_limits(sentence)
    return limits != Limits() or sentence.rstrip().endswith(":")


def _instructions(system: _Part, user: _Part, item: Item | None) -> str:
    texts = [block.text.strip() for block in (*system.prose, *user.prose)]
    joined = "\n".join(text for text in texts if text)
    if item is not None and not item.delimited:
        joined = joined.replace(item.text, " ")
    return joined
