"""The text half of CLIP and SigLIP: how well each of some texts fits a picture.

The picture half is our own ViT; the text half is run through transformers, which is imported when the
first text is compared. A picture and a text meet as two vectors: the closer their directions, the
better they fit (Radford et al. 2021, arXiv 2103.00020, figure 1; Zhai et al. 2023, arXiv 2303.15343).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from vit.checkpoints.files import CheckpointError, Weights
from vit.checkpoints.loading import family_of, find, resolve
from vit.families.family import Reference
from vit.families.wrappers import wrapped_in
from vit.reference.twin import inside, quiet

TEMPLATE = "a photo of {}"


@dataclass(frozen=True)
class TextHalf:
    """How one family reads text: transformers' class, how it pads, and how it answers.

    ``independent``: each text was trained as a question of its own (sigmoid); otherwise the texts
    compete (softmax).
    """

    model: str
    padding: str | bool
    independent: bool


TEXT_HALVES = {
    "CLIP": TextHalf("CLIPTextModel", padding=True, independent=False),
    "SigLIP": TextHalf("SiglipTextModel", padding="max_length", independent=True),
}


def reads_text(name_or_folder: str | Path) -> bool:
    """Whether a model on this machine has a text half. CheckpointError if it cannot be read at all."""
    folder = resolve(name_or_folder)
    family, hub = family_of(folder)
    return family.name in TEXT_HALVES and "text_config" in hub


@dataclass(frozen=True)
class ZeroShot:
    """The text half of one checkpoint and what joins both halves.

    ``picture_projection`` (e, d) and ``text_projection`` (e, text width) lead from the pooled outputs
    into the shared space; None where a pooled output lies there already. ``scale`` and ``bias`` turn a
    cosine into a logit.
    """

    how: TextHalf
    tower: Any
    tokenizer: Any
    picture_projection: Tensor | None
    text_projection: Tensor | None
    scale: Tensor
    bias: Tensor

    @torch.inference_mode()
    def logits(self, pooled: Tensor, texts: Sequence[str]) -> Tensor:
        """``pooled`` (b, d), the pooled output of a trace, against each text: (b, texts)."""
        picture = _project(pooled, self.picture_projection)  # (b, e)
        text = self.vectors(texts)  # (texts, e)
        cosine = F.normalize(picture, dim=-1) @ F.normalize(text, dim=-1).mT  # (b, texts)
        return cosine * self.scale + self.bias

    @torch.inference_mode()
    def vectors(self, texts: Sequence[str]) -> Tensor:
        """The texts in the space both halves share: (texts, e)."""
        return _project(self._read(texts), self.text_projection)

    def probabilities(self, pooled: Tensor, texts: Sequence[str]) -> Tensor:
        """As the model was trained: of each text alone (SigLIP), or shared out among them (CLIP): (b, texts)."""
        logits = self.logits(pooled, texts)
        return logits.sigmoid() if self.how.independent else logits.softmax(dim=-1)

    def _read(self, texts: Sequence[str]) -> Tensor:
        tokens = self.tokenizer(
            list(texts),
            padding=self.how.padding,
            max_length=self.tower.config.max_position_embeddings,
            truncation=True,
            return_tensors="pt",
        )
        # SigLIP learned with its padding in view: no mask.
        mask = {} if self.how.independent else {"attention_mask": tokens["attention_mask"]}
        pooled: Tensor = self.tower(input_ids=tokens["input_ids"], **mask).pooler_output  # (texts, text width)
        return pooled


def _project(pooled: Tensor, matrix: Tensor | None) -> Tensor:
    return pooled if matrix is None else pooled @ matrix.mT


def load_text_half(name_or_folder: str | Path) -> ZeroShot:
    """Load the text half of a CLIP or SigLIP. CheckpointError for a model without one, or without its tokenizer."""
    folder = resolve(name_or_folder)
    if not reads_text(folder):
        raise CheckpointError(f"{name_or_folder} reads no text: choose a CLIP or SigLIP with both halves.")
    how = TEXT_HALVES[family_of(folder)[0].name]
    # The tokenizer's files are fetched by transformers, under the Hub's name.
    source = str(folder) if find(name_or_folder) else str(name_or_folder)
    weights = Weights(folder)
    wrapper = wrapped_in(weights)

    import transformers

    with quiet(transformers):
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(source)
            tower, read = getattr(transformers, how.model).from_pretrained(
                folder, dtype=torch.float32, output_loading_info=True, **inside(wrapper, Reference())
            )
        except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
            reason = str(error).strip().split("\n")[0]
            raise CheckpointError(f"The text half of {name_or_folder} cannot be loaded: {reason}") from None
    scale = f"{wrapper}logit_scale"
    if missing := sorted({*read["missing_keys"], *({scale} - set(weights))}):
        raise CheckpointError(
            f"The text half of {name_or_folder} is not whole: {missing[0]} and {len(missing) - 1} more are missing."
        )
    if len(tokenizer) < tower.config.vocab_size / 2:  # where files are missing transformers makes an empty one
        raise CheckpointError(
            f"{name_or_folder} has no tokenizer to cut text into words with: fetch its tokenizer.json or vocabulary."
        )
    return ZeroShot(
        how=how,
        tower=tower.eval().requires_grad_(False),
        tokenizer=tokenizer,
        picture_projection=weights.get(f"{wrapper}visual_projection.weight"),
        text_projection=weights.get(f"{wrapper}text_projection.weight"),
        scale=weights[scale].exp(),
        bias=weights.get(f"{wrapper}logit_bias", torch.zeros(1)),
    )
