"""Models whose blocks attend by ``torch.nn.MultiheadAttention``: their residual streams and patterns, recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from torch import Tensor, nn

_ASKED = {"need_weights": True, "average_attn_weights": False}


@dataclass(frozen=True)
class Recorded:
    """``residual``: the streams (b, n, d) before each block and after the last; ``patterns`` (b, h, n, n) by block."""

    residual: list[Tensor] = field(default_factory=list)
    patterns: list[Tensor] = field(default_factory=list)


@contextmanager
def recorded(blocks: Sequence[nn.Module], attention: str) -> Iterator[Recorded]:
    """What happens in ``blocks`` while they run; ``attention`` is what each calls its own."""
    found = Recorded()
    hooks = [blocks[-1].register_forward_hook(lambda block, inputs, out: found.residual.append(out))]
    for block in blocks:
        attends: nn.Module = getattr(block, attention)
        hooks += [
            block.register_forward_pre_hook(lambda block, inputs: found.residual.append(inputs[0])),
            attends.register_forward_pre_hook(lambda _, inputs, said: (inputs, said | _ASKED), with_kwargs=True),
            attends.register_forward_hook(lambda _, inputs, out: found.patterns.append(out[1])),
        ]
    try:
        yield found
    finally:
        for hook in hooks:
            hook.remove()
