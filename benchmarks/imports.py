"""Seconds to import helpers, beside a Python that imports nothing and one that imports openai."""

from _side_by_side import command, compare

compare(
    {
        "python -c pass": command("-c", "pass"),
        "import helpers": command("-c", "import helpers"),
        "import helpers.grading": command("-c", "import helpers.grading"),
        "import openai": command("-c", "import openai"),
        "from helpers import connect, open_lesson": command("-c", "from helpers import connect, open_lesson"),
    },
    times=7,
    yardstick="python -c pass",
)
