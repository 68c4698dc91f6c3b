"""Small random models of a ViT's and a CLIP's kin."""

from __future__ import annotations

from tests.support.families import CLASSES, NO_MLP, TEXT, TINY, Case

HALVES = {"vision_config": TINY, "text_config": TEXT}
PAINTER = {
    "neck_hidden_sizes": [8, 8, 8, 8], "reassemble_factors": [4, 2, 1, 0.5], "fusion_hidden_size": 8, "patch_size": 8,
}  # fmt: skip
VITPOSE = {**NO_MLP, "mlp_ratio": 2, "image_size": [32, 24]}
INTERNVL = {**TINY, "image_size": [32, 32], "patch_size": [8, 8]}
BEIT = {**TINY, "use_relative_position_bias": True, "use_shared_relative_position_bias": True}
NAFLEX = {**{key: value for key, value in TINY.items() if key != "image_size"}, "num_patches": 16}
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
    "DPT for segments": Case(
        "DPTForSemanticSegmentation", "DPTConfig", {**TINY, **PAINTER, "backbone_out_indices": [0, 1, 1, 2]}
    ),
    "ViTPose backbone": Case("VitPoseBackbone", "VitPoseBackboneConfig", VITPOSE),
    "CLIPSeg vision": Case("CLIPSegVisionModel", "CLIPSegVisionConfig", TINY),
    "AltCLIP vision": Case("AltCLIPVisionModel", "AltCLIPVisionConfig", TINY),
    "Chinese CLIP vision": Case("ChineseCLIPVisionModel", "ChineseCLIPVisionConfig", TINY),
    "MetaCLIP 2 vision": Case("MetaClip2VisionModel", "MetaClip2VisionConfig", TINY),
    "MetaCLIP 2 projection": Case("MetaClip2VisionModelWithProjection", "MetaClip2VisionConfig", TINY),
    "MetaCLIP 2": Case("MetaClip2Model", "MetaClip2Config", HALVES),
    "MetaCLIP 2 classifier": Case("MetaClip2ForImageClassification", "MetaClip2Config", {**HALVES, **CLASSES}),
    "CLIP classifier": Case("CLIPForImageClassification", "CLIPConfig", {**HALVES, **CLASSES}),
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
    "BEiT for segments": Case(
        "BeitForSemanticSegmentation", "BeitConfig", {**BEIT, "num_hidden_layers": 4, "out_indices": [1, 2, 3, 4]}
    ),
    "Data2Vec for segments": Case(
        "Data2VecVisionForSemanticSegmentation",
        "Data2VecVisionConfig",
        {**BEIT, "num_hidden_layers": 4, "out_indices": [1, 2, 3, 4]},
    ),
    "Data2Vec": Case("Data2VecVisionModel", "Data2VecVisionConfig", {**TINY, "use_relative_position_bias": True}),
    "Data2Vec classifier": Case("Data2VecVisionForImageClassification", "Data2VecVisionConfig", {**BEIT, **CLASSES}),
    "SigLIP 2 NaFlex": Case("Siglip2Model", "Siglip2Config", {"vision_config": NAFLEX, "text_config": TEXT}),
    "SigLIP 2 NaFlex vision": Case("Siglip2VisionModel", "Siglip2VisionConfig", NAFLEX),
    "SigLIP 2 NaFlex without head": Case(
        "Siglip2VisionModel", "Siglip2VisionConfig", {**NAFLEX, "vision_use_head": False}
    ),
    "SigLIP 2 NaFlex classifier": Case(
        "Siglip2ForImageClassification", "Siglip2Config", {"vision_config": NAFLEX, "text_config": TEXT, **CLASSES}
    ),
    "BLIP vision": Case("BlipVisionModel", "BlipVisionConfig", TINY),
    "BLIP-2 vision": Case("Blip2VisionModel", "Blip2VisionConfig", TINY),
    "BLIP-2 vision without qkv bias": Case("Blip2VisionModel", "Blip2VisionConfig", {**TINY, "qkv_bias": False}),
    "InstructBLIP vision": Case("InstructBlipVisionModel", "InstructBlipVisionConfig", TINY),
    "InstructBLIP vision of films": Case("InstructBlipVideoVisionModel", "InstructBlipVideoVisionConfig", TINY),
}
