"""``python -m vit.average MODEL MODEL… --to FOLDER``: the mean of several models' weights as a model of its own.

For models that were trained from the same one on, such as two runs of one recipe with two seeds. Each MODEL is a run's
checkpoint, a model's folder, a bundled name or one on the Hugging Face Hub; FOLDER opens like any other model.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import load_pretrained, save_pretrained
from vit.checkpoints.mean import mean_of
from vit.checkpoints.typed import typed


def main(argv: list[str] | None = None) -> int:
    """0 when the mean was written, 2 with one sentence when it could not be."""
    parser = argparse.ArgumentParser(prog="python -m vit.average", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("models", nargs="+", metavar="MODEL")
    parser.add_argument("--to", type=Path, required=True, metavar="FOLDER", help="where to write it")
    arguments = parser.parse_args(argv)
    if len(arguments.models) < 2:
        parser.error("a mean takes two models at least")
    try:
        mean = mean_of([load_pretrained(typed(name)) for name in arguments.models])
    except CheckpointError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    try:
        save_pretrained(mean, arguments.to)
    except OSError as error:
        sys.stderr.write(f"{arguments.to} cannot be written: {error.strerror}.\n")
        return 2
    sys.stdout.write(f"The mean of {len(arguments.models)} models lies in {arguments.to}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
