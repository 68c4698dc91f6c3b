"""The gradient of a batch: on a CPU in two halves at the same time, each on cores of its own."""

from __future__ import annotations

import copy
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vit.training.learn.distributed import Processes
from vit.training.learn.flat_parameters import gradient_of
from vit.training.learn.optimise import Adam
from vit.training.learn.task import Task
from vit.training.settings import TrainingSettings

SMALLEST_HALF = 16  # pictures


class WholeBatch:
    """Adds a batch's gradient to ``optimiser.gradient`` in one pass, and measures the batch on the way."""

    def __init__(
        self, task: Task, module: nn.Module, optimiser: Adam, processes: Processes, settings: TrainingSettings
    ) -> None:
        """``module`` is what learns of the task's model, ``optimiser`` the one that made its parameters a vector."""
        self._task, self._processes, self._smoothing = task, processes, settings.label_smoothing
        self._module, self._optimiser = module, optimiser

    def __call__(self, indices: Tensor, chance: Tensor, partners: Tensor) -> tuple[float, float]:
        """Loss and accuracy on the training pictures ``indices``, changed by their ``chance`` (n, DRAWS), and blended
        with their ``partners`` where the settings say so (mixup).
        """
        measured = self._backward(indices, chance, partners)
        self._processes.mean(self._optimiser.gradient)
        loss, accuracy = self._processes.mean(measured).tolist()
        return loss, accuracy

    def use_all_cores(self) -> None:
        """All cores for one operation, for whatever is done between two steps: a whole batch has them anyway."""

    def close(self) -> None:
        """No more batches come: all cores for whatever follows, and no thread is left."""
        self.use_all_cores()

    def _backward(self, indices: Tensor, chance: Tensor, partners: Tensor) -> Tensor:
        """Add the gradient; loss and accuracy of the batch: (2,)."""
        return self._pass(self._module, indices, chance, partners, 1.0)

    def _pass(self, module: nn.Module, indices: Tensor, chance: Tensor, partners: Tensor, share: float) -> Tensor:
        """A part of the batch, ``share`` of it: what it adds to the batch's loss and accuracy, (2,)."""
        if not module.training:  # an evaluation came between; setting the mode of every part takes time in each step
            module.train()
        parts = self._task.alike(indices)
        if len(parts) == 1:
            return self._pass_alike(module, indices, chance, partners, share)
        measured = [
            self._pass_alike(module, indices[rows], chance[rows], partners[rows], share * len(rows) / len(indices))
            for rows in parts
        ]
        return torch.stack(measured).sum(dim=0)

    def _pass_alike(self, module: nn.Module, indices: Tensor, chance: Tensor, partners: Tensor, share: float) -> Tensor:
        """The same for pictures of one shape."""
        inputs, classes = self._task.batch(indices, chance, partners)
        with self._processes.precision():
            logits = module(inputs)
            loss = share * F.cross_entropy(logits.float(), classes, label_smoothing=self._smoothing)
        torch.autograd.backward(loss)
        right = share * (logits.detach().argmax(dim=-1) == self._task.labels(indices)).float().mean()
        return torch.stack([loss.detach(), right])


class HalvedBatch(WholeBatch):
    """The same gradient from two halves of the batch at the same time, each on half of the cores.

    A step of a small model is some thousand operations of a few microseconds. Sharing each between two cores
    means waiting for each other a thousand times; half a batch each means waiting once. Measured on two cores: from
    0.85 to 1.2 times as fast where nothing else runs, the less where both are threads of one real core, and 1.5 to 2
    times where another process keeps a core busy. The mean of the halves' gradients is the batch's.
    """

    def __init__(
        self, task: Task, module: nn.Module, optimiser: Adam, processes: Processes, settings: TrainingSettings
    ) -> None:
        super().__init__(task, module, optimiser, processes, settings)
        self._cores = torch.get_num_threads()
        self._twin = copy.deepcopy(module)  # the same weights, a gradient of its own
        for parameter, shared in zip(self._twin.parameters(), module.parameters(), strict=True):
            parameter.data = shared.data
        named = dict(self._twin.named_parameters())
        self._twin_gradient = gradient_of([named[name] for name in optimiser.names])
        self._second_thread = ThreadPoolExecutor(1, "half", self._use_half_the_cores)

    def use_all_cores(self) -> None:
        """All cores for one operation, for whatever takes longer than a step.

        Not after every step: the threads of an operation that was shared wait for the next one by spinning, on the
        core of the other half.
        """
        torch.set_num_threads(self._cores)

    def close(self) -> None:
        self._second_thread.shutdown()
        super().close()

    def _use_half_the_cores(self) -> None:
        torch.set_num_threads(self._cores // 2)

    def _backward(self, indices: Tensor, chance: Tensor, partners: Tensor) -> Tensor:
        (own, others), (own_chance, other_chance) = indices.tensor_split(2), chance.tensor_split(2)
        own_partners, other_partners = partners.tensor_split(2)
        share = len(own) / len(indices)
        self._use_half_the_cores()  # and stay so from step to step
        second_measured = self._second_thread.submit(
            self._pass, self._twin, others, other_chance, other_partners, len(others) / len(indices)
        )
        measured = self._pass(self._module, own, own_chance, own_partners, share) + second_measured.result()
        self._optimiser.gradient.add_(self._twin_gradient)
        self._twin_gradient.zero_()
        return measured


def gradient_for(
    task: Task, module: nn.Module, optimiser: Adam, processes: Processes, settings: TrainingSettings
) -> WholeBatch:
    """Halves where they are faster and give the same: on a CPU with two cores or more, in a process alone.

    Dropout draws from one stream of random numbers, which two halves would share in an order that differs from run to
    run: it gets whole batches. So do other devices, which one batch keeps busy, and processes under torchrun, which
    share a batch already.
    """
    alone = processes.world == 1 and processes.device.type == "cpu" and not task.model.config.dropout
    halved = alone and torch.get_num_threads() > 1 and settings.batch >= 2 * SMALLEST_HALF
    return (HalvedBatch if halved else WholeBatch)(task, module, optimiser, processes, settings)
