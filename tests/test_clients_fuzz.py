"""Whatever is sent to whatever route, the answer is the API's: a valid reply or an error in its shape, never a 500.

The routes are read from the application, so that a new one is tried without a word here; what it answers is held
against the SDK's type for its address. WORKBOOK_FUZZ multiplies the number of examples and draws them anew:

    WORKBOOK_FUZZ=100 python -m pytest tests/test_clients_fuzz.py
"""

from __future__ import annotations

import copy
import json
import os
import re
import reprlib
from dataclasses import dataclass
from typing import Any

import openai.types as api
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.responses import Response, ResponseStreamEvent
from starlette.routing import Route

from helpers.mock_endpoint import MockConfig, create_app
from tests.sdk_shapes import conforms

TIMES = int(os.environ.get("WORKBOOK_FUZZ", "1"))
APP = create_app(MockConfig(seed=1))
ROUTES = [route for route in APP.routes if isinstance(route, Route)]
POSTS = sorted({route.path for route in ROUTES if "POST" in (route.methods or ())})
KEYS = {"Authorization": "Bearer workbook", "api-key": "workbook"}

# The end of an address -> the SDK's type of a whole reply to a POST, and of an event of a stream.
TYPES: dict[str, tuple[Any, Any]] = {
    "chat/completions": (ChatCompletion, ChatCompletionChunk),
    "embeddings": (api.CreateEmbeddingResponse, None),
    "responses": (Response, ResponseStreamEvent),
    "moderations": (api.ModerationCreateResponse, None),
    "batches": (api.Batch, None),
    "files": (api.FileObject, None),
}


def examples(count: int) -> Any:
    """Settings of a property: the same few examples in every run, or many new ones."""
    return settings(
        max_examples=count * TIMES,
        derandomize=TIMES == 1,
        database=None,
        deadline=20_000,  # milliseconds: no answer may be a matter of luck or of the body's nature
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if TIMES > 1 else [Phase.generate],
    )


KNOWN = [path for path in POSTS if path.endswith(tuple(TYPES))]


# --- bodies that are right -----------------------------------------------------------------------------------------

SCHEMA: Any = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "pattern": "^[A-Z].*$", "description": "Who it is."},
        "age": {"type": ["integer", "null"], "minimum": 0, "maximum": 150, "multipleOf": 1},
        "kind": {"enum": ["guest", "host", None]},
        "born": {"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "minItems": 0, "maxItems": 3},
    },
    "required": ["name", "age", "kind", "born", "tags"],
    "additionalProperties": False,
    "$defs": {"tag": {"type": "object", "properties": {"label": {"const": "x"}}, "required": ["label"]}},
}
SCHEMA["$defs"]["tag"]["additionalProperties"] = False
TOOL: Any = {"name": "find_guest", "description": "Find a guest.", "parameters": SCHEMA, "strict": True}
TEXT = "Guest: Ida Lund, aged 41, born 1984-03-05. Is she a guest or a host?"
USER: Any = {"role": "user", "content": TEXT, "name": "reception"}
CONVERSATION: Any = [
    {"role": "system", "content": "Answer with one word. Only use the facts between the tags."},
    {"role": "user", "content": [{"type": "text", "text": f"<facts>{TEXT}</facts>"}]},
    {
        "role": "assistant",
        "content": None,
        "tool_calls": [{"id": "a", "type": "function", "function": {"name": "find_guest", "arguments": '{"age": 41}'}}],
    },
    {"role": "tool", "tool_call_id": "a", "content": '{"room": 12}'},
    {"role": "user", "content": "Which room?"},
]
PROMPTS = (
    "Classify the review as positive, negative or mixed. Examples:\nReview: Lovely.\nLabel: positive\n\n"
    'Review: """The room was cold but the soup was warm."""\nLabel:',
    "Answer from the passages and cite them as [1].\n[1] The mill opens at nine.\n[2] The ferry leaves at ten.\n"
    "Question: When does the ferry leave?",
    'Return JSON with the keys "name" (string), "age" (integer) and "tags" (list).\n<note>Ida Lund, 41, a host.</note>',
    "Summarise this in two sentences and three bullets:\n# Minutes\n- The bridge is closed.\n- The mill was sold.\n",
)
FORMAT: Any = {"type": "json_schema", "json_schema": {"name": "guest", "strict": True, "schema": SCHEMA}}
EVERY_OPTION: Any = {
    "temperature": 0.7,
    "top_p": 0.9,
    "n": 2,
    "seed": 3,
    "stop": ["\n"],
    "max_completion_tokens": 60,
    "logprobs": True,
    "top_logprobs": 2,
    "user": "u",
    "metadata": {"a": "b"},
    "modalities": ["text"],
    "reasoning_effort": "low",
    "stream": True,
    "stream_options": {"include_usage": True},
    "prediction": {"type": "content", "content": "guest"},
}
CHAT: list[Any] = [
    {"model": "sim-large", "messages": [USER]},
    {"model": "sim-small", "messages": [USER], **EVERY_OPTION},
    {"model": "gpt-4o", "messages": CONVERSATION, "tools": [{"type": "function", "function": TOOL}]},
    {"model": "sim-large", "messages": [USER], "response_format": FORMAT, "max_tokens": 400},
    *({"model": "sim-large", "messages": [{"role": "user", "content": prompt}]} for prompt in PROMPTS),
    {
        "model": "sim-large",
        "messages": [USER],
        "tools": [{"type": "function", "function": TOOL}],
        "tool_choice": {"type": "function", "function": {"name": "find_guest"}},
        "parallel_tool_calls": False,
        "stream": True,
    },
]
BODIES: dict[str, list[Any]] = {
    "chat/completions": CHAT,
    "embeddings": [
        {"model": "sim-embedding", "input": ["one", "two"], "dimensions": 8, "encoding_format": "float", "user": "u"},
        {"model": "text-embedding-3-small", "input": [[1, 2, 3], [4]], "encoding_format": "base64"},
    ],
    "responses": [
        {"model": "sim-large", "input": TEXT, "instructions": "Be brief.", "max_output_tokens": 50, "stream": True},
        {
            "model": "sim-large",
            "input": [{"role": "user", "content": [{"type": "input_text", "text": TEXT}]}],
            "text": {"format": {"type": "json_schema", "name": "guest", "strict": True, "schema": SCHEMA}},
            "tools": [{"type": "function", **TOOL}],
            "tool_choice": "auto",
            "store": True,
            "metadata": {"a": "b"},
        },
    ],
    "moderations": [{"model": "omni-moderation-latest", "input": ["a text", "another"]}],
    "batches": [{"input_file_id": "file-1", "endpoint": "/v1/chat/completions", "completion_window": "24h"}],
}


def bodies_for(path: str) -> list[Any]:
    return next((own for end, own in BODIES.items() if path.endswith(end)), [CHAT[0], {}])


# --- bodies that are wrong -----------------------------------------------------------------------------------------


def nested(levels: int, inner: Any = None) -> Any:
    for level in range(levels):
        inner = [inner] if level % 2 else {"a": inner}
    return inner


# What programs choke on: borders of number types, halves of characters, control characters, text that means something
# to a program, depth, and long runs of what patterns look for.
LONG = 20_000
NASTY: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63, -(2**63) - 1, 10**40, 10**400, 0.5, -0.0, 1e308, 1e-320,
    float("nan"), float("inf"), float("-inf"),
    "", " ", "\x00", "\ud83d", "\udc00\ud800", "\ufeff", "\u202e", "😀" * 50, "ß" * 500, "a\u0301" * 300,
    "'", '"', "\\", "\\u0000", "{}", "[]", "null", "NaN", "true", "-1", "1e5", "{{{{", "data: [DONE]\n\n",
    "<|endoftext|>", "<|im_start|>system", "../../etc", "%s%n{0}", "http://127.0.0.1:9/x.png",
    "data:image/png;base64,AAAA", "data:image/png;base64,%%%",
    "(" * 500, "((a+)+)+$", "(?P<x>[a-z]*)*b", "^(.*)*$", "\\p{L}+", "[", "a{99999}", "(?=x)",
    "#", "#/", "#/properties/name", "#/$defs/tag", {"$ref": "#"}, {"type": "object"}, {"type": "string"},
    {"type": ["string", "null", "string"]},
    [], {}, [[]], [None], [{}], {"": ""}, [1] * 2_100, ["x"] * 300, {str(i): i for i in range(300)},
    nested(40), nested(400),
    *(one * LONG for one in ("a", " ", "\n", "a ", ",", "1", "a,", "a: ", "- a\n", '"', "`", "#", "<a>", "{", "[1]")),
    *(one * (LONG // 4) for one in ("A. ", "Q: a\nA: b\n", "key: value\n", "is it a, b or c? ", "世界", "1.5 kg, ")),
]  # fmt: skip

SHORT = [value for value in NASTY if not isinstance(value, str) or len(value) <= 1_000]


def nasty_for(path: str) -> list[Any]:
    """A text is embedded whole, which takes a second for a long one: the short ones are enough there."""
    return SHORT if path.endswith("embeddings") else NASTY


any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40) | st.sampled_from(SHORT),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


def places(value: Any, deepest: int = 30) -> list[tuple[Any, ...]]:
    """Paths of all values inside a value, down to a depth."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    deeper = inside if deepest else ()
    return [(), *((key, *place) for key, own in deeper for place in places(own, deepest - 1))]


def changed(value: Any, path: tuple[Any, ...], how: str, other: Any) -> Any:
    """The value with another one at a path, beside it, or with nothing there."""
    if not path:
        return other
    value = copy.deepcopy(value)
    holder = value
    for key in path[:-1]:
        holder = holder[key]
    if how == "remove":
        del holder[path[-1]]
    elif how == "rename" and isinstance(holder, dict):
        holder[f"{path[-1]}s"] = holder.pop(path[-1])
    elif how == "wrap":
        holder[path[-1]] = [holder[path[-1]], other]
    elif how == "insert" and isinstance(holder[path[-1]], str):
        text = holder[path[-1]]
        middle = len(text) // 2
        holder[path[-1]] = f"{text[:middle]}{other if isinstance(other, str) else json.dumps(other)}{text[middle:]}"
    elif how == "repeat" and isinstance(holder, list):
        holder.extend(copy.deepcopy(holder[path[-1]]) for _ in range(3))
    else:
        holder[path[-1]] = other
    return value


WAYS = ("another of its kind",) * 3 + ("insert",) * 3 + ("anything", "anything", "remove", "rename", "wrap", "repeat")


@dataclass
class Shown:
    """A body that a failure shows cut to what can be read."""

    value: Any

    def __repr__(self) -> str:
        short = reprlib.Repr()
        short.maxstring, short.maxlevel, short.maxdict, short.maxlist = 80, 12, 30, 10
        return short.repr(self.value)


@st.composite
def mutated(draw: st.DrawFn, to: str) -> Any:
    """A body that was right, changed in one to three places; more often than not by values of the right type."""
    body, nasty = draw(st.sampled_from(bodies_for(to))), nasty_for(to)
    for _ in range(draw(st.integers(1, 3))):
        # Another model is mostly an unknown one, and then nothing else is looked at.
        inside = [place for place in places(body) if place not in ((), ("model",))] or [()]
        path, how = draw(st.sampled_from(inside)), draw(st.sampled_from(WAYS))
        same = [value for value in nasty if type(value) is type(value_at(body, path))] or nasty
        others = st.sampled_from(same) if how in WAYS[:4] else st.sampled_from(nasty) | any_json
        body = changed(body, path, how, draw(others))
    return body


def value_at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def written(value: Any, ascii_only: bool = True) -> bytes:
    """JSON as lax clients write it, with NaN and halves of characters."""
    return json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")


# --- answers -------------------------------------------------------------------------------------------------------


def address(path: str, name: str = "sim-large") -> str:
    """A route's path with its parameters filled in; Azure's dated routes get their version."""
    name = "sim-embedding" if path.endswith("embeddings") and name == "sim-large" else name
    filled = re.sub(r"\{\w+(?::\w+)?\}", lambda _: name, path)
    return f"{filled}?api-version=2024-10-21" if path.startswith("/openai/") and "/v1/" not in path else filled


def check(reply: Any, path: str) -> None:
    """Any answer at all."""
    assert reply.status_code < 500, reply.text
    assert reply.headers["x-workbook-simulated"] == "true"
    if reply.status_code >= 400:
        error = reply.json()["error"]
        assert isinstance(error["message"], str) and error["message"]
        assert error.keys() >= {"code", "message"}
        return
    whole, event = next((own for end, own in TYPES.items() if path.endswith(end)), (None, None))
    if reply.headers["content-type"].startswith("text/event-stream"):
        events = [part for part in reply.text.split("\n\n") if part]
        assert events, "a stream says something"
        for part in events:
            data = re.sub(r"\A(?:event: \S+\n)?data: ", "", part)
            if data != "[DONE]":
                conforms(event, data) if event else json.loads(data)
        return
    value = reply.json()
    if whole is not None and not _in_base64(value):
        conforms(whole, reply.content)


def _in_base64(value: Any) -> bool:
    """Vectors in base64 stand where the SDK's type has numbers: it decodes them first."""
    return value.get("object") == "list" and any(isinstance(row.get("embedding"), str) for row in value["data"])


# --- properties ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [path for path in KNOWN if not path.endswith(("batches", "files"))])
def test_the_bodies_to_start_from_are_right(web, path):
    for body in bodies_for(path):
        reply = web.post(address(path), content=written(body), headers=KEYS)
        assert reply.status_code == 200, reply.text
        check(reply, path)


@pytest.mark.parametrize("path", KNOWN)
def test_a_body_with_something_wrong_in_it_is_answered(web, path):
    @examples(60)
    @given(body=mutated(path).map(Shown), ascii_only=st.booleans())
    def answered(body: Shown, ascii_only: bool) -> None:
        check(web.post(address(path), content=written(body.value, ascii_only), headers=KEYS), path)

    answered()


@pytest.mark.parametrize("end", [end for end in BODIES if any(path.endswith(end) for path in KNOWN)])
def test_each_field_takes_each_nasty_value(web, end):
    """Not drawn but counted: every place of one whole body, with a turn of the nasty values at each."""
    path = next(path for path in POSTS if path.endswith(end))
    step = max(1, 9 // TIMES)
    for body in bodies_for(path)[: 2 if TIMES == 1 else None]:
        for i, place in enumerate(places(body)):
            for value in nasty_for(path)[i % step :: step]:
                check(
                    web.post(address(path), content=written(changed(body, place, "replace", value)), headers=KEYS), path
                )


@pytest.mark.parametrize("path", KNOWN)
def test_any_json_and_any_bytes_are_answered(web, path):
    @examples(15)
    @given(content=any_json.map(written) | st.binary(max_size=200) | st.sampled_from(BYTES))
    def answered(content: bytes) -> None:
        check(web.post(address(path), content=content, headers=KEYS), path)

    answered()


def test_routes_of_which_nothing_is_known_here_answer_any_json_and_any_bytes(web):
    for i, path in enumerate(path for path in POSTS if path not in KNOWN):
        for content in (written({"model": "sim-large", "input": "x"}), *[*BYTES, *map(written, SHORT)][i % 17 :: 17]):
            check(web.post(address(path), content=content, headers=KEYS), path)


BYTES = [
    b"", b"null", b"{", b"[" * 100_000, b'{"a":' * 100_000, b"\xff\xfe{\x00}\x00", b"\xef\xbb\xbf{}", b"\x00" * 1_000,
    b"{}garbage", b'{"model": "sim-large", "model": 1}', b'{"messages": ' + b"9" * 5_000 + b"}", b"1e999", b"-",
    b'"\\ud800"', b"\x80abc", b"--boundary\r\n\r\n",
    json.dumps(CHAT[0]).encode("utf-16"), json.dumps(CHAT[0]).encode("utf-32"),
]  # fmt: skip
NAMES = ("sim-large", "gpt-4o", "nobody", "..", "a/b", "%00", "世界", "x" * 3_000, "resp_1", "file-1")

header_text = st.text(st.characters(min_codepoint=32, max_codepoint=255, exclude_characters="\x7f"), max_size=60)


@examples(60)
@given(
    method=st.sampled_from(("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "BREW")),
    path=st.sampled_from([route.path for route in ROUTES])
    | st.text("abz/{}%.:-_~é\u4e16 ", max_size=30).map(lambda text: f"/v1/{text}")
    | st.text("abz/{}%.:-_~", max_size=30).map(lambda text: f"/openai/{text}"),
    name=st.sampled_from(
        ("sim-large", "gpt-4o", "nobody", "..", "a/b", "%00", "世界", "x" * 3_000, "resp_1", "file-1")
    ),
    headers=st.dictionaries(
        st.sampled_from(("authorization", "api-key", "content-type", "accept", "content-encoding", "x-any", "expect")),
        header_text,
        max_size=4,
    ),
    keyed=st.booleans(),
    content=any_json.map(written),
)
def test_any_route_method_and_headers_are_answered(web, method, path, name, headers, keyed, content):
    import httpx2

    sent = {key: value.encode("latin-1") for key, value in headers.items()}
    sent |= {key: value.encode() for key, value in KEYS.items()} if keyed else {}
    try:
        request = web.build_request(method, address(path, name), content=content, headers=list(sent.items()))
    except httpx2.InvalidURL:
        return
    reply = web.send(request)
    if method == "HEAD":
        assert reply.status_code < 500
    elif reply.status_code >= 400 or not path.startswith("/"):
        check(reply, path)
    else:
        assert reply.status_code < 300


def test_each_route_answers_each_method_of_its_own(web):
    for route in ROUTES:
        for method in sorted(route.methods or ()):
            for name in ("sim-large", "nobody"):
                reply = web.request(method, address(route.path, name), headers=KEYS)
                assert reply.status_code < 500, (method, route.path)
                assert method == "HEAD" or reply.json()
