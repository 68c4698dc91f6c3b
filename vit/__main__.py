"""``python -m vit``: print the walk of one picture through one model, a row a step."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import bundled, load_pretrained
from vit.model.config import PRESETS
from vit.model.shapes import as_text
from vit.model.vit import ViT
from vit.pictures.open import PictureError, open_image


def main(argv: list[str] | None = None) -> int:
    """Run the command: 0 when the walk was printed, 2 with one sentence when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m vit", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--preset", choices=sorted(PRESETS), help="a fresh model with random weights (seed 0)")
    which.add_argument("--weights", metavar="NAME_OR_FOLDER", default=bundled()[0], help="default: %(default)s")
    parser.add_argument("--image", type=Path, metavar="FILE", help="default: random pixels (seed 0)")
    arguments = parser.parse_args(argv)
    torch.manual_seed(0)
    try:
        model = ViT(PRESETS[arguments.preset]).eval() if arguments.preset else load_pretrained(arguments.weights)
        image = arguments.image and open_image(arguments.image)
    except (CheckpointError, PictureError) as error:
        print(error, file=sys.stderr)
        return 2
    pixels = model.preprocess(image) if image else torch.randn(1, model.config.channels, *model.preprocessing.size)
    parameters = sum(parameter.numel() for parameter in model.parameters())
    steps = as_text(model.trace(pixels), model.config.head_width)
    print(f"{arguments.preset or arguments.weights}, {parameters:,} parameters: {steps}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
