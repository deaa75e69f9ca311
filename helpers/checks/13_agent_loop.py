"""Exercises of lesson 13: tool schemas, a loop that holds, approval, an MCP server, read-only SQL."""

from __future__ import annotations

import contextlib
import io
import json
import sqlite3
import tempfile
from itertools import repeat
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from pydantic import Field

from helpers.data import load_sample, sample_data
from helpers.grading import (
    Option,
    Question,
    ScriptedClient,
    Threshold,
    Wrong,
    attempt,
    exercise,
    observe,
    part,
    quiz,
    remark,
)
from helpers.mcp_client import McpError, connect_mcp

# --- exercise 1: schemas -------------------------------------------------------------------------------------------


def _fixtures() -> list[Any]:
    """Twelve functions of a town hall: their names, docstrings and types are all that a tool may be made from."""

    def opening_hours(office: str):
        "Opening hours of an office of the town hall."

    def book_appointment(office: str, day: str, people: int = 1):
        "Book an appointment at an office."

    def parking_fine(plate: str):
        "Amount and due date of a parking fine, by licence plate."

    def report_pothole(street: str, urgent: bool = False):
        "Report a pothole or other damage of a street."

    def waste_collection(street: str, kind: Literal["paper", "glass", "garden"]):
        "Day on which waste is collected in a street."

    def library_fee(days_late: int):
        "Fee for a library book that is returned late."

    def convert_area(square_metres: float):
        "Convert an area from square metres to acres."

    def register_dog(name: str, breed: str | None = None):
        "Register a dog for the dog tax."

    def swimming_pool(day: str):
        "Water temperature and free lanes of the swimming pool on a day."

    def rent_hall(guests: int, day: str):
        "Rent the community hall for a party."

    def tree_permit(address: Annotated[str, Field(description="Street and house number")]):
        "Ask for a permit to fell a tree."

    def notify_residents(streets: list[str], text: str):
        "Send a notice to the residents of streets."

    functions = [value for value in locals().values() if callable(value)]
    for function in functions:  # types as in a notebook, and not as texts
        function.__annotations__ = get_type_hints(function, include_extras=True)
    return functions


REQUESTS = (
    ("opening_hours", "What are the opening hours of the passport office?"),
    ("opening_hours", "When is the office for building permits open?"),
    ("book_appointment", "Book an appointment at the passport office on 2031-06-02."),
    ("book_appointment", "I need an appointment at the tax office on 2031-06-04 for 2 people."),
    ("parking_fine", "How much is the parking fine for the plate KB-417?"),
    ("parking_fine", "When is the parking fine of plate LX-220 due?"),
    ("report_pothole", "I want to report a pothole in Mill Street."),
    ("report_pothole", "Report damage of the street in Harbour Lane, it is urgent."),
    ("waste_collection", "On which day is paper waste collected in Elm Road?"),
    ("waste_collection", "When do you collect glass in Mill Street?"),
    ("library_fee", "What is the fee for a library book that is 12 days late?"),
    ("library_fee", "I return my library book 5 days late, what is the fee?"),
    ("convert_area", "Convert 900 square metres to acres."),
    ("register_dog", "Register my dog Bella for the dog tax."),
    ("swimming_pool", "How warm is the water of the swimming pool on 2031-06-07?"),
    ("swimming_pool", "Are there free lanes in the swimming pool on 2031-06-09?"),
    ("rent_hall", "Rent the community hall for 40 guests on 2031-07-12."),
    ("rent_hall", "I would like to rent the hall for a party of 25 guests on 2031-08-02."),
    ("tree_permit", "I ask for a permit to fell a tree at 12 Elm Road."),
    ("notify_residents", "Send the residents of Mill Street a notice saying that the water is off on Monday."),
)
SELECTION = Threshold(mock=0.9, live=0.9)
WANTED = {  # function -> parameter -> JSON type
    "book_appointment": {"office": "string", "day": "string", "people": "integer"},
    "report_pothole": {"street": "string", "urgent": "boolean"},
    "convert_area": {"square_metres": "number"},
    "notify_residents": {"streets": "array", "text": "string"},
}
_RIGHT_SCHEMA = """
import inspect
from pydantic import create_model
def tool_schema(function):
    fields = {{n: ({annotation}, {default}) for n, p in inspect.signature(function).parameters.items()}}
    schema = create_model("tool", **fields).model_json_schema()
    about = {{"name": function.__name__, "description": {description}, "parameters": schema}}
    return {{"type": "function", "function": about}}
"""


def _schema(annotation="p.annotation", default="... if p.default is p.empty else p.default", description=None) -> str:
    return _RIGHT_SCHEMA.format(
        annotation=annotation, default=default, description=description or "inspect.getdoc(function)"
    )


@exercise(
    points=4,
    live_calls=20,
    live_tokens=30_000,
    hints=[
        "For each parameter of `inspect.signature(function).parameters`: its `annotation` is the type.",
        "`...` stands for “required”: use it where `parameter.default is parameter.empty`, else the default.",
        'The result: {"type": "function", "function": {"name": ..., "description": ..., "parameters": schema}}.',
    ],
    wrong={
        "everything is a string": Wrong(_schema(annotation="str"), "integer"),
        "everything is required": Wrong(_schema(default="..."), "required"),
        "no description": Wrong(_schema(description="''"), "description"),
        "the schema alone": """
import inspect
from pydantic import create_model
def tool_schema(function):
    fields = {n: (p.annotation, ...) for n, p in inspect.signature(function).parameters.items()}
    return create_model(function.__name__, **fields).model_json_schema()
""",
    },
)
def tool_schema(tool_schema, endpoint):
    "Tools from typed functions"
    functions = _fixtures()
    with part("names, types and descriptions are the function's", points=1):
        for function in functions:
            about = _about(tool_schema, function)
            assert about.get("name") == function.__name__, f"The name should be “{function.__name__}”."
            assert about.get("description") == function.__doc__, (
                f"The description of `{function.__name__}` should be its docstring: “{function.__doc__}”"
            )
            types = _types(about)
            for name, wanted in WANTED.get(function.__name__, {}).items():
                assert types.get(name) == wanted, (
                    f"`{name}` of `{function.__name__}` should be of type {wanted}, and is {types.get(name)}."
                )
    with part("a parameter with a default is not required", points=1):
        for function in functions:
            required = sorted(_about(tool_schema, function)["parameters"].get("required", []))
            count = function.__code__.co_argcount - len(function.__defaults__ or ())
            wanted = sorted(function.__code__.co_varnames[:count])
            assert required == wanted, (
                f"Of `{function.__name__}` {', '.join(wanted)} should be required, and {', '.join(required)} is."
            )
    with part("a model chooses the right tool for nine of ten requests", points=2):
        tools = [attempt(tool_schema, function).result for function in functions]
        wrong = []
        for name, request in REQUESTS:
            reply = endpoint.client.chat.completions.create(
                model=endpoint.chat_large,
                messages=[{"role": "user", "content": request}],
                tools=tools,
                seed=13,
                max_completion_tokens=300,
            )
            calls = reply.choices[0].message.tool_calls or []
            if not calls or calls[0].function.name != name:
                wrong.append(f"“{request}” went to {calls[0].function.name if calls else 'none'}, not to {name}")
        share = 1 - len(wrong) / len(REQUESTS)
        remark(f"Right tool for **{len(REQUESTS) - len(wrong)} of {len(REQUESTS)}** requests, out of twelve tools.")
        assert share >= SELECTION.on(endpoint), f"{wrong[0]}."


def _about(tool_schema: Any, function: Any) -> dict[str, Any]:
    tool = attempt(tool_schema, function).result
    observe(function=function.__name__, tool=tool)
    assert isinstance(tool, dict) and tool.get("type") == "function" and isinstance(tool.get("function"), dict), (
        f"For `{function.__name__}` a dict with “type” and “function” is expected, and came: {str(tool)[:120]}"
    )
    assert isinstance(tool["function"].get("parameters"), dict), "“parameters” should hold a JSON schema."
    return tool["function"]


def _types(about: dict[str, Any]) -> dict[str, Any]:
    properties = about["parameters"].get("properties", {})
    return {name: node.get("type") for name, node in properties.items() if isinstance(node, dict)}


# --- exercise 2: the loop ------------------------------------------------------------------------------------------

_LOOP = """
import json
def run_agent(client, model, messages, tools, functions, max_steps=8):
    messages = list(messages)
    made = set()
    for _ in range({steps}):
        message = client.chat.completions.create(model=model, messages=messages, tools=tools).choices[0].message
        messages.append(message.model_dump(exclude_none=True))
        if not message.tool_calls:
            return messages
        for call in message.tool_calls{calls}:
            try:
                if call.function.name not in functions:
                    raise LookupError({unknown})
                given = json.loads(call.function.arguments)
                key = (call.function.name, json.dumps(given, sort_keys=True))
                if {seen}:
                    raise RuntimeError("made before")
                made.add(key)
                content = json.dumps(functions[call.function.name](**given))
            except {caught} as error:
                content = f"error: {{error}}"
            messages.append({{"role": "tool", "tool_call_id": call.id, "content": content}})
    return [*messages, {{"role": "assistant", "content": "stopped"}}]
"""


def _loop(**changes: str) -> str:
    parts = {
        "steps": "max_steps",
        "calls": "",
        "unknown": "f'there are {list(functions)}'",
        "seen": "key in made",
        "caught": "Exception",
    }
    return _LOOP.format(**(parts | changes))


@exercise(
    points=5,
    live_calls=12,
    live_tokens=10_000,
    hints=[
        "Put everything that happens for one call into `try`, and make the content in `except Exception as error`.",
        "`for _ in range(max_steps)` in place of `while True`; after it, return with one message more.",
        "Keep what was called in a set: the name, and the arguments as `json.dumps(arguments, sort_keys=True)`.",
    ],
    wrong={
        "only JSON errors are caught": Wrong(_loop(caught="json.JSONDecodeError"), "error"),
        "an unknown tool's message names no tools": Wrong(_loop(unknown="'no such tool'"), "find_parcel"),
        "runs repeated calls again": Wrong(_loop(seen="False"), "twice"),
        "one step too many": Wrong(_loop(steps="max_steps + 1"), "requests"),
        "answers only the first of several calls": Wrong(_loop(calls="[:1]"), "each"),
        "every call of a tool after its first is refused": Wrong(
            _loop(seen="any(call.function.name == name for name, _ in made)"), "P-2"
        ),
        "changes the caller's list": Wrong(
            _loop().replace("    messages = list(messages)\n", ""), "changes the argument"
        ),
    },
)
def run_agent(run_agent, endpoint):
    "A loop that holds"
    call = ScriptedClient.tool_call
    question = [{"role": "user", "content": "Where is the parcel of Nora Quist?"}]

    def run(script, max_steps=8, functions=None):
        made: list[Any] = []
        scripted = ScriptedClient(script, most=40)
        done = attempt(
            run_agent, scripted.client, "scripted", question, PARCEL_TOOLS, functions or _parcels(made), max_steps
        )
        messages = done.unchanged().result
        assert isinstance(messages, list) and messages and all(isinstance(m, dict) for m in messages), (
            "A list of messages (dicts) is expected, the caller's first."
        )
        return messages, made, scripted

    with part("tools run, and their results reach the model", points=1):
        script = [
            [call("find_parcel", person="Nora Quist"), call("parcel_state", parcel="P-1")],
            [call("parcel_state", parcel="P-2")],
            "It is on its way.",
        ]
        messages, made, scripted = run(script)
        observe(calls_run=made)
        assert made == [("find_parcel", "Nora Quist"), ("parcel_state", "P-1"), ("parcel_state", "P-2")], (
            "Two calls in one reply, then one more for P-2: each should run once, in this order."
        )
        answered = [m for m in scripted.requests[1]["messages"] if m.get("role") == "tool"]
        assert len(answered) == 2, f"each of the two calls needs a tool message, and {len(answered)} came."
        assert messages[-1].get("content") == "It is on its way.", "The last message should be the model's answer."
    with part("bad calls become errors that the model can read", points=2):
        bad = {
            "arguments that are no JSON": call("find_parcel", "name: Nora"),
            "arguments that are no object": call("find_parcel", "[1]"),
            "a parameter that does not exist": call("find_parcel", surname="Quist"),
            "a tool that raises": call("parcel_state", parcel="broken"),
            "a tool that does not exist": call("find_letter", person="Nora"),
        }
        for what, one in bad.items():
            messages, _, scripted = run([[one], "I could not find it."])
            told = [str(m.get("content")) for m in messages if m.get("role") == "tool"]
            observe(failure=what, tool_message=told)
            assert len(told) == 1 and told[0].startswith("error:"), (
                f"After {what} one tool message that begins with “error:” is expected."
            )
            assert messages[-1].get("content") == "I could not find it.", f"After {what} the model should be asked on."
        assert "find_parcel" in told[0], "The error for an unknown tool should name those there are, as find_parcel."
    with part("a repeated call is not run again, and nothing runs for ever", points=1):
        twice = [[call("parcel_state", parcel="P-1")], [call("parcel_state", parcel="P-1")], "done"]
        messages, made, _ = run(twice)
        observe(calls_run=made)
        assert made == [("parcel_state", "P-1")], "The same call came twice: it should run once."
        told = [str(m.get("content")) for m in messages if m.get("role") == "tool"]
        assert told[-1].startswith("error:"), "The second one should be answered with a message beginning “error:”."
        for limit in (1, 4):
            messages, _, scripted = run(repeat([call("find_parcel", person="Nora Quist")]), limit)
            observe(max_steps=limit, requests=len(scripted.requests))
            assert len(scripted.requests) == limit, f"With max_steps={limit} exactly {limit} requests are expected."
            last = messages[-1]
            assert last.get("role") == "assistant" and str(last.get("content")).startswith("stopped"), (
                "It should end with an assistant message that begins with “stopped”."
            )
    with part("it works on your endpoint", points=1):
        # A model may take a wrong turn once: one more try.
        for _ in range(2):
            made: list[Any] = []
            given = (endpoint.client, endpoint.chat_large, question, PARCEL_TOOLS, _parcels(made), 6)
            messages = attempt(run_agent, *given).result
            if "harbour" in str(messages[-1].get("content")).lower():
                break
        observe(calls_run=made, answer=messages[-1].get("content"))
        assert ("find_parcel", "Nora Quist") in made and ("parcel_state", "P-1") in made, (
            "The parcel's number should be found first, and its state then."
        )
        assert "harbour" in str(messages[-1].get("content")).lower(), "The answer should name the place: the harbour."


def _parameters(**described: str) -> dict[str, Any]:
    properties = {name: {"type": "string", "description": about} for name, about in described.items()}
    return {"type": "object", "properties": properties, "required": list(properties)}


PARCEL_TOOLS = [
    {
        "type": "function",
        "function": {
            "name": "find_parcel",
            "description": "Find the parcel of a person.",
            "parameters": _parameters(person="Full name of the person"),
        },
    },
    {
        "type": "function",
        "function": {
            "name": "parcel_state",
            "description": "State of a parcel, and the place where it is now.",
            "parameters": _parameters(parcel="Number of the parcel, such as P-1"),
        },
    },
]


def _parcels(made: list[Any]) -> dict[str, Any]:
    """The two tools; what they are called with is written down in `made`."""

    def find_parcel(person: str) -> dict[str, str]:
        made.append(("find_parcel", person))
        return {"parcel": "P-1"}

    def parcel_state(parcel: str) -> dict[str, str]:
        if parcel == "broken":
            raise ConnectionError("the database is away")
        made.append(("parcel_state", parcel))
        return {"state": "waiting", "place": "harbour"}

    return {"find_parcel": find_parcel, "parcel_state": parcel_state}


# --- exercise 3: approval ------------------------------------------------------------------------------------------

_APPROVAL = """
def with_approval(functions, dangerous, ask):
    def guarded(name, function):
        def run(**arguments):
            {body}
        return run
    return {{name: {chosen} for name, f in functions.items()}}
"""
_GUARD = "guarded(name, f) if name in dangerous else f"
_REFUSED = "{'error': 'refused'}"


@exercise(
    points=3,
    hints=[
        "Make a function that makes functions: `def guarded(name, function): def run(**arguments): ...; return run`.",
        "In `run`: `ask(name, dict(arguments))` in a `try`, before the function runs; only `is True` counts as a yes.",
        "Do not write the wrapper directly inside a loop: it would see the loop's last name only.",
    ],
    wrong={
        "anything truthy is a yes": Wrong(
            _APPROVAL.format(
                body=f"return function(**arguments) if ask(name, dict(arguments)) else {_REFUSED}", chosen=_GUARD
            ),
            "maybe",
        ),
        "a broken ask lets it through": Wrong(
            _APPROVAL.format(
                body=(
                    "try:\n                yes = ask(name, dict(arguments)) is True\n            except Exception:\n"
                    f"                yes = True\n            return function(**arguments) if yes else {_REFUSED}"
                ),
                chosen=_GUARD,
            ),
            "ask",
        ),
        "asks after it has run": Wrong(
            _APPROVAL.format(
                body=(
                    "result = function(**arguments)\n            try:\n"
                    "                yes = ask(name, dict(arguments)) is True\n            except Exception:\n"
                    f"                yes = False\n            return result if yes else {_REFUSED}"
                ),
                chosen=_GUARD,
            ),
            "ran",
        ),
        "asks for every tool": Wrong(
            _APPROVAL.format(
                body=(
                    "try:\n                yes = ask(name, dict(arguments)) is True\n            except Exception:\n"
                    f"                yes = False\n            return function(**arguments) if yes else {_REFUSED}"
                ),
                chosen="guarded(name, f)",
            ),
            "look_up",
        ),
        "the loop's last name": Wrong(
            """
def with_approval(functions, dangerous, ask):
    safe = dict(functions)
    for name in functions:
        if name in dangerous:
            def run(**arguments):
                try:
                    yes = ask(name, dict(arguments)) is True
                except Exception:
                    yes = False
                return functions[name](**arguments) if yes else {"error": "refused"}
            safe[name] = run
    return safe
""",
            "pay",
        ),
    },
)
def with_approval(with_approval):
    "Ask before it happens"

    def made_with(answer):
        ran, asked = [], []

        def ask(name, arguments):
            asked.append((name, dict(arguments)))
            if isinstance(answer, Exception):
                raise answer
            arguments.clear()  # what a person is shown is theirs to scribble on
            return answer

        def tool(name):
            return lambda **given: ran.append((name, given)) or {"done": name}

        functions = {name: tool(name) for name in ("look_up", "pay", "delete")}
        safe = with_approval(functions, {"pay", "delete"}, ask)
        assert isinstance(safe, dict) and set(safe) == set(functions), "The same names are expected in the result."
        return safe, ran, asked

    with part("what is not dangerous runs unasked", points=1):
        safe, ran, asked = made_with(False)
        result = safe["look_up"](order="B-1")
        observe(result=result, asked=asked)
        assert result == {"done": "look_up"} and not asked, "`look_up` is not dangerous: it should run, unasked."
    with part("a yes runs exactly what was shown", points=1):
        safe, ran, asked = made_with(True)
        results = [safe["pay"](amount=5), safe["delete"](order="B-1"), safe["pay"](amount=500)]
        observe(asked=asked, ran=ran, results=results)
        wanted = [("pay", {"amount": 5}), ("delete", {"order": "B-1"}), ("pay", {"amount": 500})]
        assert asked == wanted, "Each call should be asked for, with its own name (pay, delete, pay) and arguments."
        assert ran == wanted, "What ran should be what was shown: pay, delete, pay. Give `ask` a copy."
    with part("anything else refuses", points=1):
        for answer in (False, None, "maybe", 1, RuntimeError("the window was closed")):
            safe, ran, _ = made_with(answer)
            try:
                result = safe["pay"](amount=5)
            except Exception as error:
                raise AssertionError(
                    f"When `ask` gives {answer!r}, an error result is expected, not an exception."
                ) from (error)
            observe(ask_gives=answer, ran=ran, result=result)
            assert not ran, f"`ask` gave {answer!r}, which is not True, and `pay` ran."
            refused = isinstance(result, dict) and str(result.get("error", "")).startswith("refused")
            assert refused, "The model should be told: {“error”: “refused ...”}."


# --- exercise 4: an MCP server -------------------------------------------------------------------------------------

_SERVER = '''
server_text = """
import json, sqlite3, sys
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
server = MCPServer("orders")
@server.tool()
def order_status(order_number: str) -> str:
    {doc}
    shop = sqlite3.connect(sys.argv[1])
    row = shop.execute("SELECT state, carrier FROM orders WHERE order_number = ?", [order_number]).fetchone()
    if row is None:
        {unknown}
    return {result}
server.run()
"""
'''


def _server(doc="'State and carrier of an order.'", unknown="raise ToolError(order_number)", result=None) -> str:
    return _SERVER.format(doc=doc, unknown=unknown, result=result or 'json.dumps({"state": row[0], "carrier": row[1]})')


@exercise(
    points=4,
    seconds=30.0,
    hints=[
        "A tool is a function under `@server.tool()`, with types and a docstring, as in `shop_server.py` above.",
        'Give `json.dumps({"state": ..., "carrier": ...})`. No row: `raise ToolError(f"no order {order_number!r}")`.',
        "`server.run()` stays the last line.",
    ],
    wrong={
        "no docstring": Wrong(_server(doc="pass"), "description"),
        "an exception that is hidden": Wrong(_server(unknown="raise KeyError(order_number)"), "B-0000"),
        "an error told as a result": Wrong(_server(unknown="return 'no order ' + order_number"), "ToolError"),
        "no carrier": Wrong(_server(result='json.dumps({"state": row[0]})'), "carrier"),
    },
)
def server_text(server_text):
    "Write an MCP server"
    assert isinstance(server_text, str) and "MCPServer" in server_text, "The text of a Python file is expected."
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "orders_server.py"
        script.write_text(server_text, encoding="utf-8")
        try:
            server = connect_mcp(script, sample_data("agents/shop.sqlite"), own_process=False)
        except McpError as error:
            raise AssertionError(f"The server did not start. {error}") from error
        with server, contextlib.redirect_stdout(io.StringIO()) as said:
            with part("the tool is listed", points=1):
                about = {tool["function"]["name"]: tool["function"] for tool in server.tools}
                observe(listed=list(about))
                assert "order_status" in about, "A tool called order_status should be listed."
                assert about["order_status"]["description"].strip(), "It has no description: write a docstring."
                parameters = about["order_status"]["parameters"]
                wanted = parameters.get("properties", {}).get("order_number", {})
                assert wanted.get("type") == "string", "It should take order_number, a string."
                assert not said.getvalue(), "It printed something: standard output belongs to the protocol."
            with part("it answers with what the database holds", points=1):
                for number, state, carrier in _orders():
                    result = _called(server, number)
                    observe(order_number=number, result=result)
                    assert result == {"state": state, "carrier": carrier}, (
                        f"For {number} state {state!r} and carrier {carrier!r} are expected, as a JSON object."
                    )
            with part("a wrong call is an error that says what was wrong", points=2):
                text, error = _answer_or_error(server, "B-0000")
                observe(result=text, error=error)
                assert not text, "B-0000 does not exist: raise ToolError, so that nobody takes the text for an answer."
                assert "B-0000" in error, (
                    "The error should name the number, B-0000; only the text of ToolError is shown."
                )
                # A strange number is a value and not SQL; and the server lives on after errors.
                for strange in ("' OR 1=1 --", "ü"):
                    text, error = _answer_or_error(server, strange)
                    observe(order_number=strange, result=text, error=error)
                    assert not text, "This number does not exist. In SQL use `?` for what comes from outside."
                number, state, _ = _orders()[0]
                assert (_called(server, number) or {}).get("state") == state, (
                    "After an error it should go on answering."
                )


def _orders() -> list[tuple[str, str, str]]:
    shop = sqlite3.connect(sample_data("agents/shop.sqlite"))
    try:
        return shop.execute("SELECT order_number, state, carrier FROM orders ORDER BY order_number LIMIT 3").fetchall()
    finally:
        shop.close()


def _answer_or_error(server: Any, number: str) -> tuple[str, str]:
    """What the server gives for a number: a result's text, or an error's; the other one is empty."""
    try:
        return server.call("order_status", order_number=number), ""
    except McpError as error:
        return "", str(error) or "an error without a text"


def _called(server: Any, number: str) -> Any:
    try:
        return json.loads(server.call("order_status", order_number=number))
    except McpError as error:
        raise AssertionError(f"For {number} it failed: {error}") from error
    except ValueError as error:
        raise AssertionError(f"For {number} the result is no JSON text.") from error


# --- exercise 5: least privilege -----------------------------------------------------------------------------------

_READ_ONLY = """
import sqlite3
from contextlib import closing
from pathlib import Path
def read_only(path, sql):
    def authorise(action, first, second, database, source):
        reads = action == sqlite3.SQLITE_READ and {reads}
        return sqlite3.SQLITE_OK if reads or action in {harmless} else sqlite3.SQLITE_DENY
    with closing(sqlite3.connect(Path(path).resolve().as_uri() + "{mode}", uri=True)) as shop:
        shop.row_factory = sqlite3.Row
        {authorizer}
        {progress}
        return [dict(row) for row in shop.execute(sql).{fetch}]
"""


def _reader(**changes: str) -> str:
    parts = {
        "reads": "first in {'orders', 'products', 'customers'}",
        "harmless": "(sqlite3.SQLITE_SELECT, sqlite3.SQLITE_FUNCTION)",
        "mode": "?mode=ro",
        "authorizer": "shop.set_authorizer(authorise)",
        "progress": "shop.set_progress_handler(lambda: 1, 1_000_000)",
        "fetch": "fetchmany(50)",
    }
    return _READ_ONLY.format(**(parts | changes))


QUERIES = (  # what the tool is for
    "SELECT name FROM customers WHERE city = 'Porto' ORDER BY name",
    "SELECT product, sum(quantity) AS pieces FROM orders GROUP BY product ORDER BY pieces DESC, product LIMIT 3",
    "SELECT name, count(*) AS orders FROM orders JOIN customers USING (customer_id) GROUP BY name ORDER BY name",
    "WITH late AS (SELECT * FROM orders WHERE expected_arrival > '2031-05-15') SELECT count(*) AS late FROM late",
)


@exercise(
    points=4,
    seconds=20.0,
    hints=[
        'Open `f"{Path(path).resolve().as_uri()}?mode=ro"` with `uri=True`.',
        "An authorizer takes (action, first, second, database, source). SQLITE_READ's `first` is the table.",
        "Allow SQLITE_READ of a table in ALLOWED, SQLITE_SELECT and SQLITE_FUNCTION; else SQLITE_DENY.",
        "`set_progress_handler(lambda: 1, 1_000_000)` stops a statement after a million steps; `fetchmany(50)`.",
    ],
    wrong={
        "looks for words": Wrong(
            """
import sqlite3
from contextlib import closing
def read_only(path, sql):
    if not sql.upper().startswith("SELECT") or "DELETE" in sql.upper():
        raise sqlite3.DatabaseError("not allowed")
    with closing(sqlite3.connect(path)) as shop:
        shop.row_factory = sqlite3.Row
        return [dict(row) for row in shop.execute(sql).fetchmany(50)]
""",
            "SELECT",
        ),
        "mode=ro alone": Wrong(_reader(authorizer=""), "cards"),
        "every table may be read": Wrong(_reader(reads="True"), "cards"),
        "only the cards are forbidden": Wrong(_reader(reads="first != 'cards'"), "schema"),
        "nothing ends it": Wrong(_reader(progress=""), "long"),
        "all rows": Wrong(_reader(fetch="fetchall()"), "50"),
        "no functions, no count": Wrong(_reader(harmless="(sqlite3.SQLITE_SELECT,)"), "SELECT product"),
    },
)
def read_only(read_only):
    "Read only, and no more than that"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "shop.sqlite"
        path.write_bytes(sample_data("agents/shop.sqlite").read_bytes())
        before = path.read_bytes()
        with part("it answers what it is for", points=1):
            for sql in QUERIES:
                wanted = _directly(path, sql)
                found, refused = None, ""
                try:
                    found = read_only(path, sql)
                except sqlite3.Error as error:
                    refused = str(error)
                observe(sql=sql, refused=refused or "no")
                assert not refused, f"This should be answered: {sql}"
                observe(sql=sql, rows=found)
                assert isinstance(found, list) and all(isinstance(row, dict) for row in found), (
                    "A list of dicts, please."
                )
                assert found == wanted, f"Other rows are expected: {wanted[:2]}"
        with part("at most 50 rows come back", points=1):
            sql = "SELECT a.order_number FROM orders a, orders b"
            found = read_only(path, sql)
            observe(sql=sql, rows=len(found))
            assert len(found) == 50, f"900 rows are there, 50 should come back, and {len(found)} did."
        with part("it survives the attacks", points=2):
            for one in load_sample("agents/sql_attacks.json"):
                _attacked(read_only, path, one["attack"], one["sql"])
                assert path.read_bytes() == before, f"The database was changed. Attack: {one['attack']}: {one['sql']}"
                assert not list(Path(folder).glob("stolen*")), f"A file was written: {one['sql']}"


def _attacked(read_only: Any, path: Path, attack: str, sql: str) -> None:
    """One attack: it has to raise."""
    refused, rows = "", None
    try:
        rows = read_only(path, sql.replace("stolen.sqlite", path.with_name("stolen.sqlite").as_posix()))
    except Exception as error:
        refused = f"{type(error).__name__}: {error}"
    observe(attack=attack, sql=sql, gave=refused or str(rows)[:90])
    assert refused, f"This attack should be refused, and was not ({attack})."


def _directly(path: Path, sql: str) -> list[dict[str, Any]]:
    shop = sqlite3.connect(path)
    shop.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in shop.execute(sql)]
    finally:
        shop.close()


# --- recap ---------------------------------------------------------------------------------------------------------

recap = quiz(
    "recap",
    points=4,
    title="What you take along",
    hints=["1: “Five ways to break it”. 2: the refund. 3: “The description is the interface”. 4: exercise 5."],
    questions=[
        Question(
            "A tool raises an exception in the loop. What does the model get?",
            options=[
                Option("nothing, the loop ends", because="Then one broken call costs the user the whole answer."),
                Option(
                    "a tool message that says what was wrong",
                    right=True,
                    because="It can correct itself, take another tool, or say what failed.",
                ),
                Option("an empty result", because="It would take that for “there is none”, and say so."),
            ],
        ),
        Question(
            "An agent reads notes of strangers and can pay. What keeps it from paying because a note says so?",
            options=[
                Option("a rule in the system message", because="It lowers the odds. The next wording may win."),
                Option("a better model", because="It resists more often, not always."),
                Option(
                    "code that asks a person first", right=True, because="What the model wants is then only a request."
                ),
            ],
        ),
        Question(
            "A model takes the wrong one of two tools. What do you try first?",
            options=[
                Option(
                    "rename and describe both by what they give",
                    right=True,
                    because="It chooses by what you wrote; you saw the difference.",
                ),
                Option("a larger model", because="Vague words stay vague, and it costs more in every request."),
                Option("tell it in the user's message", because="The user does not know your tools."),
            ],
        ),
        Question(
            "Which SQL tool is safest?",
            options=[
                Option(
                    "one that refuses DELETE and DROP", because="There are ways to write that you did not think of."
                ),
                Option(
                    "one whose connection may only read three tables",
                    right=True,
                    because="The database refuses the rest, however it is written.",
                ),
                Option(
                    "one whose prompt forbids writing",
                    because="A prompt takes no right away. See the note in the database.",
                ),
            ],
        ),
    ],
)
