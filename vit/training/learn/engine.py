"""The training loop: settings in, a run folder out, exact to resume, open to requests at every step."""

from __future__ import annotations

import time
from math import ceil, isfinite
from pathlib import Path

import torch

from vit.data import augment, batches
from vit.training.learn import checkpoints, optimise
from vit.training.learn.distributed import Processes
from vit.training.learn.gradient import gradient_for
from vit.training.learn.record import Learning, Record, Speed, Watch
from vit.training.learn.task import Task
from vit.training.run import folder as run_folder
from vit.training.run.control import Request, take
from vit.training.run.files import RunError
from vit.training.run.status import Status
from vit.training.settings import Settings

_POLL = 0.03  # seconds between two looks for a request while a run is paused
_CODES = ("", "run", "pause", "step", "stop")  # requests as numbers, for telling the other processes


class Trainer:
    """One run, from its settings or from its last state to its end.

    ``run`` trains until the end, or until somebody asks it to stop. ``watch`` is told the status whenever it
    is written. RunError, DataError and the like say why it cannot go on; the last good checkpoint stays.
    """

    def __init__(self, settings: Settings, folder: Path, status: Status, watch: Watch) -> None:
        """The caller holds the folder's lock. A folder with a state is resumed from it."""
        self._training = settings.training
        self._processes = processes = Processes(settings.training)
        self._task = Task(settings, processes.device)
        self._learning = Learning(self._task, settings.training)
        if resumed := (folder / checkpoints.STATE).is_file():
            self._learning.load(folder)
        self._n = len(self._task.data.train)
        self._batch = min(settings.training.batch, self._n // processes.world * processes.world)
        self._steps_in_epoch = batches.steps_in_epoch(self._n, self._batch)
        self._steps = ceil(settings.training.epochs * self._steps_in_epoch)
        optimiser = self._learning.optimiser
        self._gradient = gradient_for(self._task, self._learning.module, optimiser, processes, settings.training)
        self._speed = Speed()
        self._folder = folder
        self._requests: list[Request] = []
        self._record: Record | None = None
        if processes.first:
            if not resumed:
                run_folder.describe(folder, self._task.data, processes.device, processes.world)
            self._record = Record(folder, self._task, self._learning, status, watch)

    def ask(self, command: str) -> None:
        """The same as a request through the run folder, for the process itself (Ctrl-C)."""
        self._requests.append(Request(command))

    @property
    def share(self) -> float:
        """How much of the run is done, by steps or by time, whichever is further: 0 … 1."""
        progress, limit = self._learning.progress, self._training.max_seconds
        by_step = progress.step / self._steps if self._steps else 0.0
        return min(1.0, max(by_step, progress.seconds / limit if limit else 0.0))

    @property
    def epoch(self) -> float:
        return self._learning.progress.step / self._steps_in_epoch

    def run(self) -> None:
        """Train until the end, or until somebody asks it to stop."""
        try:
            self._loop()
        finally:
            self._gradient.close()
            self._processes.close()

    def _loop(self) -> None:
        points = evaluation_points(self._training.checkpoints, self.share)
        self._report("running")
        paused = False
        while True:
            command, paused = self._obey(paused)
            if command == "stop":
                break
            if points and self.share >= points[0]:
                if not self._evaluate():
                    continue  # a request to stop came in meanwhile
                points = [point for point in points if point > self.share]
            if self.share >= 1:
                break
            began = time.perf_counter()
            row = self._step(self.share)
            self._count(row, time.perf_counter() - began)
            if command == "step":
                self._evaluate()
                self._report("paused")
        if self._record:
            self._record.end("finished" if self.share >= 1 else "stopped")

    def _obey(self, paused: bool) -> tuple[str, bool]:
        """What to do next, ``run``, ``step`` or ``stop``, and whether the run is paused after it."""
        while True:
            request = self._next_request()
            if request is None and not paused:
                return "run", False
            if request is None:
                if self._record:
                    self._record.alive()
                time.sleep(_POLL)
                continue
            if request.lr is not None:
                self._learning.progress.lr = request.lr
            if request.command in ("stop", "step"):
                return request.command, request.command == "step"
            if request.command == "pause" and not paused:
                self._evaluate()
                self._report("paused")
            elif request.command == "run" and paused:
                self._report("running")
            paused = request.command == "pause"

    def _next_request(self) -> Request | None:
        """The first process's newest request, and its clock, for all processes."""
        found = None
        if self._record:
            found = self._requests.pop(0) if self._requests else take(self._folder)
        code = _CODES.index(found.command) if found else 0
        lr = -1.0 if found is None or found.lr is None else found.lr
        progress = self._learning.progress
        agreed, lr, progress.seconds = self._processes.agree([code, lr, progress.seconds])
        return Request(_CODES[int(agreed)], lr if lr >= 0 else None) if agreed else None

    def _step(self, share: float) -> dict[str, float | None]:
        """Learn from one batch; what is measured on the way is measured before the weights move."""
        training, processes, learning = self._training, self._processes, self._learning
        progress = learning.progress
        indices = batches.indices(self._n, self._batch, training.seed, progress.step)
        self._look(share)
        chance = augment.draw(len(indices), batches.step_generator(training.seed, progress.step))
        chance = chance * optimise.amount(share, training)
        torch.manual_seed(batches.step_seed(training.seed, progress.step) + processes.rank)  # for dropout
        lr = progress.lr * optimise.schedule(share, training)
        loss, accuracy = self._gradient(*(processes.mine(rows) for rows in (indices, chance, indices.roll(1))))
        length = optimise.clip(learning.optimiser.gradient, training.clip)
        if not (isfinite(loss) and isfinite(length)):
            raise self._diverged(loss, lr)
        learning.optimiser.step(lr)
        progress.step += 1
        if learning.average:
            learning.average.update(progress.step)
        return {"lr": lr, "loss": loss, "accuracy": accuracy}

    def _look(self, share: float) -> None:
        """See pictures at the size that belongs to this share of the run."""
        self._task.set_side(share)
        self._processes.attend_over(self._task.n_tokens)

    def _diverged(self, loss: float, lr: float) -> RunError:
        what = "gradient" if isfinite(loss) else "loss"
        advice = [f"lower training.lr (at that step {lr:.2g})"]
        if not self._training.clip:
            advice.append("set training.clip=1")
        if self._training.precision != "fp32":
            advice.append("set training.precision=fp32")
        return RunError(
            f"The {what} stopped being a number at step {self._learning.progress.step + 1} (epoch {self.epoch:.1f}): "
            f"{', or '.join(advice)}. The last good checkpoint is kept."
        )

    def _count(self, row: dict[str, float | None], took: float) -> None:
        """Take the time and report a step."""
        progress = self._learning.progress
        progress.seconds += took
        self._speed.add(self._batch, took)
        if self._record is None:
            return
        row |= {"step": progress.step, "epoch": self.epoch, "seconds": progress.seconds}
        row["images_per_second"] = self._speed.per_second
        status, share = self._record.status, self.share
        status.step, status.epoch, status.progress, status.seconds = progress.step, self.epoch, share, progress.seconds
        status.lr, status.loss, status.images_per_second = row["lr"], row["loss"], row["images_per_second"]
        status.highest_lr = progress.lr
        status.seconds_left = progress.seconds / share * (1 - share) if share else None
        self._record.step(row)

    def _evaluate(self) -> bool:
        """Judge and save; False if a request to stop cut it short. The time this takes is part of the run's."""
        began, progress = time.perf_counter(), self._learning.progress
        self._gradient.use_all_cores()
        self._look(self.share)
        done = self._record.evaluate(lambda: not self._stop_requested(), self.epoch) if self._record else True
        progress.seconds += time.perf_counter() - began
        agreed, progress.seconds = self._processes.agree([float(done), progress.seconds])
        return bool(agreed)

    def _stop_requested(self) -> bool:
        """Look for a request in the middle of an evaluation; whatever it is, it is kept for later."""
        if request := take(self._folder):
            self._requests.append(request)
        return any(request.command == "stop" for request in self._requests)

    def _report(self, state: str) -> None:
        if self._record:
            self._record.say(state)


def evaluation_points(n: int, done: float) -> list[float]:
    """At which shares of a run to judge: n evenly spaced, the start, and two early ones when most changes."""
    points = [0.0, 1 / (16 * n), 1 / (4 * n), *(k / n for k in range(1, n + 1))]
    return [point for point in points if point > done or done == 0]
