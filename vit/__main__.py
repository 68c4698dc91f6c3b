"""``python -m vit``: print the walk of one picture through one model."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import bundled, load_pretrained
from vit.model.config import PRESETS
from vit.model.shapes import walk
from vit.model.vit import ViT
from vit.pictures.open import PictureError, open_image


def main(argv: list[str] | None = None) -> int:
    """Run the command; 0 when the walk was printed, 2 with one sentence when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m vit", description=__doc__)
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--preset", choices=sorted(PRESETS), help="a fresh model with random weights (seed 0)")
    which.add_argument("--weights", metavar="NAME_OR_FOLDER", default=bundled()[0], help="default: %(default)s")
    parser.add_argument("--image", type=Path, metavar="FILE", help="default: random pixels (seed 0)")
    arguments = parser.parse_args(argv)
    torch.manual_seed(0)
    try:
        model = ViT(PRESETS[arguments.preset]).eval() if arguments.preset else load_pretrained(arguments.weights)
        if arguments.image:
            pixels = model.preprocess(open_image(arguments.image))
        else:
            pixels = torch.randn(1, model.config.channels, *model.preprocessing.size)
    except (CheckpointError, PictureError) as error:
        print(error, file=sys.stderr)
        return 2
    trace = model.trace(pixels)
    rows = [(step.name, step.axes, " × ".join(map(str, step.shape))) for step in walk(trace)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    print(f"{arguments.preset or arguments.weights}: {trace.layout.n_tokens} tokens, {trace.depth} blocks of", end=" ")
    print(f"{trace.n_heads} heads, {sum(p.numel() for p in model.parameters()):,} parameters; all blocks are alike\n")
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    name = trace.layout.name(0) if trace.layout.n_prefix else "pooled"
    output = trace.final[:, 0] if trace.layout.n_prefix else trace.pooled
    print(f"\n{name} output: {' × '.join(map(str, output.shape))}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
