"""Is our ViT the same as transformers'? Run both on one picture and compare them layer by layer.

``python -m vit.verify NAME_OR_FOLDER [--image FILE] [--size H W] [--tolerance T] [--json]`` prints a row
a layer and exits with 1 past the tolerance. transformers is imported inside :func:`load_reference`
and nowhere else in this package but :mod:`vit.zero_shot`: it takes seconds.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import torch
from torch import Tensor, nn

from vit.checkpoint import CheckpointError, Weights
from vit.families.family import Reference
from vit.images import PictureError, open_image
from vit.model import ViT
from vit.pretrained import family_of, load_pretrained, resolve
from vit.trace import TokenLayout, Trace

TOLERANCE = 1e-4
PICTURE = Path(__file__).resolve().parent.parent / "sample_images" / "cat.jpg"


@dataclass(frozen=True)
class Row:
    """One layer: the largest |difference| of its residual stream and of its patterns.

    ``pattern`` is None for the tokens that enter block 0. ``scale`` is the largest |value| in the
    residual stream: rounding grows with it, so read a difference beside it.
    """

    name: str
    residual: float
    pattern: float | None
    scale: float


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
        """Every difference under the name of what differs, in the order of the model."""
        found = {f"{row.name} residual stream": row.residual for row in self.rows}
        found |= {f"{row.name} pattern": row.pattern for row in self.rows if row.pattern is not None}
        found |= {name: value for name in ("pooled", "logits") if (value := getattr(self, name)) is not None}
        return found

    @property
    def agrees(self) -> bool:
        return all(difference <= self.tolerance for difference in self.differences.values())  # NaN never agrees

    @property
    def verdict(self) -> str:
        """One sentence: that both agree, or the first layer where they part, and the largest difference."""
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
        lines = [f"{'':<12} {'residual':>10} {'pattern':>10} {'scale':>10}"]
        for row in self.rows:
            pattern = "" if row.pattern is None else f"{row.pattern:.2e}"
            lines.append(f"{row.name:<12} {row.residual:>10.2e} {pattern:>10} {row.scale:>10.3g}")
        for name in ("pooled", "logits"):
            value = getattr(self, name)
            lines.append(f"{name:<12} {'none' if value is None else f'{value:.2e}':>10}")
        lines.append(f"one pass: {self.seconds:.3f} s here, {self.reference_seconds:.3f} s in {self.reference}")
        return "\n".join([*lines, self.verdict])


@dataclass(frozen=True)
class Twin:
    """transformers' model of the same checkpoint, and how this family is asked."""

    module: nn.Module
    how: Reference

    @property
    def name(self) -> str:
        return type(self.module).__name__

    @torch.inference_mode()
    def run(self, pixels: Tensor, layout: TokenLayout) -> dict[str, Any]:
        """Its residual streams and patterns by layer, what its head reads, and its logits."""
        read: list[Tensor] = []
        heads = [module for name, module in self.module.named_children() if name.endswith("classifier")]
        hooks = [head.register_forward_pre_hook(lambda head, inputs: read.append(inputs[0])) for head in heads]
        try:
            out = self.module(
                pixels, output_hidden_states=True, output_attentions=True, **self.how.arguments(layout)
            )
        finally:
            for hook in hooks:
                hook.remove()
        if heads:
            pooled = torch.cat(read, dim=-1)
        else:
            pooled = out.pooler_output if self.how.pooler else out.last_hidden_state[:, 0]
        logits = out.logits if heads else None
        return {"residual": out.hidden_states, "pattern": out.attentions, "pooled": pooled, "logits": logits}


def load_reference(name_or_folder: str | Path) -> Twin:
    """transformers' own model of a checkpoint, eager and in fp32. CheckpointError where it has none."""
    folder = resolve(name_or_folder)
    family, _ = family_of(folder)
    how = family.reference
    if how is None:
        raise CheckpointError(f"{folder} is in our own format, which transformers does not know: nothing to compare.")
    keys = family.strip(Weights(folder))
    name = next((found for key, found in how.heads.items() if key in keys), how.tower)

    import transformers

    with _quiet(transformers):
        try:
            module = getattr(transformers, name).from_pretrained(
                folder, attn_implementation="eager", dtype=torch.float32, local_files_only=True, **how.overrides
            )
        except (OSError, ValueError, RuntimeError, KeyError) as error:
            reason = str(error).split("\n")[0]
            raise CheckpointError(f"transformers cannot load {folder} as {name}: {reason}") from None
    return Twin(module.eval(), how)


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
        pooled=_difference(trace.pooled, theirs["pooled"]),
        logits=_difference(trace.logits, theirs["logits"]),
        tolerance=tolerance,
        seconds=min(ours),
        reference_seconds=min(others),
    )


def _rows(trace: Trace, theirs: dict[str, Any]) -> Iterator[Row]:
    patterns = [None, *(block.pattern for block in trace.blocks)]
    names = ["tokens", *(f"blocks.{i}" for i in range(trace.depth))]
    their_patterns = [None, *theirs["pattern"]]
    for level, (name, ours, other, their_pattern) in enumerate(
        zip(names, patterns, theirs["residual"], their_patterns, strict=True)
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


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """transformers reports every text key that the picture half leaves out; we know."""
    logging = transformers.utils.logging
    level, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()


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
