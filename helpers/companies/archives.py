"""Office files with the same content every time: fixed dates, in the file and in the workbooks inside it.

Their bytes are the same wherever zlib is (zlib-ng, in some builds of Python, packs differently).
"""

from __future__ import annotations

import io
import re
import zipfile

LONG_AGO = (2026, 1, 5, 9, 0, 0)
DATES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def settled(data: bytes) -> bytes:
    """An Office file without anything that depends on the clock."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name in given.namelist():
            content = given.read(name)
            if name.endswith(".xlsx"):
                content = settled(content)
            elif name == "docProps/core.xml":
                content = DATES.sub(rb"\g<1>2026-01-05T09:00:00Z\g<2>", content)
            entry = zipfile.ZipInfo(name, LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 3  # the same number on Windows
            made.writestr(entry, content)
    return out.getvalue()
