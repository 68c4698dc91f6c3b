"""From nothing to the first traced picture, in fresh processes: ours against transformers' ``from_pretrained``.

``python -m benchmarks.load``: the bundled ViT-S/14 and a ViT-B/16 saved by transformers; both open the same
checkpoint, prepare the same photograph and record patterns and hidden states. The clock starts before the
interpreter does. Memory is what the process holds at the end, and held at most.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import report
from benchmarks.measure import spread
from benchmarks.twins import SIZES
from vit.paths import WEIGHTS

GOAL = 3.0
PICTURE = Path("sample_images/cat.jpg").resolve()

_OURS = """
from pathlib import Path
from vit.checkpoints.loading import load_pretrained
from vit.pictures.open import open_image
from vit.serving.fast_blocks import in_place
mark("import")
model = in_place(load_pretrained(sys.argv[1]))
mark("load")
trace = model.trace(model.preprocess(open_image(Path(sys.argv[2]))))
mark("trace")
"""

_THEIRS = """
import torch
from PIL import Image
from transformers import AutoImageProcessor, AutoModel
mark("import")
processor = AutoImageProcessor.from_pretrained(sys.argv[1])
model = AutoModel.from_pretrained(sys.argv[1], attn_implementation="eager", dtype=torch.float32).eval()
mark("load")
pixels = processor(images=Image.open(sys.argv[2]).convert("RGB"), return_tensors="pt")
with torch.inference_mode():
    out = model(**pixels, output_attentions=True, output_hidden_states=True)
mark("trace")
"""

# Around both: what each step took, and memory at the end.
_CHILD = """
import json, os, sys, time
os.environ |= {{"OMP_WAIT_POLICY": "PASSIVE", "TRANSFORMERS_VERBOSITY": "error", "TQDM_DISABLE": "1"}}
steps, last = {{}}, time.perf_counter()
def mark(name):
    global last
    steps[name], last = time.perf_counter() - last, time.perf_counter()
{work}
lines = open("/proc/self/status").read().splitlines()
memory = {{line.split(":")[0]: int(line.split()[1]) * 1024 for line in lines if line.startswith(("VmRSS", "VmHWM"))}}
print(json.dumps({{"steps": steps, "resident_bytes": memory["VmRSS"], "peak_bytes": memory["VmHWM"]}}), flush=True)
os._exit(0)  # what comes after the picture is not waited for
"""


def once(work: str, checkpoint: Path) -> dict[str, Any]:
    begin = time.perf_counter()
    command = [sys.executable, "-c", _CHILD.format(work=work), str(checkpoint), str(PICTURE)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return json.loads(done.stdout.splitlines()[-1]) | {"seconds": time.perf_counter() - begin}


def compare(checkpoint: Path, rounds: int) -> dict[str, Any]:
    """Both in turn, after one of each that brings the files into memory."""
    works = {"ours": _OURS, "transformers": _THEIRS}
    runs = [{name: once(work, checkpoint) for name, work in works.items()} for _ in range(rounds + 1)][1:]
    found = {}
    for name in works:
        own = [run[name] for run in runs]
        found[name] = {key: spread([run[key] for run in own]) for key in ("seconds", "resident_bytes", "peak_bytes")}
        found[name] |= {step: spread([run["steps"][step] for run in own]) for step in ("import", "load", "trace")}
    faster = spread([run["transformers"]["seconds"] / run["ours"]["seconds"] for run in runs])
    return {"checkpoint": checkpoint.name, "contenders": found, "times_faster": faster}


def save_vit_b16(folder: Path) -> Path:
    """A ViT-B/16 with fresh weights as transformers saves it, and its recipe for pictures."""
    from transformers import ViTImageProcessor

    from benchmarks import twins

    model: Any = twins.transformers(SIZES[2], "eager")
    model.save_pretrained(folder / "vit-b16")
    ViTImageProcessor().save_pretrained(folder / "vit-b16")
    return folder / "vit-b16"


def measure(quick: bool) -> list[dict[str, Any]]:
    """A case a checkpoint."""
    bundled = WEIGHTS / "dinov2-small-imgfocus"
    if quick:
        return [compare(bundled, 1)]
    with tempfile.TemporaryDirectory() as folder:
        return [compare(checkpoint, 7) for checkpoint in (bundled, save_vit_b16(Path(folder)))]


def lines(cases: list[dict[str, Any]]) -> list[str]:
    text = [f"Load: start of Python to first traced picture (goal: at least {GOAL:g} × faster)"]
    text.append(
        f"  {'checkpoint':<22} {'who':<13} {'whole':>7} {'import':>7} {'load':>7} {'trace':>7} "
        f"{'RSS MB':>7} {'peak':>7}"
    )
    for case in cases:
        for name, found in case["contenders"].items():
            seconds = (f"{found[key]['median']:6.2f}s" for key in ("seconds", "import", "load", "trace"))
            memory = (f"{found[key]['median'] / 1e6:7.0f}" for key in ("resident_bytes", "peak_bytes"))
            text.append(f"  {case['checkpoint']:<22} {name:<13} {' '.join([*seconds, *memory])}")
        times = case["times_faster"]
        verdict = "goal reached" if times["median"] >= GOAL else f"goal missed; {_why(case)}"
        text.append(f"  {case['checkpoint']}: {report.ratio_text(times)} times faster: {verdict}")
    return text


def _why(case: dict[str, Any]) -> str:
    ours = case["contenders"]["ours"]
    share = ours["import"]["median"] / ours["seconds"]["median"]
    return f"{share:.0%} of our own time is the import of torch and what the model needs, which both pay"


if __name__ == "__main__":
    report.alone("load", measure, lines)
