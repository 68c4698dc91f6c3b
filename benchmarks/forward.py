"""The answer alone, nothing recorded, against timm and transformers with fused attention, and an inference engine.

``python -m benchmarks.forward``: the same sizes, fresh weights, the same pixels, no head. Nearly all of it is the
same library's products of the same matrices, so the differences are small; how small a difference means anything
is said by ``ours again``: the same code in one more process. ``onnxruntime`` is our own model too, exported: what can
be had where a model's operations are known before it runs, and its matrices laid out for them.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import torch
from torch import nn

from benchmarks import report, twins
from benchmarks.measure import Work
from vit import ViT

GOAL = 1.02


def answering(model: nn.Module, size: twins.Size, batch: int) -> Work:
    pixels = torch.randn(batch, 3, size.side, size.side)

    @torch.inference_mode()
    def work() -> None:
        model(pixels)

    return work


def ours(size: twins.Size, batch: int) -> Work:
    return answering(twins.ours(size), size, batch)


def timm(size: twins.Size, batch: int) -> Work:
    return answering(twins.timm(size, fused=True), size, batch)


def transformers(size: twins.Size, batch: int) -> Work:
    return answering(twins.transformers(size, "sdpa"), size, batch)


def onnxruntime(size: twins.Size, batch: int) -> Work:
    import onnxruntime as engine

    pixels = torch.randn(batch, 3, size.side, size.side)
    exported = torch.onnx.export(ViT(size.config).eval(), (pixels,), dynamo=True, verbose=False)
    assert exported, "None only where it is asked to write a file"
    options = engine.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    options.add_session_config_entry("session.force_spinning_stop", "1")  # or its threads keep others' cores busy
    with TemporaryDirectory() as folder:
        file = Path(folder) / "model.onnx"
        exported.save(file)
        session = engine.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    [given] = session.get_inputs()
    values = {given.name: pixels.numpy()}
    return lambda: session.run(None, values)


RIVALS = {"ours": ours, report.AGAIN: ours, "timm": timm, "transformers": transformers, "onnxruntime": onnxruntime}


def measure(quick: bool) -> list[dict[str, Any]]:
    return twins.race(RIVALS, quick, budget=10.0)


def lines(cases: list[dict[str, Any]]) -> list[str]:
    return report.comparison("Forward only", cases, GOAL)


if __name__ == "__main__":
    report.alone("forward", measure, lines)
