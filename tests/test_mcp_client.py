"""A notebook's MCP client: a server over stdio is listed, called, corrected and always ended; nothing hangs."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from helpers import McpError, connect_mcp

SERVER = """
import os, sys, time
from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
server = MCPServer("test")

@server.tool()
def length(text: str, most: int = 9) -> str:
    "Characters of a text, at most so many."
    if text == "refuse":
        raise ToolError("no length for refuse")
    if text == "wait":
        time.sleep(3)
    return f"{min(len(text), most)} in process {os.getpid()} with {sys.argv[1]}"

server.run()
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "length_server.py"
    path.write_text(SERVER, encoding="utf-8")
    return path


def is_running(process: int) -> bool:
    shown = subprocess.run(["ps", "-p", str(process), "-o", "stat="], capture_output=True, text=True).stdout.strip()
    return bool(shown) and not shown.startswith("Z")


@pytest.mark.skipif(sys.platform == "win32", reason="looks for the process with ps")
def test_a_server_is_listed_called_and_ended(script):
    with connect_mcp(script, "an argument", call_seconds=60) as server:
        tool = server.tools[0]["function"]
        assert tool["name"] == "length" and tool["description"].startswith("Characters")
        assert tool["parameters"]["required"] == ["text"] and "title" not in json.dumps(tool["parameters"])
        text = server.call("length", text="four")
        assert text.startswith("4 in process") and text.endswith("with an argument")
        process = int(text.split()[3])
        assert is_running(process)
        with pytest.raises(McpError, match="no length for refuse"):
            server.call("length", text="refuse")
        with pytest.raises(McpError, match="widths"):
            server.call("widths", text="x")
        assert server.call("length", text="still here", most=5).startswith("5")
    assert not is_running(process)
    with pytest.raises(McpError, match="not running"):
        server.call("length", text="x")
    assert not [t for t in threading.enumerate() if t.name.startswith("mcp length")]


def test_inside_the_program_it_is_the_same_without_a_process(script, capsys):
    arguments = list(sys.argv)
    with connect_mcp(script, "an argument", own_process=False) as server:
        assert server.call("length", text="four").endswith("with an argument")
        with pytest.raises(McpError, match="no length for refuse"):
            server.call("length", text="refuse")
    assert sys.argv == arguments and capsys.readouterr().out == ""


def test_a_call_that_takes_too_long_is_given_up(script):
    with (
        connect_mcp(script, "x", own_process=False, call_seconds=0.3) as server,
        pytest.raises(McpError, match="did not answer within"),
    ):
        server.call("length", text="wait")


def test_a_server_that_cannot_start_says_why(tmp_path):
    broken = tmp_path / "broken.py"
    broken.write_text("import a_module_that_is_not_there\n", encoding="utf-8")
    with pytest.raises(McpError, match="a_module_that_is_not_there"):
        connect_mcp(broken)
    with pytest.raises(McpError, match="no file"):
        connect_mcp(tmp_path / "nothing.py")
    silent = tmp_path / "silent.py"
    silent.write_text("from mcp.server import MCPServer\nserver = MCPServer('x')\n", encoding="utf-8")
    with pytest.raises(McpError, match="is missing"):
        connect_mcp(silent, own_process=False)


def test_where_programs_may_not_be_started_the_server_runs_inside(script, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError("start programs")

    monkeypatch.setattr("mcp.client.stdio.stdio_client", refuse)
    with connect_mcp(script, "x") as server:
        assert not server.own_process and server.call("length", text="four").startswith("4")
