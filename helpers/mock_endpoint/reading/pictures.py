"""What is seen of a picture: the description that its file carries, and the text in it, where the extra `vision` is.

A description that the file itself carries (descriptions.py) goes before what is read: it stands for eyes, which this
simulation has none of, and with it a reply is the same on every computer. It may be wrong, and is believed all the
same; asked to describe the picture, the reply tells what the two say unlike (skills/look.py).

Text is read by RapidOCR (Apache-2.0), which runs PaddleOCR's detection and recognition models on onnxruntime. Its
models lie in its package, so nothing is fetched. It is loaded with the first picture: 1.7 s and 0.4 GB, then about a
second a slide, once a picture.
"""

from __future__ import annotations

import importlib.util
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from ..api.pictures import Detail, Picture
from .descriptions import description_in, in_sentences
from .layout import Word, lines_of

_REMEMBERED = 256  # texts of pictures
_CERTAIN = 0.6  # of a recognised stretch; below it is mostly pattern taken for letters

_lock = threading.Lock()
_engine: list[Any] = []
_texts: OrderedDict[tuple[str, Detail], str] = OrderedDict()


@dataclass(frozen=True)
class Sight:
    """described: what the picture's file says that it shows; empty where it says nothing."""

    described: str
    picture: Picture

    @property
    def read(self) -> str:
        """The text recognised in it; recognition takes a second, so it begins only where this is asked for."""
        return text_in(self.picture)

    @property
    def text(self) -> str:
        """What replies are made from."""
        return in_sentences(self.described) or self.read.strip()


def sight_of(picture: Picture) -> Sight:
    return Sight(description_in(picture), picture)


def can_read() -> bool:
    """Whether the recognition library is installed."""
    return importlib.util.find_spec("rapidocr") is not None


def text_in(picture: Picture) -> str:
    """The picture's text in reading order, as its detail lets it be seen; empty when it has none that can be read."""
    if not can_read():
        return ""
    key = (picture.sha, picture.detail)
    # One at a time: recognition is short of processors, not of threads, and the same picture is read once.
    with _lock:
        if key in _texts:
            _texts.move_to_end(key)
            return _texts[key]
        _texts[key] = text = "\n".join(lines_of(_words(picture)))
        if len(_texts) > _REMEMBERED:
            _texts.popitem(last=False)
        return text


def _words(picture: Picture) -> list[Word]:
    import numpy as np

    found = _recogniser()(np.asarray(picture.seen())[:, :, ::-1])  # it takes blue, green, red
    if found.boxes is None or found.txts is None:
        return []
    words = []
    for box, text, certainty in zip(found.boxes, found.txts, found.scores, strict=True):
        if text.strip() and certainty >= _CERTAIN:
            across, down = [float(x) for x, _ in box], [float(y) for _, y in box]
            words.append(Word(text.strip(), min(across), min(down), max(across), max(down)))
    return words


def _recogniser() -> Any:
    if not _engine:
        from rapidocr import RapidOCR

        threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
        _engine.append(RapidOCR(params={"Global.log_level": "critical", **threads}))
    return _engine[0]
