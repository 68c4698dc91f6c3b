"""The pixels that the reference's own code makes of a picture's file, beside which ours are laid.

transformers takes seconds to import, so it is imported where it is needed.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from math import isqrt
from pathlib import Path
from typing import Any

import torch
from einops import rearrange
from PIL import Image
from torch import Tensor

from vit.checkpoints.files import is_file
from vit.checkpoints.loading import adapter_and_base, family_of, resolve
from vit.checkpoints.lora import is_adapter
from vit.checkpoints.said import said_of
from vit.families.processors import OTHERWISE, WHOLE_PICTURE, kind_of, to_json
from vit.pictures.kinds import apart
from vit.pictures.open import decode
from vit.pictures.preprocess import Preprocessing
from vit.reference.timm_twin import timm_pixels
from vit.reference.twin import quiet


@dataclass(frozen=True)
class FilePixels:
    """What the reference's processor made of a file: ``pixels`` (1, c, height, width). ``on_purpose`` says in
    sentences what one does to this file and the other does not; empty where both read it alike."""

    processor: str
    pixels: Tensor
    on_purpose: str = ""


@dataclass(frozen=True)
class PixelRow:
    """How far our pixels of a file lie from the reference's, in levels of 255: the largest difference and the mean."""

    processor: str
    largest: float
    mean: float
    on_purpose: str

    def __str__(self) -> str:
        if not self.largest:
            return f"Every pixel is the same as {self.processor}'s, made from the file."
        far = f"Pixels differ from {self.processor}'s by up to {self.largest:.3g} of 255 levels"
        far += f", {self.mean:.2g} on average."
        return f"{far} On purpose: {self.on_purpose}" if self.on_purpose else far


def origin(name_or_path: str | Path) -> Path:
    """The folder or file that says where a model came from and how it reads pictures: of an adapter, its base's."""
    path = resolve(name_or_path)
    return adapter_and_base(name_or_path, path, said_of(name_or_path).get("base"))[1] if is_adapter(path) else path


def read_file(
    model_name: str | Path, source: bytes | Path, recipe: Preprocessing, notes: tuple[str, ...] = ()
) -> FilePixels | None:
    """The pixels by the library the checkpoint came from, from the file's bytes; None where it has no recipe for them.

    ``recipe`` is ours; where it is for another size than the checkpoint's own, the processor is asked for that size.
    ``notes``: what we did to the file's colours, as :class:`vit.pictures.decoded.Decoded` says it.
    """
    data = source.read_bytes() if isinstance(source, Path) else source
    if is_file(folder := origin(model_name)):  # nothing lies beside it that says how pictures are read
        return None
    family, hub = family_of(folder)
    image = _as_it_loads(data)
    if family.reference is not None and family.reference.library == "timm":
        whole = recipe.size[0] + recipe.trim[0], recipe.size[1] + recipe.trim[1]
        name, pixels = "timm.data.create_transform", timm_pixels(hub, image, whole)
    else:
        name, pixels = _by_processor(folder, image, recipe)
    if pixels is None:
        return None
    height, width = recipe.size  # without what fills no whole patch, which nothing reads
    otherwise = OTHERWISE.get(kind_of(name))
    on_purpose = " ".join((*notes, otherwise) if otherwise else notes)
    return FilePixels(name, pixels[..., :height, :width], on_purpose)


def _by_processor(folder: Path, image: Image.Image, recipe: Preprocessing) -> tuple[str, Tensor | None]:
    """What the processor that lies with a checkpoint of transformers' makes of a picture."""
    import transformers

    with quiet(transformers):
        try:
            processor = transformers.AutoImageProcessor.from_pretrained(folder, backend="pil", local_files_only=True)
        except (OSError, ValueError, KeyError):  # there is no file that says how pictures are read
            return "", None
        wanted = to_json(recipe)
        sizes: dict[str, Any] = {"size": wanted["size"]}
        sizes |= {option: value for option, value in WHOLE_PICTURE.items() if hasattr(processor, option)}
        if hasattr(processor, "max_num_patches"):  # of a picture whose shape it keeps
            sizes = {"max_num_patches": recipe.size[0] * recipe.size[1] // processor.patch_size**2}
        if processor.do_center_crop:
            sizes |= {"crop_size": wanted["crop_size"], "do_center_crop": wanted["do_center_crop"]}
        try:
            found = processor(image, return_tensors="pt", **sizes)
            pixels: Tensor = found["pixel_values"]
            if "spatial_shapes" in found:
                pixels = _from_a_row(pixels, found["spatial_shapes"][0].tolist())
            pixels = pixels.flatten(0, -4)[:1]  # of a picture and its tiles, the picture
        except TypeError:  # it wants more than a picture: boxes around people, by another model
            return "", None
    if "spatial_shapes" in found and pixels.shape[-2:] != recipe.size:
        return "", None  # in the picture's own shape
    return type(processor).__name__, pixels


def _from_a_row(patches: Tensor, grid: list[int]) -> Tensor:
    """A picture cut into patches (b, n, p·p·c), the empty ones behind them, put together: (b, c, height, width)."""
    (gh, gw), side = grid, isqrt(patches.shape[-1] // 3)
    return rearrange(
        patches[:, : gh * gw], "b (gh gw) (p1 p2 c) -> b c (gh p1) (gw p2)", gh=gh, gw=gw, p1=side, p2=side
    )


def pixel_row(ours: Tensor, theirs: FilePixels, recipe: Preprocessing) -> PixelRow:
    """Both normalised pixels (1, c, height, width) compared. Other shapes are infinitely far apart."""
    if ours.shape != theirs.pixels.shape:
        return PixelRow(theirs.processor, float("inf"), float("inf"), theirs.on_purpose)
    levels = (ours - theirs.pixels).abs() * 255 * torch.tensor(recipe.std)[:, None, None]
    return PixelRow(theirs.processor, levels.max().item(), levels.mean().item(), theirs.on_purpose)


def _as_it_loads(data: bytes) -> Image.Image:
    """The picture as transformers loads a file. What is unpacked in a process of its own, Pillow could not open."""
    from transformers.image_utils import load_image

    image: Image.Image = decode(data, plain=True).whole()  # refuses what is hostile, before Pillow alone reads it
    if not apart(data):
        with suppress(OSError):  # it lacks its last bytes, which Pillow alone does not forgive
            image = load_image(Image.open(BytesIO(data)))
    return image
