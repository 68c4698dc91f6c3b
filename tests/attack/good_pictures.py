"""A small good file of every format and mode, from which the bad ones are made."""

from __future__ import annotations

from io import BytesIO

import numpy as np
from PIL import Image


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


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
        _SMALL[f"PNG {mode}"] = saved(source.convert(mode), "PNG")
    _SMALL["PNG clear palette"] = saved(colour.convert("P"), "PNG", transparency=bytes(range(256)))
    _SMALL["PNG 16 bit"] = saved(Image.fromarray(ramp.astype(np.uint16) * 257), "PNG")
    _SMALL["PNG annotated"] = saved(colour, "PNG", exif=exif, icc_profile=bytes(500), dpi=(72, 72))
    _SMALL["APNG"] = saved(colour, "PNG", save_all=True, append_images=[clear.convert("RGB"), colour.rotate(90)])
    _SMALL["JPEG"] = saved(colour, "JPEG")
    _SMALL["JPEG progressive"] = saved(colour, "JPEG", progressive=True, exif=exif, icc_profile=bytes(500))
    _SMALL["JPEG L"] = saved(grey, "JPEG", comment=b"words")
    _SMALL["JPEG CMYK"] = saved(colour.convert("CMYK"), "JPEG")
    _SMALL["WEBP"] = saved(colour, "WEBP", exif=exif)
    _SMALL["WEBP lossless"] = saved(clear, "WEBP", lossless=True)
    _SMALL["WEBP animated"] = saved(colour, "WEBP", save_all=True, append_images=[colour.rotate(90)])
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        _SMALL[f"BMP {mode}"] = saved((clear if mode == "RGBA" else colour).convert(mode), "BMP")
    _SMALL["GIF"] = saved(colour.convert("P"), "GIF")
    frames = [colour.convert("P"), colour.rotate(90).convert("P")]
    _SMALL["GIF animated"] = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0, transparency=3)
    for how in ("raw", "tiff_lzw", "tiff_deflate", "jpeg", "packbits", "tiff_lzma", "zstd"):
        _SMALL[f"TIFF {how}"] = saved(colour, "TIFF", compression=None if how == "raw" else how)
    for mode in ("1", "L", "LA", "CMYK", "YCbCr", "LAB", "RGBA", "I", "F", "I;16"):
        deep = {"I": np.int32, "F": np.float32, "I;16": np.uint16}.get(mode)
        image = Image.fromarray(ramp.astype(deep) * 257) if deep else None
        if mode == "LAB":
            image = Image.merge("LAB", colour.split())
        _SMALL[f"TIFF {mode}"] = saved(image or (clear if mode in ("LA", "RGBA") else colour).convert(mode), "TIFF")
    _SMALL["TIFF group 4"] = saved(colour.convert("1"), "TIFF", compression="group4")
    _SMALL["BigTIFF"] = saved(colour, "TIFF", big_tiff=True)
    return _SMALL
