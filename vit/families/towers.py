"""Checkpoints of several parts, one of which is a Vision Transformer: a picture half, a backbone, an encoder.

``config.json`` describes that part in a section of its own, and its type leads to its family. The keys of the other
parts are known too, with the reason why they are left out: a key that is neither is a fault.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from vit.families.family import Family
from vit.model.config import ViTConfig


@dataclass(frozen=True)
class Tower:
    """``section`` of ``config.json`` describes the Vision Transformer; ``default`` is its type where none is given.

    ``roots`` stand before its keys, the outermost first. ``others``: what other parts' keys begin with, and why they
    are left out; as :attr:`Family.ignored`.
    """

    model_types: tuple[str, ...]
    section: str
    default: str
    roots: tuple[str, ...]
    others: Mapping[str, str]

    def around(self, inner: Family, hub: dict[str, Any]) -> Family:
        """The family of the part inside, as it is read out of such a checkpoint."""

        def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
            return inner.config(hub[self.section], keys)

        how = inner.reference
        return replace(
            inner,
            name=f"{inner.name} of {hub['model_type']}",
            config=config,
            ignored={**inner.ignored, **self.others},
            roots=(*self.roots, *inner.roots),
            reference=how and replace(how, section=self.section, before=self.roots),
        )


_SHARED = "leads into the space shared with text; not part of the ViT"
_TEXT = {
    "text_model.": "the half that reads text",
    "text_projection.": _SHARED,
    "visual_projection.": _SHARED,
    "logit_scale": "the temperature between pictures and text",
}
_WRITER = {
    "language_model.": "the model that writes text",
    "score.": "judges what was read",
    "lm_head.": "chooses the words that are written",
    "multi_modal_projector.": "leads the patches into the model that writes",
    "image_newline": "stands between rows of patches in the text",
}
_PAINTER = {
    "relative_head.": "paints from these maps; not part of the ViT",
    "metric_head.": "measures distances in them; not part of the ViT",
    "neck.": "puts patches of several depths together into maps; not part of the ViT",
    "head.": "paints from these maps; not part of the ViT",
}
_FINDER = {
    "box_head.": "draws boxes; not part of the ViT",
    "class_head.": "compares boxes with text; not part of the ViT",
    "objectness_head.": "says whether there is anything in a box; not part of the ViT",
    "layer_norm.": "norms patches times CLS for the boxes; not part of the ViT",
}
_WORDS = ("embeddings.word_embeddings.", "embeddings.position_embeddings.", "embeddings.LayerNorm.")
_Q_FORMER = {
    "qformer.": "asks the patches for a few tokens; not part of the ViT",
    "query_tokens": "what it asks with; not part of the ViT",
    "language_projection.": "leads the answers into the model that writes",
    "language_model.": "the model that writes text",
    "vision_projection.": _SHARED,
    "text_projection.": _SHARED,
    "itm_head.": "says whether picture and text belong together",
    **dict.fromkeys(_WORDS, "the words of the half that reads text"),
}


def _clip_like(name: str, *roots: str, **others: str) -> Tower:
    return Tower((name,), "vision_config", f"{name}_vision_model", roots, {**_TEXT, **others})


TOWERS = (
    _clip_like("clipseg", "clip.", **{"decoder.": "paints where in the picture the text is; not part of the ViT"}),
    _clip_like("altclip"),
    _clip_like("chinese_clip"),
    _clip_like("owlvit", "owlvit.", **_FINDER),
    _clip_like("owlv2", "owlv2.", **_FINDER),
    _clip_like("blip", "vision_model.", **{
        "text_decoder.": "writes text", "text_encoder.": "reads text", "itm_head.": "says whether both belong together",
        "vision_proj.": _SHARED, "text_proj.": _SHARED,
    }),
    Tower(("blip-2",), "vision_config", "blip_2_vision_model", ("vision_model.",), _Q_FORMER),
    Tower(("instructblip",), "vision_config", "instructblip_vision_model", ("model.", "vision_model."), _Q_FORMER),
    Tower(
        ("instructblipvideo",), "vision_config", "instructblipvideo_vision_model",
        ("model.", "vision_model."), _Q_FORMER,
    ),
    Tower(("git",), "vision_config", "git_vision_model", ("git.", "image_encoder."), {
        **dict.fromkeys(_WORDS, "the words of the model that writes"), "encoder.layer.": "the model that writes text",
        "output.": "chooses the words that are written", "visual_projection.": "leads the patches into that model",
        "img_temporal_embedding.": "says which picture of a film it is",
    }),
    Tower(("flava",), "image_config", "flava_image_model", ("flava.", "image_model."), {
        **_TEXT, "multimodal_model.": "the half that joins both", "text_to_mm_projection.": "leads into it",
        "image_to_mm_projection.": "leads into it", "image_projection.": _SHARED,
        "image_codebook.": "cuts pictures into words for pre-training", "mim_head.": "for pre-training only",
        "mlm_head.": "for pre-training only", "itm_head.": "for pre-training only", "mmm_image_head.":
        "for pre-training only", "mmm_text_head.": "for pre-training only",
    }),
    Tower(
        ("llava", "llava_next", "llava_next_video", "llava_onevision", "vipllava"), "vision_config",
        "clip_vision_model", ("model.", "vision_tower."), _WRITER,
    ),
    Tower(
        ("paligemma", "gemma3", "aya_vision", "cohere2_vision"), "vision_config", "siglip_vision_model",
        ("model.", "vision_tower."), _WRITER,
    ),
    Tower(("internvl",), "vision_config", "internvl_vision", ("model.", "vision_tower."), _WRITER),
    _clip_like("aimv2", "vision_model."),
    Tower(("vision-encoder-decoder",), "encoder", "", ("encoder.",), {
        "decoder.": "the model that writes text", "enc_to_dec_proj.": "leads the patches into it",
    }),
    Tower(("vision-text-dual-encoder",), "vision_config", "", ("vision_model.",), _TEXT),
    Tower(
        ("dpt", "depth_anything", "prompt_depth_anything", "zoedepth"), "backbone_config", "", ("backbone.",), _PAINTER
    ),
    Tower(("vitpose",), "backbone_config", "vitpose_backbone", ("backbone.",), {
        "head.": "paints where each joint is; not part of the ViT",
    }),
)  # fmt: skip
BY_TYPE = {model_type: tower for tower in TOWERS for model_type in tower.model_types}
