"""Small random models of a ViT's and a CLIP's kin, and of types whose Vision Transformer is one part of several."""

from __future__ import annotations

from typing import Any

from tests.support.families import CLASSES, NO_MLP, TEXT, TINY, Case

LLAMA = {
    "model_type": "llama", "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 16, "vocab_size": 32, "num_key_value_heads": 2,
}  # fmt: skip
GPT = {"model_type": "gpt2", "n_embd": 16, "n_layer": 1, "n_head": 2, "vocab_size": 32, "add_cross_attention": True}
OPT = {
    "model_type": "opt", "hidden_size": 16, "num_hidden_layers": 1, "ffn_dim": 16, "num_attention_heads": 2,
    "vocab_size": 32, "word_embed_proj_dim": 16,
}  # fmt: skip
HALVES = {"vision_config": TINY, "text_config": TEXT}
JOINED = {key: TEXT[key] for key in ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")}
PAINTER = {
    "neck_hidden_sizes": [8, 8, 8, 8], "reassemble_factors": [4, 2, 1, 0.5], "fusion_hidden_size": 8, "patch_size": 8,
}  # fmt: skip


def _in(model_type: str, **values: Any) -> dict[str, Any]:
    return {"model_type": model_type, **TINY, **values}


DINOV2 = {"model_type": "dinov2", **NO_MLP, "num_hidden_layers": 4, "reshape_hidden_states": False,
          "out_features": ["stage1", "stage2", "stage3", "stage4"]}  # fmt: skip
LLAVA = {"vision_config": _in("clip_vision_model"), "text_config": LLAMA}
WITH_SIGLIP = {"vision_config": _in("siglip_vision_model"), "text_config": LLAMA}
QFORMER = {"vision_config": TINY, "qformer_config": {**TEXT, "encoder_hidden_size": 32}, "text_config": OPT}
VITPOSE = {**NO_MLP, "mlp_ratio": 2, "image_size": [32, 24]}
INTERNVL = {**TINY, "image_size": [32, 32], "patch_size": [8, 8]}
BEIT = {**TINY, "use_relative_position_bias": True, "use_shared_relative_position_bias": True}
ZOE = {"model_type": "beit", **BEIT, "num_hidden_layers": 4, "reshape_hidden_states": False,
       "out_features": ["stage1", "stage2", "stage3", "stage4"]}  # fmt: skip
YOLOS = {**TINY, "image_size": [32, 32], "num_detection_tokens": 3, "use_mid_position_embeddings": False}

KIN: dict[str, Case] = {
    "MSN": Case("ViTMSNModel", "ViTMSNConfig", TINY),
    "MSN classifier": Case("ViTMSNForImageClassification", "ViTMSNConfig", {**TINY, **CLASSES}),
    "I-JEPA": Case("IJepaModel", "IJepaConfig", TINY),
    "I-JEPA classifier": Case("IJepaForImageClassification", "IJepaConfig", {**TINY, **CLASSES}),
    "YOLOS": Case("YolosModel", "YolosConfig", YOLOS),
    "YOLOS with boxes": Case("YolosForObjectDetection", "YolosConfig", YOLOS),
    "DPT": Case("DPTModel", "DPTConfig", TINY),
    "DPT for depth": Case(
        "DPTForDepthEstimation", "DPTConfig", {**TINY, **PAINTER, "backbone_out_indices": [0, 1, 1, 2]}
    ),
    "ViTPose backbone": Case("VitPoseBackbone", "VitPoseBackboneConfig", VITPOSE),
    "CLIPSeg vision": Case("CLIPSegVisionModel", "CLIPSegVisionConfig", TINY),
    "AltCLIP vision": Case("AltCLIPVisionModel", "AltCLIPVisionConfig", TINY),
    "Chinese CLIP vision": Case("ChineseCLIPVisionModel", "ChineseCLIPVisionConfig", TINY),
    "MetaCLIP 2 vision": Case("MetaClip2VisionModel", "MetaClip2VisionConfig", TINY),
    "MetaCLIP 2 projection": Case("MetaClip2VisionModelWithProjection", "MetaClip2VisionConfig", TINY),
    "OWL-ViT vision": Case("OwlViTVisionModel", "OwlViTVisionConfig", TINY),
    "OWLv2 vision": Case("Owlv2VisionModel", "Owlv2VisionConfig", TINY),
    "GIT vision": Case("GitVisionModel", "GitVisionConfig", TINY),
    "FLAVA image": Case("FlavaImageModel", "FlavaImageConfig", TINY),
    "AIMv2 vision": Case("Aimv2VisionModel", "Aimv2VisionConfig", TINY),
    "AIMv2 native": Case("Aimv2VisionModel", "Aimv2VisionConfig", {**TINY, "is_native": True, "use_head": False}),
    "AIMv2 with biases": Case("Aimv2VisionModel", "Aimv2VisionConfig", {**TINY, "qkv_bias": True, "mlp_bias": True}),
    "InternVL vision": Case("InternVLVisionModel", "InternVLVisionConfig", INTERNVL),
    "InternVL with a norm": Case(
        "InternVLVisionModel",
        "InternVLVisionConfig",
        {**INTERNVL, "use_mean_pooling": False, "attention_bias": True, "use_mask_token": True},
    ),
    "BEiT": Case("BeitModel", "BeitConfig", {**TINY, "use_relative_position_bias": True}),
    "BEiT classifier": Case("BeitForImageClassification", "BeitConfig", {**BEIT, **CLASSES}),
    "BEiT on CLS": Case(
        "BeitModel",
        "BeitConfig",
        {
            **TINY,
            "use_shared_relative_position_bias": True,
            "use_absolute_position_embeddings": True,
            "use_mean_pooling": False,
        },
    ),
    "BEiT without LayerScale": Case("BeitModel", "BeitConfig", {**TINY, "layer_scale_init_value": 0.0}),
    "BEiT masked": Case("BeitForMaskedImageModeling", "BeitConfig", {**BEIT, "use_mask_token": True, "vocab_size": 16}),
    "Data2Vec": Case("Data2VecVisionModel", "Data2VecVisionConfig", {**TINY, "use_relative_position_bias": True}),
    "Data2Vec classifier": Case("Data2VecVisionForImageClassification", "Data2VecVisionConfig", {**BEIT, **CLASSES}),
    "BLIP vision": Case("BlipVisionModel", "BlipVisionConfig", TINY),
    "BLIP-2 vision": Case("Blip2VisionModel", "Blip2VisionConfig", TINY),
    "BLIP-2 vision without qkv bias": Case("Blip2VisionModel", "Blip2VisionConfig", {**TINY, "qkv_bias": False}),
    "InstructBLIP vision": Case("InstructBlipVisionModel", "InstructBlipVisionConfig", TINY),
    "InstructBLIP vision of films": Case("InstructBlipVideoVisionModel", "InstructBlipVideoVisionConfig", TINY),
}

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
    "MetaCLIP 2": Case("MetaClip2Model", "MetaClip2Config", HALVES, "vision_model"),
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
