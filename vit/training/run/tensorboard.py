"""The run's numbers for TensorBoard: ``tensorboard --logdir runs`` compares all runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vit.training.run.files import cannot_write

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER = "tensorboard"
_NAMES = {
    "loss": "loss/train",
    "accuracy": "accuracy/train",
    "held_out_loss": "loss/held_out",
    "held_out_accuracy": "accuracy/held_out",
    "lr": "rate/lr",
    "images_per_second": "rate/images_per_second",
}
_EVERY = 10  # steps between points where nothing was judged


class Board:
    """Rows of the metrics as curves. TensorBoard is imported with the first row that is written, not before."""

    def __init__(self, run: Path, resume_at: int) -> None:
        self._folder, self._resume_at = run / FOLDER, resume_at
        self._writer: SummaryWriter | None = None
        self._waiting: list[Mapping[str, float | None]] = []

    def add(self, row: Mapping[str, float | None]) -> None:
        if int(row["step"] or 0) % _EVERY == 0 or row.get("held_out_loss") is not None:
            self._waiting.append(row)

    def write(self) -> None:
        """Write what has come in; called at evaluations, when a run pauses anyway. RunError on a full disk."""
        from torch.utils.tensorboard import SummaryWriter

        try:
            if self._writer is None:
                self._writer = SummaryWriter(str(self._folder), purge_step=self._resume_at + 1)
            for row in self._waiting:
                for column, name in _NAMES.items():
                    if (value := row.get(column)) is not None:
                        self._writer.add_scalar(name, value, int(row["step"] or 0))
            self._writer.flush()
        except OSError as error:
            raise cannot_write(self._folder, error) from None
        self._waiting.clear()

    def close(self) -> None:
        """RunError on a full disk."""
        try:
            if self._writer is not None:
                self._writer.close()
        except OSError as error:
            raise cannot_write(self._folder, error) from None
