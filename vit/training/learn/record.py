"""What one run writes down: rows, status, judged and saved models. Only the first process has a record."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from torch import nn

from vit.analysis.calibration import with_temperature
from vit.model.vit import ViT
from vit.training.learn import checkpoints, evaluation, optimise
from vit.training.learn.flat_parameters import flatten
from vit.training.learn.task import Task, head_of
from vit.training.run import figures
from vit.training.run.files import RunError
from vit.training.run.metrics import Metrics, read_metrics
from vit.training.run.status import Status
from vit.training.run.tensorboard import Board
from vit.training.settings import TrainingSettings

Watch = Callable[[Status], None]
_SIGN_OF_LIFE = 0.25  # seconds between two writings of the status


@dataclass
class Progress:
    """How far a run has come: with the weights and moments, all that an exact resume needs.

    ``seconds`` of training without pauses. ``lr`` is the highest rate, which may be changed in mid-run.
    """

    step: int = 0
    seconds: float = 0.0
    lr: float = 0.0
    best_loss: float = float("inf")
    best_accuracy: float = -1.0
    best_step: int = 0


class Learning:
    """Everything that changes from step to step: weights, their average, moments, progress."""

    def __init__(self, task: Task, settings: TrainingSettings) -> None:
        self.module = task.part(task.model)
        self.averaged_model: ViT = copy.deepcopy(task.model) if settings.ema else task.model
        self.averaged: nn.Module = task.part(self.averaged_model)
        self.optimiser = optimise.Adam(self.module, settings)
        self.average: optimise.Average | None = None
        if settings.ema:
            named = dict(self.averaged.named_parameters())
            averaged = flatten([named[name] for name in self.optimiser.names])
            self.average = optimise.Average(averaged, self.optimiser.weights, settings.ema)
        self.progress = Progress(lr=settings.lr)

    def save(self, run: Path) -> None:
        checkpoints.save_state(run, self.module, self.averaged, self.optimiser, asdict(self.progress))

    def load(self, run: Path) -> None:
        """Go on from the state in ``run``; RunError where it does not fit."""
        stored = checkpoints.load_state(run, self.module, self.averaged, self.optimiser)
        try:
            self.progress = Progress(**stored)
        except TypeError as error:
            raise RunError(f"{run / checkpoints.STATE} is of another version ({error}).") from None


class Record:
    """The run folder's side of a training."""

    def __init__(self, folder: Path, task: Task, learning: Learning, status: Status, watch: Watch) -> None:
        self._folder, self._task, self._learning, self._watch = folder, task, learning, watch
        self.status = status
        resume_at = learning.progress.step
        self._metrics, self._board = Metrics(folder, resume_at), Board(folder, resume_at)
        self._written = 0.0
        self._temperature = 1.0  # of the last evaluation
        status.parameters = sum(p.numel() for p in task.model.parameters())
        status.data = task.data.name

    def step(self, row: dict[str, float | None]) -> None:
        self._metrics.add(row)
        self._board.add(row)
        self.alive()

    def evaluate(self, wanted: Callable[[], bool], epoch: float) -> bool:
        """Judge the (averaged) weights and save them as ``last``, as one of the series, and if they are, as ``best``.

        What is judged and saved has the temperature in its head; the weights that go on learning do not.

        False, and nothing saved, if it is no longer ``wanted`` before all pictures are judged.
        """
        temperature = evaluation.fitted_temperature(self._learning.averaged, self._task, wanted)
        if temperature is None:
            return False
        self._temperature, model = temperature, self._calibrated(temperature)
        judgement = evaluation.judge(self._task.part(model), self._task, wanted)
        if judgement is None:
            return False
        progress, status = self._learning.progress, self.status
        better = (judgement.accuracy, -judgement.loss) > (progress.best_accuracy, -progress.best_loss)
        if better:
            progress.best_accuracy, progress.best_loss = judgement.accuracy, judgement.loss
            progress.best_step = progress.step
        names = [checkpoints.step_name(progress.step), "last", *(["best"] if better else [])]
        checkpoints.save_model(model, self._folder, *names)
        checkpoints.thin(self._folder, progress.best_step)
        self._learning.save(self._folder)
        evaluation.write(judgement, self._folder)
        row: dict[str, float | None] = {"step": progress.step, "epoch": epoch, "seconds": progress.seconds}
        row |= {"held_out_loss": judgement.loss, "held_out_accuracy": judgement.accuracy}
        self._metrics.add(row)
        self._board.add(row)
        status.accuracy, status.best_accuracy = judgement.accuracy, progress.best_accuracy
        self.say(status.state)  # before TensorBoard, whose import takes a second
        self._board.write()
        return True

    def _calibrated(self, temperature: float) -> ViT:
        """The (averaged) model with this temperature in its head."""
        if temperature == 1.0:
            return self._learning.averaged_model
        model = copy.deepcopy(self._learning.averaged_model)
        with_temperature(head_of(model), temperature)
        return model

    def end(self, state: str) -> None:
        """Leave a usable checkpoint; the figures come after the word that it is there."""
        if state == "stopped":
            checkpoints.save_model(self._calibrated(self._temperature), self._folder, "last")
            self._learning.save(self._folder)
        self._metrics.close()
        self._board.close()
        self.status.seconds_left = 0.0
        self.say(state)
        classes = list(self._task.data.classes)
        figures.draw(self._folder, read_metrics(self._folder), evaluation.read(self._folder), classes)

    def say(self, state: str) -> None:
        self.status.state = state
        self.status.write(self._folder)
        self._written = time.monotonic()
        self._watch(self.status)

    def alive(self) -> None:
        """A sign of life, if the last one is a moment ago."""
        if time.monotonic() - self._written >= _SIGN_OF_LIFE:
            self.say(self.status.state)


class Speed:
    """Pictures a second, over about the last three seconds."""

    def __init__(self) -> None:
        self._pictures = self._seconds = 0.0

    def add(self, pictures: int, seconds: float) -> None:
        keep = max(0.0, 1 - seconds / 3)
        self._pictures, self._seconds = self._pictures * keep + pictures, self._seconds * keep + seconds

    @property
    def per_second(self) -> float:
        return self._pictures / self._seconds if self._seconds else 0.0
