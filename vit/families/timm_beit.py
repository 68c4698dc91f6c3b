"""timm's ``Beit``: BEiT (Bao et al. 2021, arXiv 2106.08254) and BEiT v2 (Peng et al. 2022, arXiv 2208.06366)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vit.families import reading
from vit.families.timm_arguments import arguments, classes, encoder, mlp_width, only, plain_mlp, pooling
from vit.families.timm_family import timm_family
from vit.model.config import ViTConfig

DEFAULTS: dict[str, Any] = {
    "img_size": 224, "patch_size": 16, "in_chans": 3, "num_classes": 1000, "global_pool": "avg", "embed_dim": 768,
    "depth": 12, "num_heads": 12, "qkv_bias": True, "mlp_ratio": 4.0, "swiglu_mlp": False, "scale_mlp": False,
    "norm_layer": None, "init_values": None, "use_abs_pos_emb": True, "use_rel_pos_bias": False,
    "use_shared_rel_pos_bias": False, "use_fc_norm": None,
}  # fmt: skip


def config(hub: dict[str, Any], keys: Collection[str]) -> ViTConfig:
    found = arguments(hub, DEFAULTS)
    only(found, "global_pool", "avg", "token", "")
    late = found["global_pool"] == "avg" if found["use_fc_norm"] is None else reading.flag(found, "use_fc_norm")
    relative = reading.flag(found, "use_rel_pos_bias") or reading.flag(found, "use_shared_rel_pos_bias")
    learned = reading.flag(found, "use_abs_pos_emb")
    position: dict[str, Any] = {"position": "+".join(["learned"] * learned + ["relative"] * relative) or "none"}
    gated = {"activation": "swiglu", "mlp_width": mlp_width(found)}
    return ViTConfig(
        **encoder(found),
        **(gated if reading.flag(found, "swiglu_mlp") else plain_mlp(found, "gelu")),
        **pooling(found, ("cls",), late),
        layer_scale=reading.number(found, "init_values") if found["init_values"] else None,
        mlp_norm=reading.flag(found, "scale_mlp"),
        **position,
        **classes(hub, found["num_classes"]),
    )


FAMILY = timm_family("Beit", config)
