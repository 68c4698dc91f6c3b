"""``python -m vit.teach FOLDER [--model NAME] [--mirrored] --out HEAD``: new classes for a trained model.

FOLDER (or a zip or tar) has a sub-folder for each class, a few pictures in it. The model stays as it is; a linear head
is fitted to its vectors. What it reads is chosen by leaving each picture out in turn, and by what is known of a bundled
model from other pictures. HEAD then opens wherever a model does: ``python -m vit.predict IMAGE --run HEAD``. Where
there are ``train`` and ``test`` folders, the second is judged, not learned from.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import is_shareable, load_pretrained
from vit.checkpoints.taught_head import TaughtHead
from vit.data.dataset import DataError
from vit.teaching.elsewhere import known
from vit.teaching.examples import examples
from vit.teaching.report import report
from vit.teaching.teach import teach


def main(argv: list[str] | None = None) -> int:
    """Run the command: 0 if a head was saved, 2 with a sentence if there is none."""
    parser = argparse.ArgumentParser(prog="python -m vit.teach", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("pictures", type=Path, metavar="FOLDER", help="a folder, zip or tar, a sub-folder a class")
    parser.add_argument("--model", default="photos-10", help="a bundled model, or a name on the Hub (%(default)s)")
    parser.add_argument("--mirrored", action="store_true", help="learn from each picture the other way round too")
    parser.add_argument("--out", type=Path, required=True, metavar="HEAD", help="the folder the head is saved in")
    arguments = parser.parse_args(argv)
    try:
        if not is_shareable(arguments.model):
            raise CheckpointError("A head is kept with its model's name: give a bundled model or one of the Hub's.")
        model = load_pretrained(arguments.model)
        found = examples(model, arguments.pictures, arguments.mirrored)
        lesson = teach(found.learned.vectors, found.learned.classes, known=known(arguments.model))
        tensors = lesson.head.weight.float(), lesson.head.bias.float()
        TaughtHead(arguments.model, lesson.blocks, lesson.reading, found.labels, *tensors).save(arguments.out)
    except (CheckpointError, DataError, ValueError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    print(*report(lesson, found, model.config.depth), f"saved in {arguments.out}", sep="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
