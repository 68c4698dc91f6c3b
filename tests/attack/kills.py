"""Train, be killed at random moments, go on; beside it the same run undisturbed.

``python -m tests.attack.kills FOLDER KILLS SEED``: torch is imported once, every attempt is a fork of that process.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch

from vit import load_pretrained
from vit.training.config_file import to_settings
from vit.training.learn import checkpoints
from vit.training.process import one_run
from vit.training.run import lock
from vit.training.settings import Settings

SETTINGS = {
    "model": {"patch_size": 14, "width": 8, "depth": 1, "heads": 2, "dropout": 0.1},
    "data": {"augment": {"shift": 0.1, "rotate": 10.0, "stroke": 0.2}},
    "training": {"epochs": 3.0, "batch": 128, "checkpoints": 60, "ema": 0.9, "lr": 0.01, "threads": 1},
}


def settings() -> Settings:
    return to_settings(SETTINGS)


def attempt(folder: Path) -> None:
    """Begin the run or go on with it; in a process of its own."""
    if (folder / checkpoints.STATE).is_file():
        one_run.resume(folder)
    else:  # killed before there was anything to go on from
        one_run.train(settings(), folder)


def forked(folder: Path) -> int:
    """The number of a process that makes an attempt; it ends with 0 if the run came to its end."""
    pid = os.fork()
    if pid:
        return pid
    code = 1
    try:
        attempt(folder)
        code = 0
    finally:
        os._exit(code)


def ended(pid: int) -> int | None:
    """How a process ended; None while it goes on."""
    found, status = os.waitpid(pid, os.WNOHANG)
    return os.waitstatus_to_exitcode(status) if found else None


def killed(folder: Path, chance: random.Random) -> bool:
    """Kill one attempt, at any moment or in the middle of a writing; False if the run came to its end first."""
    pid = forked(folder)
    while not lock.held(folder):
        time.sleep(0.002)
    end = time.monotonic() + chance.choice((0.3, 1.5, 3.0)) * chance.random()
    writing = chance.random() < 0.5  # then as soon as a file is half there
    while time.monotonic() < end + 10 * writing:
        if (code := ended(pid)) is not None:
            assert code == 0, f"an attempt failed by itself: {code}"
            return False
        if writing and time.monotonic() > end and any(folder.rglob(".*.tmp")):
            break
        time.sleep(0.001)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return True


def whole(folder: Path) -> int:
    """How many checkpoints there are; every one of them is a model."""
    places = [one.folder for one in checkpoints.series(folder)]
    places += [
        place for name in ("best", "last") if ((place := folder / "checkpoints" / name) / "config.json").is_file()
    ]
    for place in places:
        load_pretrained(place)
    return len(places)


def main(root: Path, kills: int, seed: int) -> None:
    torch.set_num_threads(1)
    chance = random.Random(seed)
    os.waitpid(forked(root / "day" / "whole"), 0)
    done = runs = 0
    while done < kills:  # a run that came to its end in spite of all is followed by another
        folder = root / "day" / f"killed-{runs}"
        runs += 1
        while done < kills and killed(folder, chance):
            done += 1
            sys.stdout.write(f"{done} {whole(folder)}\n")
            sys.stdout.flush()
    assert os.waitstatus_to_exitcode(os.waitpid(forked(folder), 0)[1]) == 0
    sys.stdout.write(f"killed {done}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
