"""A picture's file → RGB pixels, the right way up; :class:`PictureError` says what is wrong with any other file."""

from __future__ import annotations

import warnings
from io import BytesIO
from math import ceil, sqrt
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from vit.errors import Refusal
from vit.pictures.limits import overlong_part

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_BYTES = 40 * 2**20
MAX_PIXELS = 25_000_000
MAX_PIXELS_JPEG = 64_000_000  # a JPEG is made smaller while it is decoded; all others are first unpacked whole
KEPT_PIXELS = 2 * 2**20

_T = Image.Transpose
_TURNS = {
    2: _T.FLIP_LEFT_RIGHT,
    3: _T.ROTATE_180,
    4: _T.FLIP_TOP_BOTTOM,
    5: _T.TRANSPOSE,
    6: _T.ROTATE_270,
    7: _T.TRANSVERSE,
    8: _T.ROTATE_90,
}
_UPRIGHT = (_T.FLIP_LEFT_RIGHT, _T.ROTATE_180, _T.FLIP_TOP_BOTTOM)  # the others exchange width and height
_FULL_SIZE = "full size"


class PictureError(Refusal, ValueError):
    """A file that cannot be shown; its message is one sentence for the person who brought it."""


def open_image(source: bytes | Path, name: str = "") -> Image.Image:
    """The picture in ``source`` (the bytes of a file, or its path) as RGB, turned the right way up.

    PNG, JPEG, WebP, BMP, GIF (its first frame) or TIFF, in any mode; transparency is laid on white.
    Pictures over two megapixels are reduced below that by a whole factor, each new pixel the mean of a square of
    old ones; what is left is still far finer than a model's input, and :func:`full_size` tells what it was.
    Time and memory are bounded whatever the file is made of (:mod:`vit.pictures.limits`).
    :class:`PictureError` names what is wrong with anything else.
    """
    name = name or (source.name if isinstance(source, Path) else "This file")
    data = _read(source, name) if isinstance(source, Path) else source
    if not data:
        raise PictureError(f"{name} is empty: it holds no picture.")
    if len(data) > MAX_BYTES:
        raise _too_large(name, len(data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own size warning: the limit below is stricter
        try:
            _refuse_overlong(name, data)
            opened = Image.open(BytesIO(data), formats=FORMATS)
            width, height = opened.size
            most = MAX_PIXELS_JPEG if data.startswith(b"\xff\xd8") else MAX_PIXELS
            if width * height > most:
                raise PictureError(
                    f"{name} has {width} × {height} pixels; pictures of up to {MAX_PIXELS // 10**6} million pixels "
                    f"can be opened, JPEG of up to {MAX_PIXELS_JPEG // 10**6}."
                )
            _refuse_overlong(name, data, width, height)
            turn = _TURNS.get(_orientation(opened))
            image = _to_rgb(_reduce(opened))
            if turn is not None:
                image = image.transpose(turn)
                width, height = (width, height) if turn in _UPRIGHT else (height, width)
            image.info[_FULL_SIZE] = width, height
            return image
        except PictureError:
            raise
        except UnidentifiedImageError:
            raise PictureError(f"{name} is not a PNG, JPEG, WebP, BMP, GIF or TIFF picture.") from None
        except Image.DecompressionBombError:
            raise PictureError(f"{name} claims far more pixels than can be opened.") from None
        except Exception as error:  # a decoder may raise anything on a broken file
            reason = str(error).split("\n")[0][:80].rstrip(". ") or type(error).__name__
            raise PictureError(f"{name} is damaged and cannot be opened ({reason}).") from None


def full_size(image: Image.Image) -> tuple[int, int]:
    """Width and height in pixels that a picture had before :func:`open_image` reduced it."""
    size: tuple[int, int] = image.info.get(_FULL_SIZE, image.size)
    return size


def _read(path: Path, name: str) -> bytes:
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise _too_large(name, size)
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{name} cannot be read: {error.strerror}.") from None


def _refuse_overlong(name: str, data: bytes, width: int = 0, height: int = 0) -> None:
    if what := overlong_part(data, width, height):
        raise PictureError(f"{name} is built to overwhelm whoever opens it: it has {what}.")


def _too_large(name: str, size: int) -> PictureError:
    return PictureError(f"{name} has {size / 2**20:.0f} MB; files of up to {MAX_BYTES // 2**20} MB can be opened.")


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) where there is none or the EXIF block is broken."""
    try:
        orientation: int = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # broken metadata says nothing about the pixels: show them as stored
        return 1
    return orientation


def _reduce(image: Image.Image) -> Image.Image:
    """At most ``KEPT_PIXELS``, each the mean of a square of old ones, before anything copies the full size."""
    if (factor := _factor(image)) == 1:
        image.load()
        return image
    halves = factor & -factor  # JPEG is decoded 2, 4 or 8 times smaller where that divides the factor; others ignore it
    image.draft("RGB", (image.width // halves, image.height // halves))
    if image.mode in ("P", "PA", "1"):
        image = image.convert("RGBA" if "transparency" in image.info or image.mode == "PA" else "RGB")
    elif image.mode.startswith("I;16"):
        image = image.convert("I")
    return image.reduce(_factor(image))


def _factor(image: Image.Image) -> int:
    """By how much both sides have to shrink, as a whole number."""
    return ceil(sqrt(image.width * image.height / KEPT_PIXELS))


def _to_rgb(image: Image.Image) -> Image.Image:
    """Any mode → RGB: deep grey scaled by its range, transparency on white."""
    if image.mode.startswith("I") or image.mode == "F":
        return _deep_grey(image)
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA", "RGBa", "La"):
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def _deep_grey(image: Image.Image) -> Image.Image:
    """16-bit, 32-bit and float grey → RGB. Pillow's own conversion would clip nearly all to white.

    16-bit pictures use their format's range; 32-bit and float ones have none, so their own lowest
    and highest finite values become black and white.
    """
    values = np.asarray(image).astype(np.float64)
    finite = np.isfinite(values)
    if not finite.any():
        raise PictureError("This picture holds no finite values.")
    low, high = values[finite].min(), values[finite].max()
    if image.mode.startswith("I;16") or (image.mode == "I" and low >= 0 and high <= 65535):
        low, high = 0.0, 65535.0
    values = np.where(finite, values, low)
    scaled = (values - low) / (high - low) if high > low else np.zeros_like(values)
    return Image.fromarray((scaled * 255).round().clip(0, 255).astype(np.uint8)).convert("RGB")
