"""The text halves of models that also read (CLIP, SigLIP), loaded once and shared by all sessions. Imports torch."""

from __future__ import annotations

from ui.server.shared import shared_result
from vit.checkpoints.files import CheckpointError
from vit.reference import text_half as halves


@shared_result(max_entries=2)  # in the session's thread: the import takes seconds, in which models can run
def text_half(model_name: str) -> halves.ZeroShot:
    """What reads text beside the model of this name; CheckpointError if it cannot be had."""
    return halves.load_text_half(model_name)


def reads_text(model_name: str) -> bool:
    """Whether this model has a text half to compare pictures with."""
    try:
        return halves.reads_text(model_name)
    except CheckpointError:
        return False
