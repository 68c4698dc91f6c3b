"""How good is a model on the held-out pictures, and which does it get wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from vit.analysis.calibration import temperature
from vit.training.learn.task import Task
from vit.training.run.files import RunError, replace_file

FILE = "held_out.npz"
SHOWN, SHOWN_BYTES = 60, 2 * 2**20  # mistakes whose pictures are kept


@dataclass(frozen=True)
class Judgement:
    """On n held-out pictures: ``labels``, ``predicted`` and the model's probability of its prediction (n,).

    ``mistakes``: (m,) the most confident wrong ones, as indices; ``pictures``: (m, c, height, width) bytes.
    """

    loss: float
    labels: np.ndarray
    predicted: np.ndarray
    probability: np.ndarray
    mistakes: np.ndarray
    pictures: np.ndarray

    @property
    def accuracy(self) -> float:
        return float((self.labels == self.predicted).mean())

    def confusion(self, n_classes: int) -> np.ndarray:
        """How often class ``row`` was taken for class ``column``: (classes, classes)."""
        return np.bincount(self.labels * n_classes + self.predicted, minlength=n_classes**2).reshape(n_classes, -1)


@torch.inference_mode()
def judge(module: nn.Module, task: Task, wanted: Callable[[], bool] = lambda: True) -> Judgement | None:
    """Run ``module`` over all held-out pictures, in fp32; None as soon as it is no longer ``wanted``."""
    answers = _answers(module, task.held_out(), wanted)
    if answers is None:
        return None
    logits, labels = answers
    probability, predicted = logits.softmax(dim=-1).max(dim=-1)  # (n,), (n,)
    wrong = (predicted != labels).nonzero().flatten()
    images = task.data.held_out.images
    shown = min(SHOWN, SHOWN_BYTES // images[0].numel())
    worst = wrong[probability[wrong].argsort(descending=True)][:shown].cpu()
    return Judgement(
        loss=float(F.cross_entropy(logits, labels)),
        labels=labels.cpu().numpy(),
        predicted=predicted.cpu().numpy(),
        probability=probability.cpu().numpy(),
        mistakes=worst.numpy(),
        pictures=images[worst].numpy(),
    )


@torch.inference_mode()
def fitted_temperature(module: nn.Module, task: Task, wanted: Callable[[], bool] = lambda: True) -> float | None:
    """The softmax temperature that suits the calibration pictures, 1 where there are none; None if not ``wanted``."""
    if not task.calibrates:
        return 1.0
    answers = _answers(module, task.calibration(), wanted)
    return None if answers is None else temperature(*answers)


def _answers(
    module: nn.Module, parts: Iterable[tuple[Tensor, Tensor]], wanted: Callable[[], bool]
) -> tuple[Tensor, Tensor] | None:
    """The logits (n, classes) of all pictures, and their classes (n,); None as soon as they are not ``wanted``."""
    module.eval()
    logits, labels = [], []
    for inputs, classes in parts:
        if not wanted():
            return None
        logits.append(module(inputs))
        labels.append(classes)
    return torch.cat(logits).float(), torch.cat(labels)


def write(judgement: Judgement, folder: Path) -> None:
    def save(path: Path) -> None:
        with path.open("wb") as file:
            np.savez(file, **{**vars(judgement), "loss": np.array(judgement.loss)})

    replace_file(folder / FILE, save)


def read(folder: Path) -> Judgement | None:
    """The newest judgement of the run in ``folder``, None before the first; RunError if it was edited beyond use."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with np.load(path, allow_pickle=False) as arrays:
            kept = {name: arrays[name] for name in arrays.files}
        judgement = Judgement(**{**kept, "loss": float(kept["loss"])})
        _check(judgement)
    except Exception as error:  # zipfile, zlib and numpy have a dozen kinds for a file that was cut or edited
        reason = str(error).split("\n")[0][:200] or type(error).__name__
        raise RunError(f"{path} cannot be read ({reason}): it is written anew at the next evaluation.") from None
    return judgement


def _check(found: Judgement) -> None:
    """ValueError unless the arrays belong together as :class:`Judgement` says."""
    n, m = len(found.labels), len(found.mistakes)
    fits = n > 0 and found.labels.shape == found.predicted.shape == found.probability.shape == (n,)
    fits = fits and found.mistakes.shape == (m,) and found.pictures.ndim == 4 and len(found.pictures) == m
    numbers = (found.labels, found.predicted, found.mistakes)
    whole = all(np.issubdtype(part.dtype, np.integer) and part.min(initial=0) >= 0 for part in numbers)
    if not (fits and whole and found.pictures.dtype == np.uint8 and found.mistakes.max(initial=0) < n):
        raise ValueError("its arrays do not belong together")
