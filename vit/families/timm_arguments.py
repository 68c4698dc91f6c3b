"""What the ``config.json`` of a timm checkpoint means: the class its architecture's name stands for, and its arguments.

A name fixes arguments that stand in no file of the checkpoint; ``timm_names/architectures.json`` lists them, as
``tests/support/timm_names.py`` reads them out of timm. ``model_args`` come on top, as in timm's ``create_model``.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from vit.families import reading
from vit.model.limits import Activation, LastNorm, Norm

_FILE = Path(__file__).parent / "timm_names" / "architectures.json"
TYPE = "timm "  # before the class: what stands for a model_type, which timm's files do not have
REFUSED = {  # classes that are known and not shown
    "NaFlexVit": "reads a picture as a bag of patches of its own shape (NaFlex)",
    "VisionTransformerSAM": "lets patches attend within windows only",
}
_WHY = {
    "HybridEmbed": ": its patches come out of a convolutional network",
    "diff": ": each pattern would be the difference of two, which is no pattern",
    "DiffParallelScalingBlock": ": each pattern would be the difference of two, which is no pattern",
}
TRAINING = {  # they change nothing in a trained model that is looked at
    "drop_rate", "pos_drop_rate", "patch_drop_rate", "proj_drop_rate", "attn_drop_rate", "drop_path_rate",
    "weight_init", "fix_init", "head_init_scale", "dynamic_img_size", "strict_img_size",
    "rope_shift_coords", "rope_jitter_coords", "rope_rescale_coords",
}  # fmt: skip
_ACTIVATIONS: dict[str, Activation] = {"gelu": "gelu", "gelu_tanh": "gelu_tanh", "quick_gelu": "quick_gelu"}
_NORMS: dict[str, Norm] = {"layernorm": "layer", "rmsnorm": "rms"}
_POOLINGS = {"token": "cls", "avg": "mean", "max": "max", "avgmax": "mean&max", "map": "map"}


@cache
def architectures() -> dict[str, dict[str, Any]]:
    """Every architecture that is known by name → the class it stands for and that class's arguments."""
    found: dict[str, dict[str, Any]] = json.loads(_FILE.read_text(encoding="utf-8"))["architectures"]
    return found


def type_of(hub: dict[str, Any]) -> str | None:
    """What stands for a ``model_type`` in a timm ``config.json``; None for a file that names no architecture, or one
    that is unknown."""
    known = architectures().get(str(hub.get("architecture")))
    return None if known is None else TYPE + str(known["class"])


def arguments(hub: dict[str, Any], defaults: dict[str, Any]) -> dict[str, Any]:
    """The arguments of a class: ``defaults``, then the name's, what the pictures say, ``model_args``.

    ValueError for one that is not known, which would be left out in silence.
    """
    cfg = pretrained_cfg(hub)
    name = {key: value for key, value in architectures()[str(hub["architecture"])].items() if key != "class"}
    given = hub.get("model_args") or {}
    if not isinstance(given, dict):
        raise ValueError(f"model_args is {given!r}, not an object")
    channels, height, width = _input_size(cfg)
    seen = {"in_chans": channels, "num_classes": cfg.get("num_classes", 1000)}
    if cfg.get("fixed_input_size"):
        seen["img_size"] = (height, width)
    if cfg.get("global_pool") is not None:
        seen["global_pool"] = cfg["global_pool"]
    found = {**defaults, **seen, **name, **{key: value for key, value in given.items() if value is not None}}
    if unknown := sorted(set(found) - set(defaults) - TRAINING):
        raise ValueError(f"{unknown[0]} {found[unknown[0]]!r} of {hub['architecture']} is not known")
    return {**found, "architecture": hub["architecture"]}


def pretrained_cfg(hub: dict[str, Any]) -> dict[str, Any]:
    """What a ``config.json`` says of pictures and classes; older files have it at the top."""
    cfg = hub.get("pretrained_cfg", hub)
    if not isinstance(cfg, dict):
        raise ValueError(f"pretrained_cfg is {cfg!r}, not an object")
    return {**cfg, **{key: hub[key] for key in ("num_classes", "label_names", "label_descriptions") if key in hub}}


def _input_size(cfg: dict[str, Any]) -> tuple[int, int, int]:
    size = cfg.get("input_size") or (3, 224, 224)
    if not isinstance(size, (list, tuple)) or len(size) != 3:
        raise ValueError(f"input_size is {size!r}, not channels, height and width")
    channels, height, width = (reading.whole({"input_size": value}, "input_size") for value in size)
    return channels, height, width


def only(found: dict[str, Any], key: str, *shown: Any) -> None:
    """ValueError, by name and value, where an argument has a value that is not shown."""
    if (value := found[key]) not in shown:
        raise ValueError(f"{key} {value!r} of {found['architecture']} cannot be shown{_WHY.get(str(value), '')}")


def encoder(found: dict[str, Any]) -> dict[str, Any]:
    """What all of timm's classes call by the same names, as arguments of ``ViTConfig``."""
    hub = {
        "image_size": found["img_size"],
        "patch_size": found["patch_size"],
        "num_channels": found["in_chans"],
        "hidden_size": found["embed_dim"],
        "num_hidden_layers": found["depth"],
        "num_attention_heads": found["num_heads"],
        "layer_norm_eps": 1e-6,
    }
    return {
        **reading.common(hub),
        **norm(found["norm_layer"]),
        "qkv_bias": reading.flag(found, "qkv_bias"),
        "position_resample": "bicubic-antialias",
    }


def norm(given: Any) -> dict[str, Any]:
    """A ``norm_layer``: a name, or a name with arguments; timm's own norms have an ε of 1e-6."""
    name, options = given if isinstance(given, (list, tuple)) and len(given) == 2 else (given or "LayerNorm", {})
    kind = _NORMS.get(str(name).replace("_", "").lower())
    if kind is None or set(options) - {"eps"}:
        raise ValueError(f"norm_layer {given!r} cannot be shown")
    return {"norm": kind, "norm_eps": reading.number({"eps": 1e-6, **options}, "eps")}


def activation(given: Any) -> str:
    """An ``act_layer`` by its own name; ``"silu"`` is only known within SwiGLU."""
    return "gelu" if given is None else str(given).lower()


def plain_mlp(found: dict[str, Any], act: str) -> dict[str, Any]:
    """An MLP with one of the activations that can be shown."""
    if act not in _ACTIVATIONS:
        raise ValueError(f"act_layer {act!r} cannot be shown; known are {', '.join(_ACTIVATIONS)}")
    return {"activation": _ACTIVATIONS[act], "mlp_width": mlp_width(found)}


def mlp_width(found: dict[str, Any]) -> int:
    return int(reading.whole(found, "embed_dim") * reading.number(found, "mlp_ratio"))


def pooling(found: dict[str, Any], prefix: tuple[str, ...], normed_late: bool) -> dict[str, Any]:
    """What the head reads, and where the last norm stands. ``normed_late``: timm's ``fc_norm``, behind the pooling."""
    kind = found["global_pool"]
    if kind == "" and found["num_classes"] == 0:  # all tokens come out: what a head would read is ours to choose
        kind = "token" if "cls" in prefix else "avg"
    if not isinstance(kind, str) or kind not in _POOLINGS:
        raise ValueError(f"global_pool {kind!r} cannot be shown; known are {', '.join(_POOLINGS)}")
    last: LastNorm = "pooled" if normed_late and kind != "token" else "tokens"  # of one token both are the same
    return {"pooling": _POOLINGS[kind], "last_norm": last}


def classes(hub: dict[str, Any], count: Any) -> dict[str, Any]:
    """The classes of a head, with the names that the file gives them; timm's ImageNet models give none."""
    if count == 0:
        return {}
    cfg = pretrained_cfg(hub)
    names, said = cfg.get("label_names") or (), cfg.get("label_descriptions") or {}
    if isinstance(names, dict):
        names = reading.classes({"id2label": names})["labels"]
    labels = tuple(str(said.get(name, name)) if isinstance(said, dict) else str(name) for name in names)
    if labels and len(labels) != count:
        raise ValueError(f"label_names has {len(labels)} names for num_classes {count!r}")
    return {"n_classes": reading.whole({"num_classes": count}, "num_classes"), "labels": labels}
