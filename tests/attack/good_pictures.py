"""A small good file of every format and mode, from which the bad ones are made."""

from __future__ import annotations

import numpy as np
import pillow_heif
import pillow_jxl  # noqa: F401  (teaches Pillow to write JPEG XL)
from PIL import Image

from tests.support.deep_files import tiff
from tests.support.pictures import encoded

_SMALL: dict[str, bytes] = {}


def small_files() -> dict[str, bytes]:
    """A good file of every format and mode, from which the bad ones are made."""
    if _SMALL:
        return _SMALL
    ramp = np.linspace(0, 255, 40 * 56).reshape(40, 56).astype(np.uint8)
    grey = Image.fromarray(ramp)
    colour = Image.merge("RGB", [grey, grey.rotate(180), grey.transpose(Image.Transpose.FLIP_TOP_BOTTOM)])
    clear = colour.copy()
    clear.putalpha(grey)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a picture"
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        source = clear if mode in ("LA", "RGBA") else colour
        _SMALL[f"PNG {mode}"] = encoded(source.convert(mode), "PNG")
    _SMALL["PNG clear palette"] = encoded(colour.convert("P"), "PNG", transparency=bytes(range(256)))
    _SMALL["PNG 16 bit"] = encoded(Image.fromarray(ramp.astype(np.uint16) * 257), "PNG")
    _SMALL["PNG annotated"] = encoded(colour, "PNG", exif=exif, icc_profile=bytes(500), dpi=(72, 72))
    _SMALL["APNG"] = encoded(colour, "PNG", save_all=True, append_images=[clear.convert("RGB"), colour.rotate(90)])
    _SMALL["JPEG"] = encoded(colour, "JPEG")
    _SMALL["JPEG progressive"] = encoded(colour, "JPEG", progressive=True, exif=exif, icc_profile=bytes(500))
    _SMALL["JPEG L"] = encoded(grey, "JPEG", comment=b"words")
    _SMALL["JPEG CMYK"] = encoded(colour.convert("CMYK"), "JPEG")
    _SMALL["WEBP"] = encoded(colour, "WEBP", exif=exif)
    _SMALL["WEBP lossless"] = encoded(clear, "WEBP", lossless=True)
    _SMALL["WEBP animated"] = encoded(colour, "WEBP", save_all=True, append_images=[colour.rotate(90)])
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        _SMALL[f"BMP {mode}"] = encoded((clear if mode == "RGBA" else colour).convert(mode), "BMP")
    _SMALL["GIF"] = encoded(colour.convert("P"), "GIF")
    frames = [colour.convert("P"), colour.rotate(90).convert("P")]
    _SMALL["GIF animated"] = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0, transparency=3)
    for how in ("raw", "tiff_lzw", "tiff_deflate", "jpeg", "packbits", "tiff_lzma", "zstd"):
        _SMALL[f"TIFF {how}"] = encoded(colour, "TIFF", compression=None if how == "raw" else how)
    for mode in ("1", "L", "LA", "CMYK", "YCbCr", "LAB", "RGBA", "I", "F", "I;16"):
        deep = {"I": np.int32, "F": np.float32, "I;16": np.uint16}.get(mode)
        image = Image.fromarray(ramp.astype(deep) * 257) if deep else None
        if mode == "LAB":
            image = Image.merge("LAB", colour.split())
        _SMALL[f"TIFF {mode}"] = encoded(image or (clear if mode in ("LA", "RGBA") else colour).convert(mode), "TIFF")
    for kind in (np.float16, np.float64):
        _SMALL[f"TIFF {kind.__name__}"] = tiff(np.dstack([ramp] * 3).astype(kind), packed=kind is np.float64)
    _SMALL["TIFF group 4"] = encoded(colour.convert("1"), "TIFF", compression="group4")
    pillow_heif.register_heif_opener()
    for kind, options in (("HEIF", {"exif": exif}), ("AVIF", {"exif": exif}), ("JPEG2000", {}), ("JXL", {"effort": 1})):
        _SMALL[kind] = encoded(colour, kind, **options)
    _SMALL["BigTIFF"] = encoded(colour, "TIFF", big_tiff=True)
    return _SMALL
