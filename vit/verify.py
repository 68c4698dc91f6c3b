"""``python -m vit.verify``: our model and that of the library it came from on one picture, compared layer by layer.

``python -m vit.verify NAME_OR_FOLDER [--against LIBRARY] [--image FILE] [--size H W] [--tolerance T] [--plain]
[--json]`` prints a row a layer, the pixels first, and exits with 1 past the tolerance.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import load_pretrained
from vit.checkpoints.typed import typed
from vit.paths import SAMPLE_IMAGES
from vit.pictures.open import PictureError, decode
from vit.reference.compare import TOLERANCE, compare
from vit.reference.file_pixels import read_file
from vit.reference.libraries import NAMES, load_reference

PICTURE = SAMPLE_IMAGES / "cat.jpg"


def main(argv: list[str] | None = None) -> int:
    """Run the command: 0 if both agree, 1 if they do not, 2 if there is nothing to compare."""
    parser = argparse.ArgumentParser(prog="python -m vit.verify", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("model", help="a bundled model, a folder, or a name on the Hugging Face Hub")
    parser.add_argument("--against", choices=NAMES, help="the library to compare with (default: its own)")
    parser.add_argument("--image", type=Path, default=PICTURE, help="the picture to compare on (default: a cat)")
    parser.add_argument("--size", type=int, nargs=2, metavar=("H", "W"), help="pixels, instead of the model's own")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="the largest difference that passes")
    parser.add_argument("--plain", action="store_true", help="read the file's colours as the library does")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    arguments = parser.parse_args(argv)
    try:
        name = typed(arguments.model)
        model = load_pretrained(name)
        recipe = model.preprocessing.at(*arguments.size) if arguments.size else model.preprocessing
        picture = decode(arguments.image, plain=arguments.plain)
        pixels = recipe(picture)
        model.layout(pixels)  # ValueError for a size that does not divide into patches
        twin = load_reference(name, arguments.against)
        file = read_file(name, arguments.image, recipe, picture.notes)
        report = compare(model, twin, pixels, arguments.tolerance, file)
    except (CheckpointError, PictureError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(report.to_json(), indent=2) if arguments.json else report.table())
    return 0 if report.agrees else 1


if __name__ == "__main__":
    sys.exit(main())
