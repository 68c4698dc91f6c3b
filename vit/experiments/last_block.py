"""A pass of which only the last block is recorded: where the output looks, and the output itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from vit.model.layout import TokenLayout
from vit.model.trace import Attended, BlockTrace, Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT


@torch.inference_mode()
def last_block_recorded(model: ViT, first: Trace, tokens: Tensor, places: Tensor | None, layout: TokenLayout) -> Trace:
    """``first`` with other ``tokens`` (b, n, d) at other ``places`` entering its blocks, and what comes of that.

    Its ``blocks`` are the last alone. What stands before ``tokens`` in it is still that of ``first``.
    """
    resid = model.run_blocks_unrecorded(tokens, places, last=-1)  # (b, n, d)
    last: BlockTrace = model.blocks[-1](resid, places)
    final, pooled, pool_pattern, logits = model.pool_and_classify(last.resid_post)
    return replace(
        first,
        tokens=tokens,
        blocks=(last,),
        final=final,
        pooled=pooled,
        pool_pattern=pool_pattern,
        logits=logits,
        layout=layout,
    )


def passes_apart(together: Trace) -> Iterator[Trace]:
    """A pass of several pictures of which only the last block is recorded, as one pass of each."""
    last, attended = together.blocks[-1], together.blocks[-1].attended
    for i in range(len(together.tokens)):
        one = slice(i, i + 1)
        heads = Attended(attended.q[one], attended.k[one], attended.v[one], attended.pattern[one], bias=attended.bias)
        yield replace(
            together,
            tokens=together.tokens[one],
            blocks=(BlockTrace(last.resid_pre[one], heads, last.resid_mid[one], last.resid_post[one]),),
            final=together.final[one],
            pooled=together.pooled[one],
            pool_pattern=None if together.pool_pattern is None else together.pool_pattern[one],
            logits=None if together.logits is None else together.logits[one],
        )
