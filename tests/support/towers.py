"""Small random models of types whose Vision Transformer is one part of several."""

from __future__ import annotations

from typing import Any

from tests.support.families import NO_MLP, TEXT, TINY, Case
from tests.support.more_families import BEIT, HALVES, INTERNVL, PAINTER, VITPOSE

LLAMA = {
    "model_type": "llama", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 16, "vocab_size": 32, "num_key_value_heads": 2,
}  # fmt: skip
GPT = {"model_type": "gpt2", "n_embd": 16, "n_layer": 1, "n_head": 2, "vocab_size": 32, "add_cross_attention": True}
OPT = {
    "model_type": "opt", "hidden_size": 16, "num_hidden_layers": 1, "ffn_dim": 16, "num_attention_heads": 2,
    "vocab_size": 32, "word_embed_proj_dim": 16,
}  # fmt: skip
JOINED = {key: TEXT[key] for key in ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")}


def _in(model_type: str, **values: Any) -> dict[str, Any]:
    return {"model_type": model_type, **TINY, **values}


DINOV2 = {"model_type": "dinov2", **NO_MLP, "num_hidden_layers": 4, "reshape_hidden_states": False,
          "out_features": ["stage1", "stage2", "stage3", "stage4"]}  # fmt: skip
LLAVA = {"vision_config": _in("clip_vision_model"), "text_config": LLAMA}
WITH_SIGLIP = {"vision_config": _in("siglip_vision_model"), "text_config": LLAMA}
QFORMER = {"vision_config": TINY, "qformer_config": {**TEXT, "encoder_hidden_size": 32}, "text_config": OPT}
ZOE = {"model_type": "beit", **BEIT, "num_hidden_layers": 4, "reshape_hidden_states": False,
       "out_features": ["stage1", "stage2", "stage3", "stage4"]}  # fmt: skip

INSIDE: dict[str, Case] = {
    "CLIPSeg": Case("CLIPSegModel", "CLIPSegConfig", HALVES, "vision_model"),
    "CLIPSeg for segments": Case(
        "CLIPSegForImageSegmentation",
        "CLIPSegConfig",
        {**HALVES, "extract_layers": [0, 1, 2], "reduce_dim": 8, "projection_dim": 8, "decoder_num_attention_heads": 2,
         "decoder_intermediate_size": 8},
        "clip.vision_model",
    ),
    "AltCLIP": Case(
        "AltCLIPModel",
        "AltCLIPConfig",
        {"vision_config": TINY, "text_config": {**TEXT, "project_dim": 8, "max_position_embeddings": 20}},
        "vision_model",
    ),
    "Chinese CLIP": Case("ChineseCLIPModel", "ChineseCLIPConfig", HALVES, "vision_model"),
    "Gemma 3 that judges": Case(
        "Gemma3ForSequenceClassification",
        "Gemma3Config",
        {**WITH_SIGLIP, "text_config": {**LLAMA, "model_type": "gemma3_text", "head_dim": 8}},
        "model.vision_tower",
    ),
    "FLAVA in training": Case(
        "FlavaForPreTraining",
        "FlavaConfig",
        {"image_config": TINY, "text_config": TEXT, "multimodal_config": JOINED},
        "flava.image_model",
    ),
    "BLIP-2 that finds": Case("Blip2ForImageTextRetrieval", "Blip2Config", QFORMER, "vision_model"),
    "OWL-ViT": Case("OwlViTModel", "OwlViTConfig", HALVES, "vision_model"),
    "OWL-ViT with boxes": Case("OwlViTForObjectDetection", "OwlViTConfig", HALVES, "owlvit.vision_model"),
    "OWLv2": Case("Owlv2Model", "Owlv2Config", HALVES, "vision_model"),
    "OWLv2 with boxes": Case("Owlv2ForObjectDetection", "Owlv2Config", HALVES, "owlv2.vision_model"),
    "BLIP": Case("BlipModel", "BlipConfig", HALVES, "vision_model"),
    "BLIP that writes": Case("BlipForConditionalGeneration", "BlipConfig", HALVES, "vision_model"),
    "BLIP that answers": Case("BlipForQuestionAnswering", "BlipConfig", HALVES, "vision_model"),
    "BLIP that finds": Case("BlipForImageTextRetrieval", "BlipConfig", HALVES, "vision_model"),
    "BLIP-2": Case("Blip2ForConditionalGeneration", "Blip2Config", QFORMER, "vision_model"),
    "InstructBLIP": Case("InstructBlipForConditionalGeneration", "InstructBlipConfig", QFORMER, "vision_model"),
    "InstructBLIP of films": Case(
        "InstructBlipVideoForConditionalGeneration", "InstructBlipVideoConfig", QFORMER, "vision_model"
    ),
    "GIT": Case("GitModel", "GitConfig", {"vision_config": TINY, **TEXT}, "image_encoder"),
    "GIT that writes": Case("GitForCausalLM", "GitConfig", {"vision_config": TINY, **TEXT}, "git.image_encoder"),
    "FLAVA": Case(
        "FlavaModel",
        "FlavaConfig",
        {"image_config": TINY, "text_config": TEXT, "multimodal_config": JOINED},
        "image_model",
    ),
    "LLaVA": Case("LlavaForConditionalGeneration", "LlavaConfig", LLAVA, "model.vision_tower"),
    "LLaVA-NeXT": Case("LlavaNextForConditionalGeneration", "LlavaNextConfig", LLAVA, "model.vision_tower"),
    "LLaVA-NeXT of films": Case(
        "LlavaNextVideoForConditionalGeneration", "LlavaNextVideoConfig", LLAVA, "model.vision_tower"
    ),
    "LLaVA-OneVision": Case(
        "LlavaOnevisionForConditionalGeneration", "LlavaOnevisionConfig", WITH_SIGLIP, "model.vision_tower"
    ),
    "VipLLaVA": Case("VipLlavaForConditionalGeneration", "VipLlavaConfig", LLAVA, "model.vision_tower"),
    "PaliGemma": Case(
        "PaliGemmaForConditionalGeneration",
        "PaliGemmaConfig",
        {"vision_config": _in("siglip_vision_model", vision_use_head=False),
         "text_config": {**LLAMA, "model_type": "gemma", "head_dim": 8}},
        "model.vision_tower",
    ),
    "Gemma 3": Case(
        "Gemma3ForConditionalGeneration",
        "Gemma3Config",
        {**WITH_SIGLIP, "text_config": {**LLAMA, "model_type": "gemma3_text", "head_dim": 8}},
        "model.vision_tower",
    ),
    "Aya Vision": Case(
        "AyaVisionForConditionalGeneration",
        "AyaVisionConfig",
        {**WITH_SIGLIP, "text_config": {**LLAMA, "model_type": "cohere2"}},
        "model.vision_tower",
    ),
    "Cohere 2 Vision": Case(
        "Cohere2VisionForConditionalGeneration",
        "Cohere2VisionConfig",
        {**WITH_SIGLIP, "text_config": {**LLAMA, "model_type": "cohere2"}},
        "model.vision_tower",
    ),
    "InternVL": Case(
        "InternVLForConditionalGeneration",
        "InternVLConfig",
        {"vision_config": {"model_type": "internvl_vision", **INTERNVL}, "text_config": LLAMA},
        "model.vision_tower",
    ),
    "AIMv2": Case("Aimv2Model", "Aimv2Config", {**HALVES, "text_config": TEXT}, "vision_model"),
    "TrOCR with BEiT": Case(
        "VisionEncoderDecoderModel",
        "VisionEncoderDecoderConfig",
        {"encoder": _in("beit", use_relative_position_bias=True), "decoder": GPT},
        "encoder",
    ),
    "TrOCR": Case(
        "VisionEncoderDecoderModel", "VisionEncoderDecoderConfig", {"encoder": _in("vit"), "decoder": GPT}, "encoder"
    ),
    "TrOCR with DeiT": Case(
        "VisionEncoderDecoderModel", "VisionEncoderDecoderConfig", {"encoder": _in("deit"), "decoder": GPT}, "encoder"
    ),
    "ViT beside BERT": Case(
        "VisionTextDualEncoderModel",
        "VisionTextDualEncoderConfig",
        {"vision_config": _in("vit"), "text_config": {"model_type": "bert", **TEXT}, "projection_dim": 8},
        "vision_model",
    ),
    "CLIP beside BERT": Case(
        "VisionTextDualEncoderModel",
        "VisionTextDualEncoderConfig",
        {"vision_config": _in("clip_vision_model"), "text_config": {"model_type": "bert", **TEXT}, "projection_dim": 8},
        "vision_model",
    ),
    "DPT with DINOv2": Case("DPTForDepthEstimation", "DPTConfig", {**PAINTER, "backbone_config": DINOV2}, "backbone"),
    "ViTPose": Case(
        "VitPoseForPoseEstimation",
        "VitPoseConfig",
        {"backbone_config": {"model_type": "vitpose_backbone", **VITPOSE}},
        "backbone",
    ),
    "Depth Anything": Case(
        "DepthAnythingForDepthEstimation",
        "DepthAnythingConfig",
        {**PAINTER, "backbone_config": DINOV2, "reassemble_hidden_size": 32},
        "backbone",
    ),
    "ZoeDepth": Case(
        "ZoeDepthForDepthEstimation",
        "ZoeDepthConfig",
        {**PAINTER, "backbone_config": ZOE, "bottleneck_features": 8, "reassemble_factors": [4, 2, 1, 0.5],
         "backbone_hidden_size": 32, "num_relative_features": 8, "bin_embedding_dim": 8, "num_attractors": [2, 1, 1, 1],
         "num_patch_transformer_layers": 1, "patch_transformer_hidden_size": 8,
         "patch_transformer_intermediate_size": 8, "patch_transformer_num_attention_heads": 2},
        "backbone",
    ),
    "Prompt Depth Anything": Case(
        "PromptDepthAnythingForDepthEstimation",
        "PromptDepthAnythingConfig",
        {**PAINTER, "backbone_config": DINOV2, "reassemble_hidden_size": 32},
        "backbone",
    ),
}  # fmt: skip
