"""The walk from picture to answer as a table: stage, einops pattern, shape."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

    from vit.model.trace import Trace


@dataclass(frozen=True)
class Step:
    """One row of the walk: what it is called in the trace, how its axes come about, its shape."""

    name: str
    axes: str
    shape: tuple[int, ...]


def walk(trace: Trace, head_width: int, layer: int = 0) -> list[Step]:
    """The steps of ``trace`` in order, with block ``layer`` standing for all of them; ``head_width``: its model's."""
    block, name = trace.blocks[layer], f"blocks.{layer}"
    b, n, d = block.resid_pre.shape
    first = "prefix" if trace.layout.n_prefix else "no prefix"
    # What may not be stored, all that the heads did, is not computed to learn its shape.
    stream, per_head, pattern = (b, n, d), (b, trace.n_heads, n, head_width), (b, trace.n_heads, n, n)
    steps: list[tuple[str, str, Tensor | tuple[int, ...] | None]] = [
        ("pixels", "b c height width", trace.pixels),
        ("patches", "b c (gh p1) (gw p2) -> b (gh gw) (p1 p2 c)", trace.patches),
        ("patch_embedding", "b (gh gw) (p1 p2 c) -> b (gh gw) d", trace.patch_embedding),
        ("position_embedding", "n d", trace.position_embedding),
        ("tokens", f"({first} + patches) + position: b n d", trace.tokens),
        (f"{name}.q, .k, .v", "b n (qkv h k) -> qkv b h n k", per_head),
        (f"{name}.scores", "b h n k, b h m k -> b h n m", pattern),
        (f"{name}.pattern", "softmax over m: b h n m", pattern),
        (f"{name}.z", "b h n m, b h m k -> b h n k", per_head),
        (f"{name}.attn_out", "b h n k -> b n (h k) -> b n d", stream),
        (f"{name}.resid_mid", "resid_pre + attn_out: b n d", block.resid_mid),
        (f"{name}.mlp_out", "b n d -> b n mlp -> b n d", stream),
        (f"{name}.resid_post", "resid_mid + mlp_out: b n d", block.resid_post),
        ("final", "norm after the last block: b n d", trace.final),
        ("pool_pattern", "the probe's pattern: b h n", trace.pool_pattern),
        ("pooled", "what the head reads: b d", trace.pooled),
        ("logits", "b d -> b classes", trace.logits),
    ]
    return [
        Step(name, axes, what if isinstance(what, tuple) else tuple(what.shape))
        for name, axes, what in steps
        if what is not None
    ]


def as_text(trace: Trace, head_width: int) -> str:
    """The walk as lines of text: a summary, a row a step, the shape of what stands for the whole picture."""
    rows = [(step.name, step.axes, " × ".join(map(str, step.shape))) for step in walk(trace, head_width)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    summary = f"{trace.layout.n_tokens} tokens, {trace.depth} blocks of {trace.n_heads} heads; shown is block 0"
    name = trace.layout.name(0) if trace.layout.n_prefix else "pooled"
    output = trace.final[:, 0] if trace.layout.n_prefix else trace.pooled
    return "\n".join([summary, "", *lines, "", f"{name} output: {' × '.join(map(str, output.shape))}"])
