"""What a map of evidence costs: processor time, in forward passes of the same picture on one thread, and memory.

``python -m benchmarks.evidence_cost``; ``--side`` shows the picture at another size than the model's own. Processor
time, unlike a clock's, does not count others at work on the machine. Memory is what the process holds at most while
the map is made, beyond what it held before (as Linux tells it).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from statistics import median

import torch
from PIL import Image

from benchmarks.measure import peak_of
from vit import load_pretrained
from vit.analysis.evidence.gradient_maps import gradient_maps
from vit.analysis.evidence.itemised import itemised
from vit.analysis.evidence.relevance import relevance
from vit.analysis.evidence.target import of_class
from vit.experiments.removal import by_chance, outputs_on_removal, removal_curves
from vit.paths import ROOT
from vit.serving.fast_blocks import in_place


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one run."""
    began = time.process_time()
    work()
    return time.process_time() - began


def times(work: Callable[[], object], unit: Callable[[], object], pairs: int = 7) -> float:
    """How many ``unit`` one ``work`` takes: the median of pairs, one after the other, as others' work on the same cores
    makes both slower."""
    return median(seconds(work) / seconds(unit) for _ in range(pairs))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=224)
    side = parser.parse_args().side
    torch.set_num_threads(1)
    model = in_place(load_pretrained("photos-10"))
    pixels = model.preprocessing.for_side(side)(Image.open(ROOT / "sample_images" / "cat.jpg").convert("RGB"))
    trace = model.trace(pixels)
    assert trace.logits is not None
    target = of_class(model, int(trace.logits[0].argmax()), "the answer")
    chance = by_chance(trace.layout.n_patches, 0)[None]

    def forward() -> None:
        with torch.inference_mode():
            model(pixels)

    one = median(seconds(forward) for _ in range(7))
    print(f"one forward pass at {side} pixels: {one:.3f} s of one core")
    work = {
        "Grad-CAM, LeGrad and Chefer's rule": lambda: gradient_maps(model, trace, target),
        "AttnLRP": lambda: relevance(model, trace, target),
        "the number, item by item": lambda: itemised(model, trace, target),
        "both curves of a method": lambda: removal_curves(outputs_on_removal(model, trace, chance), target.measure),
    }
    for name, run in work.items():
        memory = peak_of(run)["peak_bytes"] / 1e6
        print(f"{name}: {times(run, forward):.1f} forward passes, {memory:.0f} MB at most")


if __name__ == "__main__":
    main()
