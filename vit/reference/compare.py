"""Our model and another library's of the same checkpoint, run on the same pixels and compared layer by layer.

The comparison is absolute where numbers are small and relative to a layer's largest number where they are
large, since fp32 rounds to seven digits of every number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from time import perf_counter
from typing import Any, TypeVar

from torch import Tensor

from vit.analysis.output import class_names
from vit.model.trace import Trace
from vit.model.vit import ViT
from vit.reference.file_pixels import FilePixels, PixelRow, pixel_row
from vit.reference.output import AnyTwin, TwinOutput

TOLERANCE = 1e-4
SHOWN_CLASSES = 5  # of a report's classes, in a table
T = TypeVar("T")


@dataclass(frozen=True)
class Row:
    """One layer: the largest |difference| of its residual stream and of its patterns.

    ``pattern`` is None for the tokens that enter block 0. ``scale`` is the largest |value| in the
    residual stream; the tolerance holds for ``share``, the difference relative to it.
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
class ClassRow:
    """One class: what ours and the reference call it, and its logit of the first picture in each."""

    name: str
    reference_name: str
    logit: float
    reference_logit: float


@dataclass(frozen=True)
class Report:
    """The result of a comparison: largest absolute differences, and seconds for one forward pass each.

    ``reference`` is the name of the other library's class. ``pooled`` and ``logits`` are None where it has none.
    ``classes``: all classes of a classifier, the likeliest first. ``pixels``: how the picture's file was read by both.
    """

    reference: str
    rows: tuple[Row, ...]
    pooled: float | None
    logits: float | None
    classes: tuple[ClassRow, ...]
    tolerance: float
    seconds: float
    reference_seconds: float
    pixels: PixelRow | None = None

    @property
    def differences(self) -> dict[str, float]:
        """Each difference that is held against the tolerance, by the name of what differs, in the model's order."""
        found: dict[str, float] = {}
        if self.pixels is not None and not self.pixels.on_purpose:
            found["the pixels"] = self.pixels.largest / 255
        for row in self.rows:
            if row.pattern is not None:
                found[f"{row.name} pattern"] = row.pattern
            found[f"{row.name} residual stream"] = row.share
        found |= {name: value for name in ("pooled", "logits") if (value := getattr(self, name)) is not None}
        return found

    @property
    def misnamed(self) -> tuple[ClassRow, ...]:
        """The classes that the two call by different names."""
        return tuple(row for row in self.classes if row.name != row.reference_name)

    @property
    def agrees(self) -> bool:
        within = all(difference <= self.tolerance for difference in self.differences.values())  # never for NaN
        return within and not self.misnamed

    @property
    def verdict(self) -> str:
        """One sentence: that both agree, or the first layer where they differ, and the largest difference."""
        if wrong := self.misnamed:
            first = f"{wrong[0].name!r} here is {wrong[0].reference_name!r} there"
            return f"They call {len(wrong)} of {len(self.classes)} classes by different names: {first}."
        if not any(self.differences.values()):
            return "Both agree to the last bit: every number in every block is the same."
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
        if self.pixels is not None:
            lines.append(
                f"{'pixels':<12} {self.pixels.largest:>10.2e} of 255 levels, {self.pixels.mean:.2e} on average"
            )
        for row in self.rows:
            pattern = "" if row.pattern is None else f"{row.pattern:.2e}"
            lines.append(f"{row.name:<12} {row.residual:>10.2e} {row.scale:>10.3g} {row.share:>10.2e} {pattern:>10}")
        for name in ("pooled", "logits"):
            value = getattr(self, name)
            lines.append(f"{name:<12} {'none' if value is None else f'{value:.2e}':>10}")
        for one in self.classes[:SHOWN_CLASSES]:
            names = one.name if one.name == one.reference_name else f"{one.name} ≠ {one.reference_name}"
            lines.append(f"{'class':<12} {one.logit:>10.5f} {one.reference_logit:>10.5f}  {names}")
        lines.append(f"one pass: {self.seconds:.3f} s here, {self.reference_seconds:.3f} s in {self.reference}")
        return "\n".join([*lines, self.verdict])


def compare(
    model: ViT, twin: AnyTwin, pixels: Tensor, tolerance: float = TOLERANCE, file: FilePixels | None = None
) -> Report:
    """Run ``model`` and its twin on the same pixels (b, c, height, width) and report every difference.

    ``file``: what the reference's own processor makes of the picture's file. The twin then gets these pixels, unless
    ours differ from them on purpose.
    """
    row = None if file is None else pixel_row(pixels, file, model.preprocessing)
    own = file is not None and not file.on_purpose and file.pixels.shape == pixels.shape
    its_pixels = file.pixels if file is not None and own else pixels
    our_seconds, twin_seconds = [], []
    for _ in range(2):  # alternating; the faster of two counts, because the first run also warms up
        seconds, trace = _timed(lambda: model.trace(pixels))
        our_seconds.append(seconds)
        seconds, output = _timed(lambda: twin.run(its_pixels, model.layout(pixels)))
        twin_seconds.append(seconds)
    return Report(
        reference=twin.name,
        rows=tuple(_rows(trace, output)),
        pooled=None if output.pooled is None else _difference(trace.pooled, output.pooled),
        logits=None if output.logits is None else _difference(trace.logits, output.logits),
        classes=tuple(_classes(model, twin, trace, output)),
        tolerance=tolerance,
        seconds=min(our_seconds),
        reference_seconds=min(twin_seconds),
        pixels=row,
    )


def _rows(trace: Trace, output: TwinOutput) -> Iterator[Row]:
    yield _row("tokens", trace.tokens, output.residual[0])
    for i, (block, residual, pattern) in enumerate(
        zip(trace.blocks, output.residual[1:], output.patterns, strict=True)
    ):
        yield _row(f"blocks.{i}", block.resid_post, residual, _difference(block.pattern, pattern))


def _classes(model: ViT, twin: AnyTwin, trace: Trace, output: TwinOutput) -> Iterator[ClassRow]:
    """A row a class, the likeliest first; none where either has no logits or they have not the same classes."""
    if trace.logits is None or output.logits is None or trace.logits.shape != output.logits.shape:
        return
    for i in trace.logits[0].argsort(descending=True).tolist():
        [name] = class_names(model.config.labels, [i])
        yield ClassRow(name, twin.labels.get(i, name), trace.logits[0, i].item(), output.logits[0, i].item())


def _row(name: str, ours: Tensor, theirs: Tensor, pattern: float | None = None) -> Row:
    return Row(name, residual=_difference(ours, theirs), pattern=pattern, scale=ours.abs().max().item())


def _difference(ours: Tensor | None, theirs: Tensor) -> float:
    """The largest |difference|; infinite where ours is missing or the shapes differ."""
    if ours is None or ours.shape != theirs.shape:
        return float("inf")
    return (ours - theirs).abs().max().item()


def _timed(run: Callable[[], T]) -> tuple[float, T]:
    """(seconds, result) of one call."""
    start = perf_counter()
    result = run()
    return perf_counter() - start, result


def _sortable(difference: float) -> float:
    return difference if difference == difference else float("inf")  # NaN counts as the largest
