"""Submissions that tamper, lie, reach over the fence, never end, or are no notebook: none raises a point or stops a run.

Data-driven: tricks of one kind share a submission's process where they do not disturb each other. Each submission also
holds an honest answer, whose points show that the grading itself was alive.
"""

# ruff: noqa: E501  (a trick is one line of data)
import csv
import io
import json
import sys
import types
import zipfile

import pytest

from helpers.files import remove_tree
from helpers.gradebook import processes
from helpers.gradebook.book import book_of
from helpers.gradebook.collect import collect
from helpers.gradebook.fence import Limits
from helpers.gradebook.page import as_html
from helpers.gradebook.pool import grade_one
from helpers.gradebook.results import Result
from helpers.gradebook.supervisor import grade_submission
from helpers.gradebook.tables import as_csv, as_xlsx
from helpers.grading import ScriptedClient, attempt, exercise, for_all, part, strategies
from helpers.mock_endpoint import start
from helpers.paths import ROOT

LESSON = "sample_of_tampering"

# --- what a function may give back instead of 6 -------------------------------------------------------------------

LIES = {
    "equals everything": "class Yes:\n    def __eq__(self, o): return True\n    __hash__ = None\nlie = lambda n: Yes()",
    "int that equals": "class Yes(int):\n    __eq__ = lambda *a: True\n    __hash__ = int.__hash__\nlie = lambda n: Yes(n)",
    "str that equals": "class Yes(str):\n    __eq__ = lambda *a: True\n    __hash__ = str.__hash__\nlie = lambda n: Yes('6')",
    "list that equals": "class Yes(list):\n    __eq__ = lambda *a: True\nlie = lambda n: Yes([6])",
    "dict that equals": "class Yes(dict):\n    __eq__ = lambda *a: True\nlie = lambda n: Yes()",
    "float that equals": "class Yes(float):\n    __eq__ = lambda *a: True\nlie = lambda n: Yes(1)",
    "bool-like": "class Yes:\n    __bool__ = lambda s: True\nlie = lambda n: Yes()",
    "class that equals": "class M(type):\n    __eq__ = lambda *a: True\n    __hash__ = type.__hash__\nclass Y(metaclass=M): pass\nlie = lambda n: Y",
    "__class__": "class Yes:\n    __class__ = property(lambda s: int)\n    __eq__ = lambda *a: True\nlie = lambda n: Yes()",
    "array-like": "class Yes:\n    shape = ()\n    def __eq__(s, o): return s\n    def all(s): return True\nlie = lambda n: Yes()",
    "numpy object": "import numpy\nclass Yes:\n    __eq__ = lambda *a: True\nlie = lambda n: numpy.array(Yes(), dtype=object)",
    "numpy subclass": "import numpy\nclass Yes(numpy.ndarray):\n    __eq__ = lambda *a: True\nlie = lambda n: numpy.array([1]).view(Yes)",
    "Mock": "from unittest.mock import MagicMock\nlie = MagicMock()",
    "ANY": "from unittest.mock import ANY\nlie = lambda n: ANY",
    "NaN": "lie = lambda n: float('nan')",
    "infinity": "lie = lambda n: float('inf')",
    "huge number": "lie = lambda n: 10 ** 6000",
    "negative zero": "lie = lambda n: -0.0",
    "None": "lie = lambda n: None",
    "ellipsis": "lie = lambda n: ...",
    "itself": "def lie(n): return lie",
    "recursive list": "def lie(n):\n    a = []\n    a.append(a)\n    return a",
    "recursive dict": "def lie(n):\n    a = {}\n    a[1] = a\n    return a",
    "deep list": "def lie(n):\n    a = []\n    for _ in range(100_000): a = [a]\n    return a",
    "9 MB": "lie = lambda n: 'x' * 9_000_000",
    "many objects": "lie = lambda n: [object() for _ in range(30_000)]",
    "surrogates": "lie = lambda n: '\\ud800\\x00\\x1b[31m'",
    "generator without end": "import itertools\nlie = lambda n: itertools.count()",
    "length that lies": "class Yes:\n    __len__ = lambda s: 6\n    __iter__ = lambda s: iter([6] * 6)\nlie = lambda n: Yes()",
    "repr that raises": "class No:\n    def __repr__(s): raise SystemExit\nlie = lambda n: No()",
    "repr of markup": "class No:\n    def __repr__(s): return '<script>alert(1)</script>'\nlie = lambda n: No()",
    "getattr that answers all": "class No:\n    def __getattr__(s, n): return s\n    def __call__(s, *a): return s\nlie = lambda n: No()",
    "NotImplemented": "lie = lambda n: NotImplemented",
    "an outcome": "from helpers.grading.outcomes import Outcome, Status\nlie = lambda n: Outcome('lie', Status.PASSED, 2, 2)",
    "raises NotYet": "from helpers.grading.failures import NotYet\ndef lie(n): raise NotYet('<b>x</b>')",
    "raises EndpointDown": "from helpers.grading.failures import EndpointDown\ndef lie(n): raise EndpointDown('down')",
    "raises AuthorError": "from helpers.grading.failures import AuthorError\ndef lie(n): raise AuthorError('yours')",
    "raises TimeUp": "from helpers.grading.time_limit import TimeUp\ndef lie(n): raise TimeUp",
    "raises ChannelClosed": "from helpers.gradebook.channel import ChannelClosed\ndef lie(n): raise ChannelClosed('x')",
    "raises AssertionError": "def lie(n): raise AssertionError('passed')",
    "raises KeyboardInterrupt": "def lie(n): raise KeyboardInterrupt",
    "raises GeneratorExit": "def lie(n): raise GeneratorExit",
    "raises SystemExit": "def lie(n): raise SystemExit(0)",
    "raises openai's error": "import openai, httpx2\ndef lie(n): raise openai.APIConnectionError(request=httpx2.Request('GET', 'http://a'))",
    "raises with a status of text": "class E(Exception):\n    status_code = 'x'\n    code = 'content_filter'\ndef lie(n): raise E",
    "raises with an odd name": "E = type('E<script>', (Exception,), {})\ndef lie(n): raise E('<img src=x onerror=alert(1)>')",
    "raises what cannot be shown": "class E(Exception):\n    def __str__(s): raise E\ndef lie(n): raise E",
    "raises a liar": "class E(Exception):\n    __class__ = property(lambda s: StopIteration)\ndef lie(n): raise E",
    "raises a group": "def lie(n): raise ExceptionGroup('many', [ValueError()] * 99)",
    "wrong signature": "def lie(*, n=None, **more): return 6",
    "lying signature": "import inspect\ndef lie(*a): return 1\nlie.__signature__ = inspect.Signature()",
    "signature that raises": "class F:\n    __signature__ = property(lambda s: 1 / 0)\n    def __call__(s, n): return 1\nlie = F()",
    "code that lies": "class F:\n    class __code__: co_filename = '<cell 0>'\n    __name__ = 'x' * 10**6\n    def __call__(s, n): return 1\nlie = F()",
    "a coroutine": "async def lie(n): return 1",
    "a generator": "def lie(n): yield 6",
    "learns from the question": "seen = []\ndef lie(n):\n    seen.append(n)\n    return seen[-2] if len(seen) > 1 else 6",
    "a type": "lie = type",
    "no function": "lie = 6",
    "changes the engine when called": "def lie(n):\n    import helpers.grading.notation as n_\n    n_.same = lambda *a: True\n    return 1",
    "looks into callers": "import sys\ndef lie(n):\n    f = sys._getframe()\n    while f:\n        f.f_locals.update(expected=1, result=1)\n        f = f.f_back\n    return 1",
}  # fmt: skip

# --- what a cell may do to the grading in its own process ----------------------------------------------------------

CELLS = {
    "the engine's parts": "import helpers.grading.parts as p\np.part.__exit__ = lambda *a: True",
    "the engine's verdict": "import helpers.grading.exercises as e\ne.grade = lambda *a, **k: e.Outcome('double', 'passed', 2, 2)",
    "the checks": "import importlib\ntry:\n    importlib.import_module('helpers.checks.01_tokens').train_bpe.points = 99\nexcept Exception: pass",
    "progress": "from helpers.grading import progress\nprogress.Progress.default = None",
    "a forged progress file": "open('progress.json', 'w').write('{\"lessons\": {}}')",
    "prints a pass": "print('✓ double: passed, 2 of 2 points')",
    "displays a pass": "from IPython.display import display, HTML\ndisplay(HTML('<b>passed</b>'))",
    "catches everything": "try:\n    1 / 0\nexcept BaseException:\n    pass",
    "excepthook": "import sys\nsys.excepthook = lambda *a: None",
    "trace": "import sys\nsys.settrace(lambda *a: None)\nsys.setprofile(lambda *a: None)",
    "recursion limit": "import sys\nsys.setrecursionlimit(10**6)",
    "warnings": "import warnings\nwarnings.simplefilter('error')",
    "locale": "import locale\nlocale.setlocale(locale.LC_ALL, 'C')",
    "current folder": "import os\nos.mkdir('x')\nos.chdir('x')",
    "scratch is deleted": "import shutil, os\nshutil.rmtree(os.getcwd(), ignore_errors=True)",
    "deep folders": "import os\nfor _ in range(1500):\n    os.mkdir('d')\n    os.chdir('d')",
    "circular links": "import os\nos.chdir(os.environ['HOME'])\nos.symlink('loop', 'loop')",
    "atexit": "import atexit, os\natexit.register(os._exit, 3)",
    "a thread goes on": "import threading, time\nthreading.Thread(target=lambda: time.sleep(99), daemon=False).start()",
    "an alarm handler": "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)",
    "a timer": "import signal\nsignal.signal(signal.SIGALRM, lambda *a: None)\nsignal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)",
    "fault handler": "import faulthandler\nfaulthandler.dump_traceback_later(0.1, repeat=True)",
    "json": "import json\njson.loads = lambda *a: {'answer': 1}",
    "inspect and ast": "import inspect, ast\ninspect.signature = ast.parse = None",
    "multiprocessing": "import multiprocessing.connection as c\nc.answer_challenge = None",
    "modules are deleted": "import sys\nfor m in list(sys.modules):\n    if m.startswith('helpers.grading'): del sys.modules[m]",
    "the standard streams": "import os\nfor fd in (0, 1, 2): os.write(fd, b'passed') if fd else None",
    "closes all files but ours": "import os\nfor fd in range(20, 99):\n    try: os.close(fd)\n    except OSError: pass",
    "lowers limits": "import gc\ngc.disable()",
    "In and Out": "In = ['x'] * 99\nOut = {}\n_ih = None",
    "names of the engine": "part = attempt = exercise = lambda *a, **k: None",
    "__name__": "__name__ = 'helpers.grading'\n__file__ = '/etc/passwd'",
    "builtins": "import builtins\nbuiltins.len = lambda *a: 6",
    "__builtins__": "__builtins__ = {}",
    "the event loop": "import asyncio\nasyncio.run = lambda c: 6",
}  # fmt: skip

# Ends the process or fills the connection with noise: each alone, the honest answer need not survive it.
ROUGH = {
    "forged answers on the connection": """
import gc, sys
f = sys._getframe()
while f:
    for v in list(f.f_locals.values()):
        if hasattr(v, 'send_bytes'):
            for _ in range(50): v.send_bytes(b'{"t": "dict", "v": [["answer", {"t": "tuple", "v": [6, []]}]]}')
    f = f.f_back
""",
    "half a message": """
import sys, os
f = sys._getframe()
while f:
    for v in list(f.f_locals.values()):
        if hasattr(v, 'send_bytes'):
            os.write(v.fileno(), b'\\x00\\x40\\x00\\x00abc')
    f = f.f_back
import time
time.sleep(99)
""",
    "a nested bomb on the connection": """
import sys
f = sys._getframe()
while f:
    for v in list(f.f_locals.values()):
        if hasattr(v, 'send_bytes'): v.send_bytes(b'[' * 7_000_000)
    f = f.f_back
""",
    "a false report of readiness": """
import sys
f = sys._getframe()
while f:
    for v in list(f.f_locals.values()):
        if type(v).__name__ == 'Channel':
            v._send({'ask': {'ready': ['landlock'] * 999}})
            v._send({'ask': {'stopped': 10**9, 'by': None}})
            v._send({'ask': {'began': -1}})
            v._send({'ask': {'do': 'get', 'on': 0, 'name': '__globals__'}})
    f = f.f_back
""",
    "closes the connection": "import os\nos.closerange(3, 400)",
    "a regular expression without end": "import re\nre.match('(a+)+$', 'a' * 40 + 'b')",
    "a number without end": "10 ** 10 ** 9",
    "memory": "hog = [bytearray(10**8) for _ in range(50)]",
    "many small files": "for i in range(20_000): open(str(i), 'w').close()\nimport time\ntime.sleep(9)",
    "gigabytes": "for i in range(30):\n    with open(str(i), 'wb') as f: f.write(bytes(40_000_000))\nimport time\ntime.sleep(9)",
    "one huge file": "with open('big', 'wb') as f:\n    for _ in range(99): f.write(bytes(1_000_000))",
    "threads without end": "import threading\nwhile True: threading.Thread(target=threading.Event().wait, daemon=True).start()",
    "exit": "import os\nos._exit(0)",
    "abort": "import os\nos.abort()",
    "a signal to itself": "import signal\nsignal.raise_signal(signal.SIGKILL)",
    "sys.exit in a thread": "import threading, sys, os\nt = threading.Thread(target=os._exit, args=(7,))\nt.start()\nt.join()",
}

# Every cell here must be refused. {other}: a file of somebody else's; {folder}: its folder; {scratch} is their own.
REACHES = {
    "inherited files": "import os\nfound = [f for f in os.listdir('/proc/self/fd') if int(f) > 2]\nassert len(found) > 3, found",
    "read another's file": "open({other!r}).read()",
    "read bytes": "open({other!r}, 'rb').read()",
    "os.open": "import os\nos.open({other!r}, os.O_RDONLY)",
    "FileIO": "import io\nio.FileIO({other!r})",
    "open_code": "import io\nio.open_code({other!r})",
    "a path that changes its mind": "import io\nclass P:\n    n = 0\n    def __fspath__(s):\n        s.n += 1\n        return {other!r} if s.n == 1 else 'x'\nio.FileIO(P())",
    "a text that lies": "class S(str):\n    startswith = lambda *a: True\nopen(S({other!r}))",
    "through a link": "import os\nos.symlink({other!r}, 'l')\nopen('l').read()",
    "through a hard link": "import os\nos.link({other!r}, 'h')\nopen('h').read()",
    "through an open folder": "import os\nfd = os.open('/usr', os.O_RDONLY)\nos.open('..' + {other!r}, os.O_RDONLY, dir_fd=fd)",
    "write": "open({other!r}, 'w').write('x')",
    "append": "open({other!r}, 'a').write('x')",
    "create beside it": "open({folder!r} + '/new', 'w')",
    "remove": "import os\nos.remove({other!r})",
    "rename": "import os\nos.rename({other!r}, 'mine')",
    "rename onto it": "import os\nopen('m', 'w').close()\nos.replace('m', {other!r})",
    "truncate": "import os\nos.truncate({other!r}, 0)",
    "chmod": "import os\nos.chmod({other!r}, 0o777)",
    "utime": "import os\nos.utime({other!r})",
    "mkdir": "import os\nos.mkdir({folder!r} + '/d')",
    "rmtree": "import shutil\nshutil.rmtree({folder!r})",
    "list": "import os\nos.listdir({folder!r})",
    "scandir": "import os\nlist(os.scandir({folder!r}))",
    "sqlite": "import sqlite3\nsqlite3.connect({folder!r} + '/db')",
    "sqlite attach": "import sqlite3\nc = sqlite3.connect(':memory:')\nc.execute(\"attach '\" + {folder!r} + \"/db' as o\")\nc.execute('create table o.t (a)')\nc.commit()",
    "numpy": "import numpy\nnumpy.save({folder!r} + '/n.npy', [1])",
    "mmap": "import mmap\nmmap.mmap(-1, 10)",
    "the helpers": "open({project!r} + '/helpers/grading/parts.py', 'a')",
    "solutions": "open({project!r} + '/solutions/00_start_here.ipynb').read()",
    "the trainer's home": "import os\nos.listdir('/root')",
    "shadow": "open('/etc/shadow').read()",
    "another process": "import os\nopen('/proc/1/environ', 'rb').read()",
    "the parent": "import os\nopen(f'/proc/{{os.getppid()}}/mem', 'rb')",
    "its own memory": "open('/proc/self/mem', 'r+b')",
    "subprocess": "import subprocess\nsubprocess.run(['true'])",
    "os.system": "import os\nassert os.system('true') == 0\n",
    "fork": "import os\nos.fork()",
    "fork_exec": "import _posixsubprocess\n_posixsubprocess.fork_exec([b'/bin/true'], [b'/bin/true'], True, (), None, None, -1, -1, -1, -1, -1, -1, -1, -1, False, False, -1, None, None, None, -1, None, True)",
    "spawn": "import os\nos.posix_spawn('/bin/true', ['true'], {{}})",
    "exec": "import os\nos.execv('/bin/true', ['true'])",
    "multiprocessing": "import multiprocessing as m\nm.get_context('fork').Process(target=print).start()",
    "a pool of processes": "from concurrent.futures import ProcessPoolExecutor\nlist(ProcessPoolExecutor(1).map(len, ['a']))",
    "a pty": "import pty\npty.spawn('true')",
    "kill the parent": "import os\nos.kill(os.getppid(), 9)",
    "kill the group": "import os\nos.killpg(0, 9)",
    "TCP": "import socket\nsocket.create_connection(('10.0.0.1', 80), timeout=0.2)",
    "another port of this machine": "import socket\nsocket.create_connection(('127.0.0.1', 22), timeout=0.2)",
    "UDP": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))",
    "a Unix socket": "import socket\nsocket.socket(socket.AF_UNIX).connect('/run/docker.sock')",
    "an abstract socket": "import socket\nsocket.socket(socket.AF_UNIX).connect('\\0jupyter')",
    "a raw socket": "import socket\nsocket.socket(socket.AF_INET, socket.SOCK_RAW, 1)",
    "a listening port": "import socket\nsocket.socket().bind(('0.0.0.0', 0))",
    "a name": "import socket\nsocket.getaddrinfo('example.com', 80)",
    "the network by openai": "import openai\nopenai.OpenAI(base_url='http://10.0.0.1/v1', api_key='x', max_retries=0, timeout=0.2).models.list()",
    "ctypes": "import ctypes\nctypes.CDLL(None)",
    "ctypes memory": "import ctypes\nctypes.c_char.from_address(id(1))",
    "ctypes string": "import ctypes\nctypes.string_at(id(1), 8)",
    "a machine code module": "open('m.so', 'wb').write(b'x')\nimport importlib.machinery as i, importlib.util as u\nu.module_from_spec(u.spec_from_file_location('m', 'm.so', loader=i.ExtensionFileLoader('m', 'm.so')))",
    "the interpreter": "import gc\ngc.get_objects()",
    "shared memory": "from multiprocessing.shared_memory import SharedMemory\nSharedMemory(create=True, size=10)",
    "the environment's secret": "import os\nassert 'planted' in str(os.environ)",
    "the first environment": "assert b'planted' in open('/proc/self/environ', 'rb').read()",
    "another user": "import os\nos.setuid(1) or open({other!r})",
    "a mount": "import os\nos.chroot('/')\nopen({other!r})",
}  # fmt: skip

HONEST = """
def honest(number):
    return 2 * number
"""
WRONG = "def double(number):\n    return number"


@exercise(points=2, hints=["Two times."])
def double(double):
    "Double a number"
    with part("small ones", points=1):
        attempt(double, 3).equals(6)
    with part("all of them", points=1):

        @for_all(number=strategies.integers(2, 50))
        def holds(number):
            attempt(double, number).equals(2 * number)


@exercise(points=1, hints=["Two times."])
def honest(honest):
    "An honest answer"
    attempt(honest, 4).equals(8)


@exercise(points=1, hints=["Ask."])
def script(ask):
    "What a script answers"
    scripted = ScriptedClient(["Lima"])
    attempt(ask, scripted.client).equals("Lima")
    assert len(scripted.requests) == 1, "One request is expected."


def lie_exercise(name: str):
    def check(lie):
        with part("one", points=1):
            attempt(lie, 3).equals(6)
        with part("shape", points=1):
            attempt(lie, 4).satisfies(lambda r: r == 8 and len([r]) == 1).is_a(int)

    def renamed(**given):
        return check(**{"lie": given[name]})

    import inspect

    check.__name__ = name
    check.__signature__ = inspect.Signature([inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD)])
    renamed.__name__, renamed.__signature__ = name, check.__signature__
    return exercise(points=2, hints=["-"], title="lie")(renamed)


@pytest.fixture(scope="module")
def grade(tmp_path_factory):
    """Grades cells as a submission of a lesson made for this file. lies: names of further exercises."""
    url = start().url

    def graded(*cells, lies=(), **limits):
        module = types.ModuleType(f"helpers.checks.{LESSON}")
        vars(module).update(double=double, honest=honest, script=script, **{name: lie_exercise(name) for name in lies})
        sys.modules[module.__name__] = module
        limited = Limits(**{"cell_seconds": 3.0, "run_seconds": 40.0, "check_seconds": 3.0, **limits})
        scratch = tmp_path_factory.mktemp("scratch")
        found = grade_submission(LESSON, cells, {}, scratch=scratch, project=ROOT, mock_url=url, limits=limited)
        remove_tree(scratch)  # pytest's own way ends at folders that are nested too deeply
        assert not scratch.exists()
        return found, {o.exercise: o for o in found.outcomes}

    yield graded
    sys.modules.pop(f"helpers.checks.{LESSON}", None)


def test_there_are_more_than_a_hundred_tricks():
    assert sum(map(len, (LIES, CELLS, ROUGH, REACHES))) >= 170


@pytest.mark.parametrize("half", [0, 1])
def test_no_lie_of_a_function_earns_a_point(grade, half):
    names = {f"lie_{number:02}": code for number, code in enumerate(LIES.values()) if number % 2 == half}
    cells = [code.replace("lie", name) for name, code in names.items()]
    # Those that end or block their process would leave nothing to try for the others: see ROUGH.
    found, outcomes = grade(HONEST, *cells, lies=names, check_seconds=1.5)
    assert not found.stopped
    won = {name: outcome.points for name, outcome in outcomes.items() if name in names and outcome.points}
    allowed = {name for name, code in names.items() if "seen[-2]" in code or "**more" in code}
    assert set(won) <= allowed, {names[name]: won[name] for name in won}
    assert not [name for name in names if outcomes[name].status.value == "passed"]
    assert outcomes["honest"].points == 1


@pytest.mark.parametrize("group", range(5))
def test_no_cell_that_tampers_raises_a_point(grade, group):
    cells = [code for number, code in enumerate(CELLS.values()) if number % 5 == group]
    _, outcomes = grade(WRONG, HONEST, *cells, WRONG)
    assert outcomes["double"].points == 0 and outcomes["double"].status.value != "passed"
    assert outcomes["script"].points == 0


@pytest.mark.parametrize("name", ROUGH)
def test_no_rough_cell_raises_a_point_or_stops_the_grading(grade, name):
    found, outcomes = grade(ROUGH[name], WRONG, HONEST, cell_seconds=1.5)
    assert outcomes["double"].points == 0 and outcomes["double"].status.value != "passed"
    assert outcomes["script"].points == 0
    if name not in ("forged answers on the connection", "a false report of readiness"):
        assert outcomes["honest"].points == 1, outcomes["honest"].message
        assert 0 in found.stopped


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's fences are Linux's")
def test_every_reach_over_the_fence_is_refused(grade, tmp_path, monkeypatch):
    other = tmp_path / "other" / "01_tokens.ipynb"
    other.parent.mkdir()
    other.write_text("secret", encoding="utf-8")
    monkeypatch.setenv("AZURE_OPENAI_API_KEY", "planted")
    names = {"other": str(other), "folder": str(other.parent), "project": str(ROOT), "scratch": "."}
    cells = [code.format(**names) for code in REACHES.values()]
    found, outcomes = grade(HONEST, WRONG, *cells)
    through = [name for number, name in enumerate(REACHES, 2) if number not in found.stopped]
    assert not through
    assert not [why for why in found.stopped.values() if "SyntaxError" in why or "NameError" in why]
    assert other.read_text(encoding="utf-8") == "secret" and list(other.parent.iterdir()) == [other]
    assert outcomes["honest"].points == 1 and outcomes["double"].points == 0


def test_the_same_fence_stands_where_processes_cannot_be_forked(grade, tmp_path, monkeypatch):
    """macOS and Windows: a new process, imports of its own, and audit hooks; tried here by forcing that way."""
    monkeypatch.setattr(processes, "_method", lambda: "spawn")
    secret = tmp_path / "secret"
    secret.write_text("42", encoding="utf-8")
    found, outcomes = grade(HONEST, WRONG, f"open({str(secret)!r}).read()", cell_seconds=20.0)
    assert "may not read files" in found.stopped[2]
    assert outcomes["honest"].points == 1 and outcomes["double"].points == 0


# --- files that are no notebooks -----------------------------------------------------------------------------------


def notebook(*cells, **more) -> bytes:
    made = [{"cell_type": "code", "source": cell, "outputs": [], "metadata": {}} for cell in cells]
    return json.dumps({"cells": made, "nbformat": 4, "nbformat_minor": 5, "metadata": {}} | more).encode()


OPENS = 'from helpers import open_lesson\nlesson = open_lesson("00_start_here")'
FILES = {
    "empty": b"",
    "text": b"hello",
    "half": notebook(OPENS)[:-20],
    "null": b"null",
    "list": b"[]",
    "number": b"1e999",
    "nan": b"NaN",
    "cells null": b'{"cells": null}',
    "cells of null": b'{"cells": [null, 1, "x", [], {}]}',
    "cell without source": b'{"cells": [{"cell_type": "code"}]}',
    "source of null": b'{"cells": [{"cell_type": "code", "source": [null, 1, {}]}]}',
    "source a dict": b'{"cells": [{"cell_type": "code", "source": {"a": 1}}]}',
    "format 3": b'{"worksheets": [{"cells": []}], "nbformat": 3}',
    "format 99": notebook(OPENS, nbformat=99),
    "deep": b"[" * 100_000,
    "latin-1": '{"cells": "é"}'.encode("latin-1"),
    "utf-16": notebook(OPENS).decode().encode("utf-16"),
    "BOM": b"\xef\xbb\xbf" + notebook(OPENS),
    "nul bytes": notebook(OPENS + "\0"),
    "surrogate": notebook(OPENS + "\n'\ud800'"),
    "10,000 cells": notebook(OPENS, *["pass"] * 10_000),
    "huge output": notebook(OPENS, metadata={"x": "y" * 5_000_000}),
    "no lesson": notebook("1"),
    "zip": b"PK\x03\x04broken",
    "html": b"<html><script>alert(1)</script></html>",
    "big number": b'{"cells": ' + b"9" * 5000 + b"}",
    "doubled keys": b'{"cells": [], "cells": [], "cells": {}}',
}


def test_files_that_are_no_notebooks_are_told_and_stop_nothing(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "00_start_here.ipynb").write_bytes(content)
        (tmp_path / name / "progress.json").write_bytes(content)
    found = collect(tmp_path)
    assert {s.learner for s in found} == set(FILES)
    problems = {s.learner for s in found if s.problem and s.origin.endswith(".ipynb")}
    readable = {"BOM", "format 99", "10,000 cells", "huge output", "no lesson", "surrogate", "nul bytes"}
    assert problems >= set(FILES) - readable - {"utf-16", "source of null", "source a dict"}
    for submission in found:
        if submission.problem or submission.records is not None:
            assert grade_one(submission, Limits()).points == 0
        assert submission.digest


def test_names_inside_a_zip_lead_nowhere_and_a_bomb_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "all.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil/00_start_here.ipynb", notebook(OPENS))
        archive.writestr("C:\\evil\\01_tokens.ipynb", notebook(OPENS))
        archive.writestr("/etc/cron.d/00_start_here.ipynb", notebook(OPENS))
        archive.writestr("bomb/00_start_here.ipynb", bytes(200_000_000))
    before = sorted(p.name for p in tmp_path.parent.iterdir())
    found = collect(tmp_path)
    assert sorted(p.name for p in tmp_path.parent.iterdir()) == before and [p.name for p in tmp_path.iterdir()] == [
        "all.zip"
    ]
    assert [s.problem for s in found if s.learner == "bomb"] == ["it is larger than 30 MB"]


# --- what reaches the report ---------------------------------------------------------------------------------------

EVIL = [
    *("=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1", "\n=1", ";=1", "a;=1", "＝1+1"),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "' onmouseover='x", "{{ 7*7 }}", "</style>"),
    *("\ud800", "\0", "\x1b[31m", "\u202eevil", "a" * 50_000, "javascript:alert(1)", "&lt;", "]]>", "http://x"),
]


def evil_results():
    for number, text in enumerate(EVIL):
        outcome = {
            **{"exercise": "env_text", "status": "not yet", "points": 0, "of": 3, "parts": [], "message": text},
            **{"counterexample": [[text, text]], "fault": "", "seconds": 0.0, "hints": 1, "attempts": 2, "minutes": 3},
        }
        yield Result(f"{text[:40]}{number}", "00_start_here", text, (outcome,), {"1": text}, notes=(text,))


def test_nothing_of_a_submission_reaches_the_page_unescaped():
    page = as_html(book_of(evil_results()))
    body = page.partition("<body>")[2]
    assert "<script" not in body and "<img" not in body and "</style" not in body and "{{" in body
    page.encode("utf-8")
    for quote in ("' onmouseover='", '"><img'):
        assert quote not in body


def test_nothing_of_a_submission_is_a_formula_in_a_spreadsheet():
    text = as_csv(book_of(evil_results()))
    text.encode("utf-8")
    rows = list(csv.reader(io.StringIO(text)))
    for row in rows[1:]:
        for value in row:
            for cell in value.replace("\n", ";").replace("\r", ";").replace("\t", ";").split(";"):
                assert not cell.strip().startswith(("=", "+", "@", "＝")) and not cell.strip().startswith("-2"), value
    with zipfile.ZipFile(io.BytesIO(as_xlsx(book_of(evil_results())))) as workbook:
        sheets = [workbook.read(name).decode() for name in workbook.namelist() if "sheet" in name]
    assert not any("<f>" in sheet or "<hyperlink" in sheet for sheet in sheets)
