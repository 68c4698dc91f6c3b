"""How long a checkpoint takes to load, and how much memory: the bundled model, then a ViT-B/16 in fp32.

``python -m benchmarks.load`` prints a line a model: seconds (torch is imported before), and the peak of
the process's memory while loading as a multiple of the weights in fp32. Each model gets a process of its own.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from vit import ViT, ViTConfig
from vit.pretrained import bundled, save_pretrained

CHILD = """
import json, sys, threading, time
import torch
torch.randn(64, 64) @ torch.randn(64, 64)  # torch's own start

def resident():
    lines = open("/proc/self/status").read().splitlines()
    return {line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}

from vit import load_pretrained

before = resident()["VmRSS"]
start = time.perf_counter()
model = load_pretrained(sys.argv[1])
seconds = time.perf_counter() - start
for parameter in model.parameters():
    parameter.sum()  # touch every page: what lies in the file alone is not loaded yet
whole = time.perf_counter() - start
size = sum(parameter.nbytes for parameter in model.parameters())
peak = resident()["VmHWM"] - before
print(json.dumps({"seconds": seconds, "touched": whole, "size": size, "peak": peak}))
"""


def measure(name: str) -> dict[str, float]:
    """The best of three fresh processes."""
    runs = []
    for _ in range(3):
        done = subprocess.run([sys.executable, "-c", CHILD, name], check=True, capture_output=True, text=True)
        runs.append(json.loads(done.stdout))
    return min(runs, key=lambda run: run["touched"])


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        save_pretrained(ViT(ViTConfig(n_classes=1000)), Path(folder) / "vit-b16")
        print(f"{'model':<28} {'load':>8} {'+ touch':>8} {'weights':>9} {'peak / weights':>15}")
        for name in (bundled()[0], str(Path(folder) / "vit-b16")):
            found = measure(name)
            print(
                f"{Path(name).name:<28} {found['seconds']:>6.2f} s {found['touched']:>6.2f} s "
                f"{found['size'] / 2**20:>6.0f} MB {found['peak'] / found['size']:>15.2f}"
            )


if __name__ == "__main__":
    main()
