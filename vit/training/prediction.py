"""What a trained model says about pictures: the run it comes from, its likeliest classes, its trace as a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from vit.analysis.answer import read
from vit.checkpoints.loading import load_pretrained
from vit.model.limits import Answer
from vit.model.trace import Trace
from vit.model.vit import ViT
from vit.paths import RUNS
from vit.training.run.files import RunError, replace_file
from vit.training.run.listing import Run, best_accuracy, open_run

Ranking = list[tuple[str, float]]  # classes with their probabilities, the likeliest first
Ask = Callable[[str], str]
_BLOCK = ("resid_pre", "q", "k", "v", "pattern", "resid_mid", "resid_post")


def load(name: str, root: Path = RUNS) -> ViT:
    """The best model of a run, or any other model; ValueError or RunError for one that cannot classify."""
    folder: str | Path = name
    if name == "latest" or (root / name / "status.json").is_file() or (Path(name) / "status.json").is_file():
        found = open_run(name, root).model
        if found is None:
            raise RunError(f"The run {name} has no checkpoint yet: wait for its first one.")
        folder = found
    model = load_pretrained(folder)
    if model.head is None:
        raise RunError(f"{name} has no classification head: fine-tune it, or take another model.")
    return model


def pick(runs: list[Run], ask: Ask) -> str:
    """List the runs that have a model, and let the person choose one by its number."""
    runs = [run for run in runs if run.model]
    if not runs:
        raise RunError("There is no trained run: train one with `python -m vit.train`, or give a model with --run.")
    for number, run in enumerate(runs, start=1):
        accuracy = best_accuracy(run)
        held_out = "not judged" if accuracy is None else f"held out {accuracy:7.2%}"
        title = "" if run.title == run.name else f"   {run.title}"
        sys.stderr.write(f"{number:3}  {run.name}   {held_out}   {run.status.state}   {run.status.data}{title}\n")
    while True:
        text = ask(f"Which run (1 to {len(runs)}, Enter for 1)? ").strip() or "1"
        if text.isdecimal() and 1 <= int(text) <= len(runs):
            return str(runs[int(text) - 1].folder)


def top(trace: Trace, model: ViT, n: int) -> list[Ranking]:
    """For each picture the ``n`` classes with the highest probabilities or numbers, the highest first."""
    assert trace.logits is not None
    labels = model.config.labels or [str(i) for i in range(model.config.n_classes)]
    values = read(trace.logits.numpy(), model.config.answer)  # (b, classes)
    order = np.argsort(-values, axis=-1, kind="stable")[:, : max(1, n)]
    return [[(labels[c], float(row[c])) for c in best] for row, best in zip(values, order, strict=True)]


def save_trace(trace: Trace, path: Path) -> None:
    """Every stored tensor as an array under its name in the trace: ``tokens``, ``blocks.3.pattern`` …"""
    names = ("pixels", "patches", "patch_embedding", "position_embedding", "tokens", "final", "pooled", "pool_pattern")
    arrays = {name: getattr(trace, name) for name in (*names, "logits")}
    for i, block in enumerate(trace.blocks):
        arrays |= {f"blocks.{i}.{name}": getattr(block, name) for name in _BLOCK}

    def write(file: Path) -> None:
        with file.open("wb") as opened:
            np.savez(opened, **{name: tensor.numpy() for name, tensor in arrays.items() if tensor is not None})

    replace_file(path, write)


def as_json(paths: list[Path], answers: list[Ranking], meant: Answer) -> str:
    what = "number" if meant == "numbers" else "probability"
    rows = [
        {"image": str(path), "classes": [{"name": name, what: value} for name, value in answer]}
        for path, answer in zip(paths, answers, strict=True)
    ]
    return json.dumps(rows, indent=1, ensure_ascii=False) + "\n"


def as_text(paths: list[Path], answers: list[Ranking], meant: Answer) -> str:
    width = max(len(name) for answer in answers for name, _ in answer)
    lines = []
    for path, answer in zip(paths, answers, strict=True):
        words = [f"{value:.6g}" if meant == "numbers" else f"{value:8.4%}" for _, value in answer]
        lines += [str(path), *(f"  {name.ljust(width)}  {said}" for (name, _), said in zip(answer, words, strict=True))]
    return "\n".join(lines) + "\n"
