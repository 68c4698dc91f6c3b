"""A head's logits as they are meant: one class out of all, each class by itself, or plain numbers."""

from __future__ import annotations

import numpy as np

from vit.analysis.output import probabilities
from vit.model.limits import Answer


def read(logits: np.ndarray, answer: Answer) -> np.ndarray:
    """What to show for logits (…, classes), by ``ViTConfig.answer``.

    ``"one class"``: softmax, shares of one. ``"each class"``: sigmoid, a probability for each, which need not sum to 1.
    ``"numbers"``: the logits themselves, in the unit of what the model was trained on, which a checkpoint does not say.
    """
    if answer == "numbers":
        return logits
    if answer == "each class":
        shares: np.ndarray = 1 / (1 + np.exp(-logits.astype(np.float64)))
        return shares
    return probabilities(logits)
