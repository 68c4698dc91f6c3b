"""One process or several on one run (under ``torchrun``), behind the same few questions."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext

import torch
import torch.distributed as dist
from torch import Tensor

from vit.devices import available
from vit.training.limits import SettingsError
from vit.training.settings import TrainingSettings


class Processes:
    """Which process this is, on which device, and how all of them agree.

    Under ``torchrun`` every process gets an equal slice of each batch, and the gradients are averaged before each
    step, so the run is the one that a single process would make of the same batch (data parallel training; Li et
    al. 2020, arXiv 2006.15704, section 3.1). The gradient is one vector already, so that is one operation. PyTorch's
    wrapper for it keeps threads that outlive ``close``; one of them, late with letting go of the last tensor while
    Python shut down, ended a finished run with an abort.
    """

    def __init__(self, settings: TrainingSettings) -> None:
        self.world, self.rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
        self.device = _device(settings.device, int(os.environ.get("LOCAL_RANK", "0")))
        if settings.batch % self.world:
            raise SettingsError(f"training.batch={settings.batch} does not divide among {self.world} processes.")
        if settings.threads:
            torch.set_num_threads(settings.threads)
        self._low = settings.precision == "bf16" or (settings.precision == "auto" and _has_bf16(self.device))
        if self.world > 1:
            dist.init_process_group("nccl" if self.device.type == "cuda" else "gloo")

    @property
    def first(self) -> bool:
        """Whether this is the process that writes the run folder and listens to requests."""
        return self.rank == 0

    def precision(self) -> AbstractContextManager[object]:
        """Products in bf16 where the device is fast at it, the weights and their sums in fp32."""
        return torch.autocast(self.device.type, torch.bfloat16) if self._low else nullcontext()

    def attend_over(self, n_tokens: int) -> None:
        """Choose how attention over so many tokens is computed from now on.

        Measured forward and back in bf16 on a CPU: fused attention takes 1.3 to 2.5 times as long at 16 to 65 tokens,
        as long at 145, and 0.85 times as long at 257.
        """
        if self._low and self.device.type == "cpu":
            torch.backends.cuda.enable_flash_sdp(n_tokens > 150)  # its name apart, it is for the CPU too

    def mine(self, batch: Tensor) -> Tensor:
        """This process's slice of something that has a row a picture."""
        return batch.tensor_split(self.world)[self.rank]

    def agree(self, values: list[float]) -> list[float]:
        """The first process's values, for all."""
        if self.world == 1:
            return values
        shared = torch.tensor(values, dtype=torch.float64, device=self.device)
        dist.broadcast(shared, src=0)
        return shared.tolist()

    def mean(self, values: Tensor) -> Tensor:
        """The mean over the processes, which ``values`` themselves become."""
        if self.world > 1:
            dist.all_reduce(values)
            values.div_(self.world)
        return values

    def close(self) -> None:
        """No more questions: the threads that carried them end here."""
        if self.world > 1 and dist.is_initialized():
            dist.destroy_process_group()


def _device(wanted: str, local: int) -> torch.device:
    if wanted == "auto":
        wanted = available()[0]
    if wanted not in available():
        raise SettingsError(f"training.device={wanted} is not possible: this machine has no such device.")
    return torch.device(wanted, local) if wanted == "cuda" else torch.device(wanted)


def _has_bf16(device: torch.device) -> bool:
    """Whether bf16 products are faster than fp32 ones here; on a CPU they need instructions of their own.

    A torch too old to name a CPU's instructions (``torch.cpu.get_capabilities``) trains in fp32.
    """
    if device.type == "cuda":
        supported: bool = torch.cuda.is_bf16_supported(including_emulation=False)
        return supported
    capabilities = getattr(torch.cpu, "get_capabilities", dict[str, bool])()
    return device.type == "cpu" and bool(capabilities.get("avx512_bf16", False))
