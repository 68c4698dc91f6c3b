"""The program that unpacks one picture in a process of its own: the file on its input, the pixels on its output.

It is run by :mod:`vit.pictures.apart` and imports nothing of this project. What comes out is a line of JSON, with the
mode, the size, the orientation and the length of the colour profile, or with an ``error``; then the profile, then the
pixels.
"""

from __future__ import annotations

import io
import json
import sys
import warnings

from PIL import ExifTags, Image, UnidentifiedImageError


def limit(memory: int, seconds: int) -> None:
    """Let this process have so many bytes and so many seconds of computing; not on Windows, which knows no such."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def know(kind: str) -> None:
    """Teach Pillow a format that it does not know by itself."""
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    elif kind == "JXL":
        import pillow_jxl  # noqa: F401  (registers itself)


def main(kind: str, pixels: int, memory: int, seconds: int) -> None:
    warnings.simplefilter("ignore")
    know(kind)
    limit(memory, seconds)
    profile, body = b"", b""
    head: dict[str, object]
    try:
        image: Image.Image = Image.open(io.BytesIO(sys.stdin.buffer.read()), formats=[kind])
        width, height = image.size
        if width * height > pixels:
            head = {"size": [width, height], "error": "too large"}
        else:
            image.load()
            # A decoder of JPEG XL has turned the picture already, unless it is a JPEG packed anew.
            turned = kind == "JXL" and not getattr(image, "jpeg", False)
            orientation = 1 if turned else image.getexif().get(ExifTags.Base.Orientation, 1)
            if image.mode in ("P", "PA"):
                image = image.convert("RGBA")
            profile, body = image.info.get("icc_profile") or b"", image.tobytes()
            head = {"mode": image.mode, "size": image.size, "orientation": orientation, "profile": len(profile)}
    except MemoryError:
        head = {"error": "it needs more memory than there is for one picture"}
    except UnidentifiedImageError:
        head = {"error": "it holds no picture that can be read"}
    except Exception as error:  # whatever a decoder raises on a broken file
        head = {"error": str(error).split("\n")[0][:80] or type(error).__name__}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + profile)
    sys.stdout.buffer.write(body)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
