"""``python -m vit.average MODEL… [--start MODEL --share S] --to FOLDER``: the mean of models' weights as a model.

For models that were trained from the same one on, such as two runs of one recipe with two seeds; with ``--start`` that
first model counts too, with ``--share`` of the whole. Each MODEL is a run's checkpoint, a model's folder, a bundled
name or one on the Hugging Face Hub; FOLDER opens like any other model.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import load_pretrained, save_pretrained
from vit.checkpoints.mean import mean_of, toward
from vit.checkpoints.typed import typed


def main(argv: list[str] | None = None) -> int:
    """0 when the mean was written, 2 with one sentence when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m vit.average", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--start", metavar="MODEL", help="what they were trained from")
    parser.add_argument("--share", type=float, default=0.1, help="how much that counts, from 0 to 1 (%(default)s)")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where to write it")
    arguments = parser.parse_args(argv)
    count = len(arguments.models) + bool(arguments.start)
    if count < 2:
        parser.error("a mean takes two models at least")
    if not 0 <= arguments.share <= 1:
        parser.error("--share is from 0 to 1")
    try:
        mean = mean_of([load_pretrained(typed(name)) for name in arguments.models])
        if arguments.start:
            mean = toward(mean, load_pretrained(typed(arguments.start)), arguments.share)
    except CheckpointError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        save_pretrained(mean, arguments.to)
    except OSError as error:
        sys.stderr.write(f"{arguments.to} cannot be written: {error.strerror}.\n")
        return 2
    sys.stdout.write(f"The mean of {count} models lies in {arguments.to}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
