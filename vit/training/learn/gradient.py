"""The gradient of a batch: on a CPU in two halves at the same time, each on cores of its own."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vit.training.learn.flat_parameters import gradient_of
from vit.training.learn.optimise import Adam
from vit.training.learn.task import Task
from vit.training.process.distributed import Processes
from vit.training.settings import TrainingSettings

SMALLEST = 16  # pictures in a half


class Gradient:
    """Adds a batch's gradient to ``optimiser.gradient``, and measures the batch on the way.

    A step of a small model is some thousand operations of a few microseconds. Sharing each between two cores
    means waiting for each other a thousand times; half a batch each means waiting once. The mean of the halves'
    gradients is the batch's. Measured on two cores with ``mnist-live`` and ``seed-mnist``: 1.2 times the pictures
    a second.
    Dropout draws from one stream of chance, which two halves would share in an order of their own: it gets whole
    batches, and so do other devices, which keep busy with one, and processes under torchrun, which are parts already.
    """

    def __init__(
        self, task: Task, module: nn.Module, optimiser: Adam, processes: Processes, settings: TrainingSettings
    ) -> None:
        """``module`` is what learns of the task's model, ``optimiser`` the one that made its parameters a vector."""
        self._task, self._processes, self._smoothing = task, processes, settings.label_smoothing
        self._optimiser = optimiser
        self._modules = [module]
        self._cores = torch.get_num_threads()
        alone = processes.world == 1 and processes.device.type == "cpu" and not task.model.config.dropout
        if alone and self._cores > 1 and settings.batch >= 2 * SMALLEST:
            self._modules.append(twin := copy.deepcopy(module))
            for parameter, shared in zip(twin.parameters(), module.parameters(), strict=True):
                parameter.data = shared.data
            named = dict(twin.named_parameters())
            self._second = gradient_of([named[name] for name in optimiser.names])
            self._hand = ThreadPoolExecutor(1, "half", self._settle_down)

    @property
    def halved(self) -> bool:
        """Whether batches are taken in halves."""
        return len(self._modules) > 1

    def __call__(self, indices: Tensor, chance: Tensor, partners: Tensor) -> tuple[float, float]:
        """Loss and accuracy on the training pictures ``indices``, changed by their ``chance`` (n, DRAWS), and blended
        with their ``partners`` where the settings say so (mixup).
        """
        if not self.halved:
            measured = self._part(self._modules[0], indices, chance, partners, 1.0)
        else:
            cut = [half.tensor_split(2) for half in (indices, chance, partners)]
            halves = [
                (module, *rows, len(rows[0]) / len(indices)) for module, *rows in zip(self._modules, *cut, strict=True)
            ]
            self._settle_down()  # and stay so from step to step
            second = self._hand.submit(self._part, *halves[1])
            measured = self._part(*halves[0]) + second.result()
            self._optimiser.gradient.add_(self._second)
            self._second.zero_()
        self._processes.mean(self._optimiser.gradient)
        loss, accuracy = self._processes.mean(measured).tolist()
        return loss, accuracy

    def rest(self) -> None:
        """All cores for one operation again, for whatever is done between two steps that takes longer than they do.

        Not after every step: the threads of an operation that was shared wait for the next one by spinning, on the
        core of the other half. With ``mnist-live`` that made a step 28 ms long, and it takes 19.
        """
        torch.set_num_threads(self._cores)

    def _settle_down(self) -> None:
        torch.set_num_threads(self._cores // 2)

    def _part(self, module: nn.Module, indices: Tensor, chance: Tensor, partners: Tensor, share: float) -> Tensor:
        """A part of the batch, ``share`` of it: what it adds to the batch's loss and accuracy."""
        if not module.training:  # it was judged meanwhile; to tell each of its parts takes a fiftieth of a step
            module.train()
        inputs, classes = self._task.batch(indices, chance, partners)
        with self._processes.precision():
            logits = module(inputs)
            loss = share * F.cross_entropy(logits.float(), classes, label_smoothing=self._smoothing)
        loss.backward()
        right = share * (logits.detach().argmax(dim=-1) == self._task.labels(indices)).float().mean()
        return torch.stack([loss.detach(), right])
