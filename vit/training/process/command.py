"""What ``python -m vit.train`` does with its arguments: a run, a sweep, or a run taken up again."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import suppress
from pathlib import Path

import hydra
from hydra.core.hydra_config import HydraConfig
from hydra.errors import HydraException
from omegaconf import DictConfig
from omegaconf.errors import OmegaConfBaseException

from vit import environment
from vit.paths import CONFIGS
from vit.training import config_file, sweep
from vit.training.limits import SettingsError
from vit.training.process import one_run
from vit.training.run import listing
from vit.training.run.files import RunError
from vit.training.run.status import Status

failures: list[Exception] = []
FIRST = int(os.environ.get("RANK", "0")) == 0


class Console:
    """A line about the run for whoever sits at the terminal: at every evaluation, and when its state changes."""

    def __init__(self) -> None:
        self._said: tuple[object, ...] = ()

    def __call__(self, status: Status) -> None:
        news = (status.state, status.accuracy, status.message)
        if news == self._said:
            return
        self._said = news
        parts = [f"{status.state:8} {status.progress:4.0%}", f"step {status.step:6}"]
        if status.loss is not None:
            parts += [f"loss {status.loss:.4f}", f"{status.images_per_second:6.0f} images/s"]
        if status.accuracy is not None:
            parts += [f"held out {status.accuracy:.2%}", f"best {status.best_accuracy:.2%}"]
        sys.stdout.write("   ".join([*parts, status.message]).rstrip() + "\n")
        sys.stdout.flush()


def _one_run(config: DictConfig) -> None:
    """What Hydra calls for a run, or for each member of a sweep."""
    folder = Path(HydraConfig.get().runtime.output_dir)
    try:
        settings = config_file.to_settings(config)
        if HydraConfig.get().mode == hydra.types.RunMode.MULTIRUN:
            differ = sweep.swept(sys.argv[1:])
            title = ", ".join(text for text in HydraConfig.get().overrides.task if text.split("=")[0] in differ)
            listing.rename(listing.Run(folder, folder.name, Status()), title)
        if FIRST:
            sys.stdout.write(f"{folder}\n")
        one_run.train(settings, folder, Console())
    except (RunError, ValueError) as error:  # DataError, SettingsError and CheckpointError are ValueErrors
        _sorry(error)  # the other members of a sweep can still be trained
    finally:
        with suppress(OSError):  # Hydra makes a folder for every process; only the first one's is used
            folder.rmdir()


def _resume(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m vit.train", add_help=False)
    parser.add_argument("--resume", type=Path, metavar="RUN")
    parser.add_argument("overrides", nargs="*")
    known = parser.parse_args(arguments)
    one_run.resume(listing.open_run(known.resume).folder, known.overrides, Console())


def main() -> int:
    """0 when the run is done or was stopped; 1 with one sentence when it could not be trained."""
    arguments = sys.argv[1:]
    failures.clear()
    config_file.register()
    os.environ["HYDRA_FULL_ERROR"] = "1"  # or Hydra ends the process itself, with its own words
    environment.share_cores()
    try:
        if "--resume" in arguments:
            _resume(arguments)
        else:
            if {"--multirun", "-m"} & set(arguments):
                sweep.check(arguments)
            hydra.main(str(CONFIGS), "config", version_base="1.3")(_one_run)()
    except (HydraException, OmegaConfBaseException) as error:
        _sorry(SettingsError(config_file.one_line(error)))
    except (RunError, ValueError) as error:
        _sorry(error)
    return 1 if failures else 0


def _sorry(error: Exception) -> None:
    failures.append(error)
    if FIRST:
        sys.stderr.write(f"{error}\n")
