"""Pictures in messages: a data URI checked and decoded as the API does, and what it costs in tokens.

Nothing is fetched: a picture that only a web address names is refused in plain words. What text a picture holds is read
in `reading/pictures.py`, and only where a reply needs it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import io
import math
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from .errors import ApiError, missing

if TYPE_CHECKING:
    from PIL.Image import Image

Detail = Literal["low", "high"]

_FORMATS = {"PNG": "png", "JPEG": "jpeg", "GIF": "gif", "WEBP": "webp"}
_MOST_BYTES = 20_000_000  # the API's limit
_MOST_PIXELS = 40_000_000  # 160 MB decoded: a small file must not become a process that dies of its memory
_SHOWN = 60  # characters of an address in an error

# https://platform.openai.com/docs/guides/images-vision#calculating-costs (the rule it gives for gpt-4o): a picture in
# low
# detail costs the base alone. In high detail it is fitted into 2048 x 2048, then its shorter side is brought down to
# 768,
# and each tile of 512 x 512 that is needed to cover it costs as much again and more.
_BASE_TOKENS, _TILE_TOKENS, _TILE = 85, 170, 512
_FIT, _SHORT_SIDE, _LOW_FIT = 2048, 768, 512


@dataclass(frozen=True)
class Picture:
    """A picture that could be decoded. Sizes are in pixels, as it was sent; `sha` is the SHA-256 of its bytes."""

    sha: str
    format: str
    width: int
    height: int
    detail: Detail
    data: bytes = field(repr=False, compare=False)

    @property
    def seen_size(self) -> tuple[int, int]:
        """Width and height at which a model sees it: in low detail much is lost."""
        return seen_size(self.width, self.height, self.detail)

    @property
    def tokens(self) -> int:
        """What it adds to a prompt."""
        return image_tokens(self.width, self.height, self.detail)

    def seen(self) -> Image:
        """Its pixels as a model sees them: RGB, on white, the first frame, scaled to `seen_size`."""
        from PIL import Image

        with Image.open(io.BytesIO(self.data)) as image:
            image.draft("RGB", self.seen_size)  # a JPEG is decoded at a smaller scale where that is enough
            own = image.convert("RGBA") if image.mode in ("RGBA", "LA", "PA", "P") else image.convert("RGB")
        if own.mode == "RGBA":
            white = Image.new("RGBA", own.size, "white")
            own = Image.alpha_composite(white, own).convert("RGB")
        return own.resize(self.seen_size, Image.Resampling.LANCZOS) if own.size != self.seen_size else own


def seen_size(width: int, height: int, detail: Detail) -> tuple[int, int]:
    """The size a picture is scaled down to; a smaller one is left as it is."""
    fit = _LOW_FIT if detail == "low" else _FIT
    scale = min(1.0, fit / max(width, height))
    if detail == "high":
        scale = min(scale, _SHORT_SIDE / min(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def image_tokens(width: int, height: int, detail: Detail) -> int:
    """Tokens by OpenAI's tile rule: 1024 x 1024 in high detail -> 765."""
    if detail == "low":
        return _BASE_TOKENS
    wide, high = seen_size(width, height, "high")
    return _BASE_TOKENS + _TILE_TOKENS * math.ceil(wide / _TILE) * math.ceil(high / _TILE)


# --- reading -------------------------------------------------------------------------------------------------------

_DATA_URI = re.compile(r"data:(?P<type>[\w.+-]+/[\w.+-]+)?(?:;[\w-]+=[^;,]*)*(?P<base64>;base64)?,", re.IGNORECASE)


def read_picture(url: str, detail: str | None = None, param: str = "image_url") -> Picture:
    """The picture of a data URI. detail is auto (as high), low or high; param names the field in errors.

    Raises ApiError 400, with the codes that the openai package lists for pictures (types/responses/response_error.py).
    """
    if not url:
        raise missing(param)
    data = _bytes_of(url, param)
    sha = hashlib.sha256(data).hexdigest()
    form, width, height = _checked(sha, data, param)
    return Picture(sha, form, width, height, "low" if detail == "low" else "high", data)


def _bytes_of(url: str, param: str) -> bytes:
    if re.match(r"https?://", url, re.IGNORECASE):
        raise _refused(
            "invalid_image_url",
            f"Failed to download image from {url[:_SHOWN]}. The offline endpoint fetches nothing: send the picture "
            "itself as a data URI (data:image/png;base64,...), or connect to a live endpoint.",
            param,
        )
    head = _DATA_URI.match(url[:500])
    if head is None or not head["base64"]:
        raise _refused(
            "invalid_image_url",
            f"Invalid image URL: '{url[:_SHOWN]}'. Expected a base64-encoded data URL with an image MIME type (e.g. "
            "'data:image/png;base64,aW1nIGJ5dGVzIGhlcmU=').",
            param,
        )
    if not (head["type"] or "").lower().startswith("image/"):
        raise _refused("unsupported_image_media_type", "Invalid MIME type. Only image types are supported.", param)
    encoded = url[head.end() :]
    if len(encoded) * 3 // 4 > _MOST_BYTES:
        raise _too_large("image_file_too_large", param)
    try:
        data = base64.b64decode(re.sub(r"\s+", "", encoded), validate=True)
    except (binascii.Error, ValueError):
        raise _refused("invalid_base64_image", "Invalid base64 image data: it could not be decoded.", param) from None
    if not data:
        raise _refused("empty_image_file", "The image file is empty.", param)
    return data


_known: OrderedDict[str, tuple[str, int, int]] = OrderedDict()  # SHA-256 of a picture that was decoded -> what it is
_lock = threading.Lock()
_REMEMBERED = 512


def _checked(sha: str, data: bytes, param: str) -> tuple[str, int, int]:
    """Format, width and height; the pixels are decoded once, so that a broken picture is refused and not half read."""
    with _lock:
        if sha in _known:
            _known.move_to_end(sha)
            return _known[sha]
    found = _decoded(data, param)
    with _lock:
        _known[sha] = found
        if len(_known) > _REMEMBERED:
            _known.popitem(last=False)
    return found


def _decoded(data: bytes, param: str) -> tuple[str, int, int]:
    from PIL import Image, UnidentifiedImageError

    try:
        # Opening reads the header alone: the size is known before any pixel is unpacked.
        with Image.open(io.BytesIO(data), formats=tuple(_FORMATS)) as image:
            form, (width, height) = _FORMATS[image.format or ""], image.size
            if width * height > _MOST_PIXELS:
                raise _too_large("image_too_large", param)
            image.draft("RGB", (_FIT, _FIT))
            image.load()
    except UnidentifiedImageError:
        raise _refused(
            "invalid_image_format",
            "You uploaded an unsupported image. Please make sure your image has of one the following formats: "
            "['png', 'jpeg', 'gif', 'webp'].",
            param,
        ) from None
    except Image.DecompressionBombError:
        raise _too_large("image_too_large", param) from None
    except (OSError, SyntaxError, ValueError, EOFError, IndexError, OverflowError, MemoryError) as problem:
        raise _refused(
            "image_parse_error", f"The image could not be parsed; it may be broken or cut off ({problem}).", param
        ) from None
    return form, width, height


def _too_large(code: str, param: str) -> ApiError:
    return _refused(
        code,
        f"The image is too large. It may have at most {_MOST_BYTES // 1_000_000} MB and, on the offline endpoint, "
        f"{_MOST_PIXELS // 1_000_000} million pixels.",
        param,
    )


def _refused(code: str, message: str, param: str) -> ApiError:
    return ApiError(400, message, code=code, param=param)
