"""A full trace against what three libraries record of a forward pass: time, peak memory, what is handed back.

``python -m benchmarks.trace``: ours (everything) · transformers, eager, with attentions and hidden states ·
timm, its patterns and blocks through ``AttentionExtract`` · vit-pytorch with its ``Recorder`` (patterns alone).
The same sizes, fresh weights, the same pixels.
"""

from __future__ import annotations

from typing import Any

import torch

from benchmarks import report, twins
from benchmarks.measure import Work

GOAL = 1.0


def ours(size: twins.Size, batch: int) -> Work:
    model, pixels = twins.ours(size), torch.randn(batch, 3, size.side, size.side)

    def work() -> dict[str, list[torch.Tensor]]:
        trace = model.trace(pixels)
        single = ("pixels", "patch_embedding", "position_embedding", "tokens", "final", "pooled")
        block = ("q", "k", "v", "pattern", "resid_mid", "resid_post")
        held = {name: [getattr(trace, name)] for name in single}
        return held | {name: [getattr(one, name) for one in trace.blocks] for name in block}

    return work


def transformers(size: twins.Size, batch: int) -> Work:
    model, pixels = twins.transformers(size, "eager"), torch.randn(batch, 3, size.side, size.side)

    @torch.inference_mode()
    def work() -> dict[str, list[torch.Tensor]]:
        out = model(pixels, output_attentions=True, output_hidden_states=True)
        return {
            "attentions": list(out.attentions),
            "hidden_states": list(out.hidden_states),
            "last_hidden_state": [out.last_hidden_state],
        }

    return work


def timm(size: twins.Size, batch: int) -> Work:
    from timm.utils import AttentionExtract

    names = ["*attn_drop", "blocks.[0-9]", "blocks.[0-9][0-9]"]
    extract = AttentionExtract(twins.timm(size, fused=False), names, method="hook")
    pixels = torch.randn(batch, 3, size.side, size.side)

    @torch.inference_mode()
    def work() -> dict[str, list[torch.Tensor]]:
        found = extract(pixels)
        return {
            "attn_drop": [tensor for name, tensor in found.items() if name.endswith("attn_drop")],
            "blocks": [tensor for name, tensor in found.items() if not name.endswith("attn_drop")],
        }

    return work


def vit_pytorch(size: twins.Size, batch: int) -> Work:
    from vit_pytorch.recorder import Recorder

    recorder, pixels = Recorder(twins.vit_pytorch(size)), torch.randn(batch, 3, size.side, size.side)

    @torch.inference_mode()
    def work() -> dict[str, list[torch.Tensor]]:
        answer, patterns = recorder(pixels)
        recorder.clear()  # its own copies, all of them in ``patterns`` too
        return {"attns": [patterns], "answer": [answer]}

    return work


RIVALS = {"ours": ours, "transformers": transformers, "timm": timm, "vit-pytorch": vit_pytorch}


def measure(quick: bool) -> list[dict[str, Any]]:
    return twins.race(RIVALS, quick, budget=18.0)


def lines(cases: list[dict[str, Any]]) -> list[str]:
    text = report.comparison("Trace: everything recorded", cases, GOAL)
    returned = cases[0]["contenders"]
    text.append("  handed back, for the first case:")
    text += [
        f"    {name:<13} " + ", ".join(f"{k} {v}" for k, v in one["returns"].items()) for name, one in returned.items()
    ]
    return text


if __name__ == "__main__":
    report.alone("trace", measure, lines)
