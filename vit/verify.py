"""Is our ViT the same as transformers'? Run both on one picture and compare them layer by layer.

``python -m vit.verify NAME_OR_FOLDER [--image FILE] [--size H W] [--tolerance T] [--json]`` prints a row
a layer and exits with 1 past the tolerance.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

from torch import Tensor

from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import load_pretrained
from vit.model.trace import Trace
from vit.model.vit import ViT
from vit.pictures.open import PictureError, open_image
from vit.reference.twin import Answer, Twin, load_reference

TOLERANCE = 1e-4
PICTURE = Path(__file__).resolve().parent.parent / "sample_images" / "cat.jpg"


@dataclass(frozen=True)
class Row:
    """One layer: the largest |difference| of its residual stream and of its patterns.

    ``pattern`` is None for the tokens that enter block 0. ``scale`` is the largest |value| in the
    residual stream. fp32 keeps seven digits of every number, so what rounding leaves grows with it:
    the tolerance holds for the ``share``.
    """

    name: str
    residual: float
    pattern: float | None
    scale: float

    @property
    def share(self) -> float:
        """The residual stream's difference as a share of its scale; the difference itself below a scale of 1."""
        return self.residual / max(1.0, self.scale)


@dataclass(frozen=True)
class Report:
    """What came of a comparison; differences are absolute, times in seconds for one forward pass.

    ``pooled`` and ``logits`` are None where transformers' class gives none.
    """

    reference: str
    rows: tuple[Row, ...]
    pooled: float | None
    logits: float | None
    tolerance: float
    seconds: float
    reference_seconds: float

    @property
    def differences(self) -> dict[str, float]:
        """Every difference as the tolerance sees it, under the name of what differs, in the model's order."""
        found = {}
        for row in self.rows:
            if row.pattern is not None:
                found[f"{row.name} pattern"] = row.pattern
            found[f"{row.name} residual stream"] = row.share
        found |= {name: value for name in ("pooled", "logits") if (value := getattr(self, name)) is not None}
        return found

    @property
    def agrees(self) -> bool:
        return all(difference <= self.tolerance for difference in self.differences.values())  # never for NaN

    @property
    def verdict(self) -> str:
        """One sentence: that both agree, or the first layer where they part, and the largest difference."""
        if not any(self.differences.values()):
            return "Both agree to the last bit: every number in every layer is the same."
        past = {name: d for name, d in self.differences.items() if not d <= self.tolerance}
        largest = max(self.differences, key=lambda name: _sortable(self.differences[name]))
        tail = f"the largest difference is {self.differences[largest]:.2e}, in {largest}"
        if not past:
            return f"Both agree within {self.tolerance:g}: {tail}."
        return f"They part in {next(iter(past))} (tolerance {self.tolerance:g}); {tail}."

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "agrees": self.agrees}

    def table(self) -> str:
        """The report as text: a row a layer."""
        lines = [f"{'':<12} {'residual':>10} {'of scale':>10} {'= share':>10} {'pattern':>10}"]
        for row in self.rows:
            pattern = "" if row.pattern is None else f"{row.pattern:.2e}"
            lines.append(f"{row.name:<12} {row.residual:>10.2e} {row.scale:>10.3g} {row.share:>10.2e} {pattern:>10}")
        for name in ("pooled", "logits"):
            value = getattr(self, name)
            lines.append(f"{name:<12} {'none' if value is None else f'{value:.2e}':>10}")
        lines.append(f"one pass: {self.seconds:.3f} s here, {self.reference_seconds:.3f} s in {self.reference}")
        return "\n".join([*lines, self.verdict])


def compare(model: ViT, twin: Twin, pixels: Tensor, tolerance: float = TOLERANCE) -> Report:
    """Run ``model`` and its twin on the same pixels (b, c, height, width) and report every difference."""
    ours, others = [], []
    for _ in range(2):  # turn about, and the faster of two counts: the first one also warms up
        seconds, trace = _timed(lambda: model.trace(pixels))
        ours.append(seconds)
        seconds, theirs = _timed(lambda: twin.run(pixels, model.layout(pixels)))
        others.append(seconds)
    return Report(
        reference=twin.name,
        rows=tuple(_rows(trace, theirs)),
        pooled=_difference(trace.pooled, theirs.pooled),
        logits=_difference(trace.logits, theirs.logits),
        tolerance=tolerance,
        seconds=min(ours),
        reference_seconds=min(others),
    )


def _rows(trace: Trace, theirs: Answer) -> Iterator[Row]:
    patterns = [None, *(block.pattern for block in trace.blocks)]
    names = ["tokens", *(f"blocks.{i}" for i in range(trace.depth))]
    their_patterns = [None, *theirs.patterns]
    for level, (name, ours, other, their_pattern) in enumerate(
        zip(names, patterns, theirs.residual, their_patterns, strict=True)
    ):
        residual = trace.residual(level)  # (b, n, d)
        yield Row(name, _difference(residual, other), _difference(ours, their_pattern), residual.abs().max().item())


def _difference(ours: Tensor | None, theirs: Tensor | None) -> float | None:
    """The largest |difference|; infinite where the shapes differ; None where transformers has nothing."""
    if theirs is None:
        return None
    if ours is None or ours.shape != theirs.shape:
        return float("inf")
    return (ours - theirs).abs().max().item()


def _timed(run: Callable[[], Any]) -> tuple[float, Any]:
    """How long a run took, and what came of it."""
    start = perf_counter()
    result = run()
    return perf_counter() - start, result


def _sortable(difference: float) -> float:
    return difference if difference == difference else float("inf")  # NaN is the worst of all


def main(arguments: list[str] | None = None) -> int:
    """0 if both agree, 1 if they do not, 2 if there is nothing to compare."""
    parser = argparse.ArgumentParser(prog="python -m vit.verify", description=__doc__.split("\n")[0])
    parser.add_argument("model", help="a bundled model, a folder, or a name on the Hugging Face Hub")
    parser.add_argument("--image", type=Path, default=PICTURE, help="the picture to compare on (default: a cat)")
    parser.add_argument("--size", type=int, nargs=2, metavar=("H", "W"), help="pixels, instead of the model's own")
    parser.add_argument("--tolerance", type=float, default=TOLERANCE, help="the largest difference that passes")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
    chosen = parser.parse_args(arguments)
    try:
        model = load_pretrained(chosen.model)
        recipe = model.preprocessing.at(*chosen.size) if chosen.size else model.preprocessing
        pixels = recipe(open_image(chosen.image))
        model.layout(pixels)
        report = compare(model, load_reference(chosen.model), pixels, chosen.tolerance)
    except (CheckpointError, PictureError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    print(json.dumps(report.to_json(), indent=2) if chosen.json else report.table())
    return 0 if report.agrees else 1


if __name__ == "__main__":
    sys.exit(main())
