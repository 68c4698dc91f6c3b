"""``python -m vit.predict IMAGE… [--run latest|NAME|FOLDER] [--whole] [--top 5] [--json] [--trace out.npz]``

What a trained model says about pictures. Without ``--run`` it lists the runs with their best held-out
accuracy and lets you pick. ``--run`` also takes any other model with a head: a checkpoint's folder, a
bundled name. ``--whole`` gives the model each picture in its own shape, as the app's "Whole picture" does, in place of
a square from its middle. ``--trace`` saves everything that happened on the way as arrays under the trace's names.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from vit.paths import RUNS
from vit.pictures.open import PictureError, open_image
from vit.training.prediction import Ask, as_json, as_text, load, pick, save_trace, top
from vit.training.run.files import RunError
from vit.training.run.listing import find_runs


def main(argv: list[str] | None = None, ask: Ask | None = None, root: Path = RUNS) -> int:
    """0 when every picture was read; 1 with a sentence for each that was not; 2 if there is no model."""
    parser = argparse.ArgumentParser(prog="python -m vit.predict", description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    parser.add_argument("--run", metavar="RUN", help="latest, a run's name or folder, a model's folder or name")
    parser.add_argument("--whole", action="store_true", help="the whole picture in place of a square from its middle")
    parser.add_argument("--top", type=int, default=5, metavar="N", help="how many classes to print (%(default)s)")
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--trace", type=Path, metavar="OUT.npz", help="save the trace of all pictures")
    arguments = parser.parse_args(argv)
    if arguments.trace and arguments.whole and len(arguments.images) > 1:
        parser.error("with --whole each picture has a shape of its own: --trace takes one of them at a time")
    try:
        model = load(arguments.run if arguments.run else pick(find_runs(root), ask or _ask), root)
    except (RunError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if arguments.whole and model.config.own_grid_only:
        sys.stderr.write("This model's positions are relative: it takes pictures at its own size only, not --whole.\n")
        return 2
    opened, failed = [], 0
    for path in arguments.images:
        try:
            opened.append((path, model.preprocess(open_image(path), whole=arguments.whole)))
        except PictureError as error:
            sys.stderr.write(f"{error}\n")
            failed = 1
    if not opened:
        return failed
    pixels = [pixels for _, pixels in opened]
    answers = []
    for batch in pixels if arguments.whole else [torch.cat(pixels)]:
        trace = model.trace(batch)
        answers += top(trace, model, arguments.top)
    if arguments.trace:
        try:
            save_trace(trace, arguments.trace)
        except RunError as error:
            sys.stderr.write(f"{error}\n")
            failed = 1
    paths = [path for path, _ in opened]
    written = as_json if arguments.json else as_text
    sys.stdout.write(written(paths, answers, model.config.answer))
    return failed


def _ask(question: str) -> str:
    """Ask at the terminal, beside what is printed for other programs to read."""
    sys.stderr.write(question)
    sys.stderr.flush()
    if not (line := sys.stdin.readline()):
        raise RunError("\nNo run was picked: give one with --run.")
    return line


if __name__ == "__main__":
    sys.exit(main())
