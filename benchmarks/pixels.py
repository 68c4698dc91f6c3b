"""Our pixels of picture files against those that transformers' own processors make of the same bytes.

``python -m benchmarks.pixels`` tells, for each processor, in how many files every pixel is the same and the largest
and mean difference of the others, in levels of 255: of all bundled samples, and of the small faulty files in
``tests/data/pictures``, those as transformers reads them (profiles, transparency and depths left aside). Then what
the faulty files lose if they are read that way: how far it lies from what they mean.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from PIL import Image

from benchmarks import report
from benchmarks.report import Row
from vit.families.processors import preprocessing
from vit.model.config import ViTConfig
from vit.paths import ROOT, SAMPLE_IMAGES
from vit.pictures.kinds import apart, called_a_picture
from vit.pictures.open import decode
from vit.pictures.preprocess import Preprocessing

CONFIG = ViTConfig(image_size=(224, 224), patch_size=16, width=8, depth=1, heads=1, mlp_width=8)
PROCESSORS = {  # as the checkpoints of the menu have them: ViT, DeiT, DINOv2, CLIP, SigLIP, DINOv3
    "ViTImageProcessorPil": {"size": {"height": 224, "width": 224}},
    "DeiTImageProcessorPil": {"size": {"height": 256, "width": 256}, "crop_size": {"height": 224, "width": 224}},
    "BitImageProcessorPil": {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}},
    "CLIPImageProcessorPil": {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}},
    "SiglipImageProcessorPil": {"size": {"height": 224, "width": 224}},
    "DINOv3ViTImageProcessor": {"size": {"height": 224, "width": 224}},
}


def pictures(folder: Path) -> list[Path]:
    """Every picture in a folder and below it, by its ending."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and called_a_picture(path))


def theirs(processor: Any, data: bytes) -> torch.Tensor | None:
    """Their pixels of a file; None where Pillow alone cannot open it, so that transformers cannot."""
    from transformers.image_utils import load_image

    try:
        image = Image.open(BytesIO(data))
        image.load()
    except OSError:
        return None
    pixels: torch.Tensor = processor(load_image(image), return_tensors="pt")["pixel_values"]
    return pixels


def levels(ours: torch.Tensor, other: torch.Tensor, recipe: Preprocessing) -> torch.Tensor:
    """The difference of every pixel in levels of 255."""
    return (ours - other).abs() * 255 * torch.tensor(recipe.std)[:, None, None]


def compared(processor: Any, recipe: Preprocessing, paths: Iterable[Path], plain: bool) -> str:
    """A line: how many files, how many are the same to the bit, how far the others lie apart."""
    largest, means, same = 0.0, [], 0
    for path in paths:
        other = theirs(processor, data := path.read_bytes())
        if other is None or apart(data):
            continue
        far = levels(recipe(decode(data, plain=plain)), other, recipe)
        same, largest = same + (far.max().item() == 0), max(largest, far.max().item())
        means.append(far.mean().item())
    mean = sum(means) / len(means)
    return f"{same} of {len(means)} files to the bit; at most {largest:.2g} levels, {mean:.2g} on average"


def rows() -> Iterator[Row]:
    import transformers

    transformers.logging.set_verbosity_error()
    samples, faults = pictures(SAMPLE_IMAGES), pictures(ROOT / "tests" / "data" / "pictures")
    recipes = {}
    for name, options in PROCESSORS.items():
        processor = getattr(transformers, name)(**options)
        with TemporaryDirectory() as folder:
            processor.save_pretrained(folder)
            written = json.loads((Path(folder) / "preprocessor_config.json").read_text())
        recipes[name] = processor, preprocessing(written, "ViT", CONFIG)
    for what, paths, plain in (("samples", samples, False), ("faulty files, as transformers reads them", faults, True)):
        for name, (processor, recipe) in recipes.items():
            yield f"pixels of {what}, against {name}", compared(processor, recipe, paths, plain)
    recipe = recipes["BitImageProcessorPil"][1]
    for path in faults:
        data = path.read_bytes()
        far = levels(recipe(decode(data)), recipe(decode(data, plain=True)), recipe)
        yield f"{path.name} as it means and as transformers reads it", f"{far.mean():.1f} levels on average"


if __name__ == "__main__":
    report.table(rows())
