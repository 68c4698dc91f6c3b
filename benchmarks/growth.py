"""How a trace and the explorer's payload grow with tokens and with depth, and the exponent of that growth.

``python -m benchmarks.growth``: a ViT-S/14, 50 → 257 → 1,025 → 1,370 tokens at depth 12, then 3 → 24 blocks at 257
tokens. The exponent is the slope of log cost over log size, between neighbours and over all (least squares). Beside it
stands what counting multiplications expects: a block multiplies 12·n·d² times in its matrices (n) and 2·n²·d
times in its patterns (n²), so the exponent climbs from 1 towards 2 as n outgrows 6·d.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from benchmarks import report
from benchmarks.measure import Contender, Work, exponent, spread
from ui.parts.attention.explorer import payload
from vit import PRESETS, ViT
from vit.serving.fast_blocks import in_place

PRESET, SIDES, DEPTHS = "dinov2-s14", (98, 224, 448, 518), (3, 6, 12, 24)
WIDTH = PRESETS[PRESET].width


def tracing(side: int, depth: int) -> Work:
    config = replace(PRESETS[PRESET], depth=depth, image_size=(side, side))
    model, pixels = in_place(ViT(config).eval().requires_grad_(False)), torch.randn(1, 3, side, side)
    return lambda: {"trace": _tensors(model, pixels)}


def _tensors(model: ViT, pixels: torch.Tensor) -> list[torch.Tensor]:
    trace = model.trace(pixels)
    held = [trace.pixels, trace.patch_embedding, trace.position_embedding, trace.tokens, trace.final, trace.pooled]
    for block in trace.blocks:
        held += block.stored
    return held


def packing(side: int, depth: int) -> Work:
    """Packing what the explorer shows; hands back the bytes as a tensor, whose size is the payload's."""
    config = replace(PRESETS[PRESET], depth=depth, image_size=(side, side))
    model, pixels = in_place(ViT(config).eval().requires_grad_(False)), torch.randn(1, 3, side, side)
    trace = model.trace(pixels)
    return lambda: {"payload": [torch.frombuffer(bytearray(payload.pack(trace, model)[0]), dtype=torch.uint8)]}


def steps_of(grown: str, cases: list[tuple[int, int, int]], quick: bool) -> dict[str, Any]:
    """``cases``: (size, side, depth) from small to large."""
    rounds, steps = 3 if quick else 9, []
    with Contender("trace") as trace, Contender("payload") as pack:
        for size, side, depth in cases:
            trace.ask("prepare", tracing, side, depth)
            pack.ask("prepare", packing, side, depth)
            step: dict[str, Any] = {grown: size}
            for worker in (trace, pack):
                worker.ask("time")
                found = worker.ask("peak")
                step[f"{worker.name}_bytes"] = found["returns_bytes"]
                step[f"{worker.name}_peak_bytes"] = found["peak_bytes"]
                step[f"{worker.name}_seconds"] = spread([worker.ask("time") for _ in range(rounds)])
            steps.append(step)
    exponents = {key: exponent(grown, steps, key) for key in ("trace_seconds", "trace_bytes", "payload_bytes")}
    return {"steps": steps, "exponents": exponents}


def expected(n: int) -> float:
    """The exponent in n of the number of multiplications, 12·n·d² + 2·n²·d, at n tokens."""
    return 1 + n / (6 * WIDTH + n)


def measure(quick: bool) -> dict[str, Any]:
    """Growth with tokens and with depth."""
    sides, depths = (SIDES[:2], DEPTHS[:2]) if quick else (SIDES, DEPTHS)
    tokens = [((side // 14) ** 2 + 1, side, 3 if quick else 12) for side in sides]
    return {
        "tokens": steps_of("tokens", tokens, quick),
        "depth": steps_of("depth", [(depth, 224, depth) for depth in depths], quick),
    }


def lines(found: dict[str, Any]) -> list[str]:
    text = ["Growth of a ViT-S/14's trace and of the explorer's payload"]
    for grown, growth in found.items():
        text.append(
            f"  {grown:>8} {'trace ms':>9} {'trace MB':>9} {'peak MB':>8} {'payload MB':>11} {'packing ms':>11}"
        )
        text += [
            f"  {step[grown]:8} {step['trace_seconds']['median'] * 1e3:9.1f} {step['trace_bytes'] / 1e6:9.1f} "
            f"{step['trace_peak_bytes'] / 1e6:8.1f} {step['payload_bytes'] / 1e6:11.2f} "
            f"{step['payload_seconds']['median'] * 1e3:11.1f}"
            for step in growth["steps"]
        ]
        text += [f"  {report.growth(key, grown, slope)}" for key, slope in growth["exponents"].items()]
    first, *_, last = (step["tokens"] for step in found["tokens"]["steps"])
    text.append(
        "  Why: matrices cost n·d², patterns n²·d, so counting multiplications the power of n is "
        f"{expected(first):.2f} at {first} tokens and {expected(last):.2f} at {last}. Every "
        "block costs the same, so depth's power is 1, less what does not depend on it. A payload over "
        f"{payload.LIMIT / 1e6:.0f} MB is merged, so it stops growing there."
    )
    return text


if __name__ == "__main__":
    report.alone("growth", measure, lines)
