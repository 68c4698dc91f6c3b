"""Small random models of every family, made and saved by transformers itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 56,
    "image_size": 32,
    "patch_size": 8,
}
NO_MLP = {key: value for key, value in TINY.items() if key != "intermediate_size"}
TEXT = {
    "hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 24, "vocab_size": 64,
    "max_position_embeddings": 12, "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1,
}  # fmt: skip
CLASSES = {"id2label": {0: "ant", 1: "bee", 2: "cat"}, "label2id": {"ant": 0, "bee": 1, "cat": 2}}


@dataclass(frozen=True)
class Case:
    """A class of transformers, its config class, and the values that make it interesting.

    ``part``: where in the model its Vision Transformer is, where that is not all of it.
    """

    model: str
    config: str
    values: dict[str, Any]
    part: str = ""

    def build(self) -> Any:
        """The model, every parameter random: biases, norms, LayerScale, tokens and probe too."""
        import transformers

        config = getattr(transformers, self.config)(**self.values)
        torch.manual_seed(0)
        model = getattr(transformers, self.model)(config).eval()
        return randomise(model)

    def save(self, folder: Path, **options: Any) -> Path:
        self.build().save_pretrained(folder, **options)
        return folder


def randomise(model: torch.nn.Module, std: float = 0.15) -> torch.nn.Module:
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            centre = 1.0 if "norm" in name and name.endswith("weight") else 0.0
            parameter.normal_(mean=centre, std=std)
    return model


CASES: dict[str, Case] = {
    "ViT with pooler": Case("ViTModel", "ViTConfig", TINY),
    "ViT classifier": Case("ViTForImageClassification", "ViTConfig", {**TINY, **CLASSES}),
    "ViT without qkv bias": Case("ViTModel", "ViTConfig", {**TINY, "qkv_bias": False, "hidden_act": "gelu_new"}),
    "ViT of one channel": Case("ViTModel", "ViTConfig", {**TINY, "num_channels": 1}),
    "ViT masked": Case("ViTForMaskedImageModeling", "ViTConfig", {**TINY, "encoder_stride": 8}),
    "DeiT": Case("DeiTModel", "DeiTConfig", TINY),
    "DeiT classifier": Case("DeiTForImageClassification", "DeiTConfig", {**TINY, **CLASSES}),
    "DeiT two heads": Case("DeiTForImageClassificationWithTeacher", "DeiTConfig", {**TINY, **CLASSES}),
    "DINOv2": Case("Dinov2Model", "Dinov2Config", NO_MLP),
    "DINOv2 SwiGLU": Case("Dinov2Model", "Dinov2Config", {**NO_MLP, "use_swiglu_ffn": True, "mlp_ratio": 3}),
    "DINOv2 classifier": Case("Dinov2ForImageClassification", "Dinov2Config", {**NO_MLP, **CLASSES}),
    "registers": Case("Dinov2WithRegistersModel", "Dinov2WithRegistersConfig", NO_MLP),
    "registers classifier": Case(
        "Dinov2WithRegistersForImageClassification",
        "Dinov2WithRegistersConfig",
        {**NO_MLP, **CLASSES, "num_register_tokens": 2, "use_swiglu_ffn": True},
    ),
    "DINOv3": Case("DINOv3ViTModel", "DINOv3ViTConfig", {**TINY, "num_register_tokens": 4}),
    "DINOv3 gated": Case(
        "DINOv3ViTModel",
        "DINOv3ViTConfig",
        {**TINY, "num_register_tokens": 1, "use_gated_mlp": True, "hidden_act": "silu", "rope_theta": 30.0},
    ),
    "DINOv3 without qkv bias": Case(
        "DINOv3ViTModel", "DINOv3ViTConfig", {**TINY, "query_bias": False, "value_bias": False}
    ),
    "MAE": Case(
        "ViTMAEForPreTraining",
        "ViTMAEConfig",
        {**TINY, "decoder_hidden_size": 16, "decoder_num_hidden_layers": 1, "decoder_num_attention_heads": 2,
         "decoder_intermediate_size": 16},
    ),
    "MAE encoder": Case("ViTMAEModel", "ViTMAEConfig", TINY),
    "CLIP": Case("CLIPModel", "CLIPConfig", {"vision_config": TINY, "text_config": TEXT, "projection_dim": 24}),
    "CLIP of LAION": Case(
        "CLIPModel",
        "CLIPConfig",
        {"vision_config": {**TINY, "hidden_act": "gelu"}, "text_config": TEXT, "projection_dim": 24},
    ),
    "CLIP vision": Case("CLIPVisionModel", "CLIPVisionConfig", TINY),
    "CLIP projection": Case("CLIPVisionModelWithProjection", "CLIPVisionConfig", {**TINY, "projection_dim": 24}),
    "SigLIP": Case("SiglipModel", "SiglipConfig", {"vision_config": TINY, "text_config": TEXT}),
    "SigLIP vision": Case("SiglipVisionModel", "SiglipVisionConfig", TINY),
    "SigLIP ragged": Case("SiglipVisionModel", "SiglipVisionConfig", {**TINY, "image_size": 38}),
    "SigLIP without head": Case("SiglipVisionModel", "SiglipVisionConfig", {**TINY, "vision_use_head": False}),
    "SigLIP classifier": Case(
        "SiglipForImageClassification", "SiglipConfig", {"vision_config": TINY, "text_config": TEXT, **CLASSES}
    ),
}  # fmt: skip

REAL: dict[str, Callable[[], Case]] = {
    "ViT-B/16": lambda: Case("ViTForImageClassification", "ViTConfig", {"num_labels": 1000}),
    "DINOv2 S/14 with registers": lambda: Case(
        "Dinov2WithRegistersModel",
        "Dinov2WithRegistersConfig",
        {"hidden_size": 384, "num_attention_heads": 6, "image_size": 518, "patch_size": 14},
    ),
    "SigLIP so400m/14 at 384": lambda: Case(
        "SiglipVisionModel",
        "SiglipVisionConfig",
        {"hidden_size": 1152, "intermediate_size": 4304, "num_hidden_layers": 27, "num_attention_heads": 16,
         "image_size": 384, "patch_size": 14},
    ),
}  # fmt: skip
