"""One person's sliders, with and without another person's training on the same machine, in turns."""

from __future__ import annotations

import asyncio
import statistics
import tempfile
import time
from pathlib import Path

from benchmarks.person import PAGES, Notes, Person
from benchmarks.served import Served, served
from vit.training.process import launch
from vit.training.run import control
from vit.training.run.status import read_status

ROUNDS, MOVES = 3, 6
# As the page starts it: a minute's run of the bundled digits, made long enough for all rounds.
RUN = ["preset=mnist-live", "training.max_seconds=600", "training.epochs=1000"]


def measure() -> dict[str, object]:
    """Medians in milliseconds, on every page, alone and beside a training; and their ratio over all."""
    with served() as server, tempfile.TemporaryDirectory() as runs:
        return asyncio.run(_measure(server, Path(runs)))


async def _measure(server: Served, runs: Path) -> dict[str, object]:
    alone, beside = Notes(), Notes()
    await _walk(server, Notes())  # warm
    for _ in range(ROUNDS):
        await _walk(server, alone)
        folder = launch.start(RUN, runs)
        try:
            _wait(folder, "running")
            await _walk(server, beside)
        finally:
            control.send(folder, "stop")
            _wait(folder, "stopped")
    found = {}
    print(f"{'page':<18} {'alone':>8} {'beside':>8}  ms, medians of {ROUNDS * MOVES}")
    for what in sorted(alone.seconds):
        if what.startswith("rerun"):
            pair = [1000 * statistics.median(notes.seconds[what]) for notes in (alone, beside)]
            found[what.removeprefix("rerun ")] = pair
            print(f"{what.removeprefix('rerun '):<18} {pair[0]:>8.0f} {pair[1]:>8.0f}  {pair[1] / pair[0]:.2f} ×")
    every = [[s for what, each in notes.seconds.items() if "rerun" in what for s in each] for notes in (alone, beside)]
    ratio = statistics.median(every[1]) / statistics.median(every[0])
    print(f"all pages: {ratio:.2f} × (goal: at most 2 ×)")
    return {"pages": found, "ratio": ratio}


async def _walk(server: Served, notes: Notes) -> None:
    person = Person(server.address, 0, notes, 0.2)
    await person.stay(PAGES, MOVES)
    await person.leave()


def _wait(folder: Path, state: str) -> None:
    """Until the run is in ``state``; RuntimeError if it is not within a minute."""
    for _ in range(600):
        status = read_status(folder)
        if status and status.state == state:
            return
        time.sleep(0.1)
    raise RuntimeError(f"The run in {folder} is not {state}: {status}")
