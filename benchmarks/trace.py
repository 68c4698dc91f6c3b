"""How long a full trace takes against transformers' eager model handing back attentions and hidden states.

``python -m benchmarks.trace [--rounds N]``: both on the same random weights and the same pixels, in turn,
medians of N rounds after three to warm up. Ours records more: q, k, v and the middle of every block.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable

import torch

from vit import PRESETS, ViT

SIZES = {"ViT-S/14": "dinov2-s14", "ViT-B/16": "vit-b16"}


def transformers_twin(name: str) -> torch.nn.Module:
    """transformers' own model of the same size, eager attention."""
    from transformers import Dinov2Config, Dinov2Model, ViTConfig, ViTModel

    if name == "ViT-S/14":
        config = Dinov2Config(hidden_size=384, num_attention_heads=6, image_size=518, patch_size=14)
        model = Dinov2Model._from_config(config, attn_implementation="eager")
    else:
        model = ViTModel._from_config(ViTConfig(), attn_implementation="eager")
    return model.eval()


def seconds(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    print(f"torch {torch.__version__}, {torch.get_num_threads()} threads, 224 × 224 pixels, medians of {rounds}")
    print("model     ours ms  transformers ms  ratio (min–max)     our trace MB")
    for name, preset in SIZES.items():
        ours, theirs = ViT(PRESETS[preset]).eval(), transformers_twin(name)
        pixels = torch.randn(1, 3, 224, 224)

        @torch.inference_mode()
        def twin(model: torch.nn.Module = theirs, pixels: torch.Tensor = pixels) -> object:
            return model(pixels, output_attentions=True, output_hidden_states=True)

        def trace(model: ViT = ours, pixels: torch.Tensor = pixels) -> object:
            return model.trace(pixels)

        for _ in range(3):
            trace(), twin()
        pairs = [(seconds(trace), seconds(twin)) for _ in range(rounds)]
        own, other = (statistics.median(column) for column in zip(*pairs, strict=True))
        ratios = sorted(a / b for a, b in pairs)
        megabytes = ours.trace(pixels).nbytes / 1e6
        print(
            f"{name:9} {own * 1e3:7.1f} {other * 1e3:16.1f}  {statistics.median(ratios):.3f} "
            f"({ratios[0]:.2f}–{ratios[-1]:.2f}) {megabytes:16.1f}"
        )


if __name__ == "__main__":
    main()
