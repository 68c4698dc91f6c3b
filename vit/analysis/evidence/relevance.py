"""AttnLRP: an answer's number handed back from block to block to the tokens, each product's factors paid by half.

Achtibat et al. 2024, "AttnLRP: Attention-Aware Layer-Wise Relevance Propagation for Transformers" (arXiv 2402.05602),
section 3: linear layers by the ε-rule with ε = 0, activations and norms as linear with what they depend on held,
softmax by its gradient, products of two tensors by half to each. That is the gradient's own way back through the blocks
by other rules, and input times what comes out of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from torch import Tensor

from vit.analysis.evidence.backward import through_blocks
from vit.analysis.evidence.block_backward import Rules, gradient_through
from vit.analysis.evidence.held import held_activation, held_pooling
from vit.analysis.evidence.target import Target
from vit.analysis.norms import back_through
from vit.model.trace import Trace

if TYPE_CHECKING:
    from vit.model.vit import ViT

RELEVANCE = Rules(back_through, held_activation, share=0.5)


def relevance(model: ViT, trace: Trace, target: Target) -> np.ndarray:
    """What each token brought to the answer, signed: (n,), prefix tokens first.

    They sum to the answer's number less what biases brought and what softmax takes or gives (it has no rule that
    keeps sums).
    """

    def score(resid: Tensor) -> Tensor:
        read, added = held_pooling(model, resid, pattern_held=False)
        return target.score(read + added)[0]

    above = gradient_through(score, trace.residual(trace.depth)[:1])[0]  # (n, d)
    for block in through_blocks(model, trace, above, RELEVANCE):
        above = block.d_resid_pre
    brought: np.ndarray = (trace.tokens[0] * above).sum(dim=-1).numpy()
    return brought
