"""Read the values of a ``config.json``; every function raises ValueError naming what cannot be read."""

from __future__ import annotations

from math import inf
from typing import Any

from vit.model.limits import MOST, MOST_PREFIX, Activation, Answer

ACTIVATIONS: dict[str, Activation] = {
    "gelu": "gelu",
    "gelu_new": "gelu_tanh",
    "gelu_pytorch_tanh": "gelu_tanh",
    "quick_gelu": "quick_gelu",
}

PROBLEMS: dict[str, Answer] = {
    "single_label_classification": "one class",
    "multi_label_classification": "each class",
    "regression": "numbers",
}


def whole(hub: dict[str, Any], key: str) -> int:
    """A whole number above zero."""
    value = hub[key]
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{key} is {value!r}, not a whole number above zero")
    return value


def number(hub: dict[str, Any], key: str) -> float:
    """A number of any kind, zero or above."""
    value = hub[key]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < inf:
        raise ValueError(f"{key} is {value!r}, not a number")
    return float(value)


def flag(hub: dict[str, Any], key: str) -> bool:
    """True or false."""
    value = hub[key]
    if not isinstance(value, bool):
        raise ValueError(f"{key} is {value!r}, not true or false")
    return value


def registers(hub: dict[str, Any]) -> int:
    """How many register tokens there are, before anything is made for each."""
    value = hub["num_register_tokens"]
    if type(value) is not int or not 0 <= value < MOST_PREFIX:
        raise ValueError(f"num_register_tokens is {value!r}, not a whole number below {MOST_PREFIX}")
    return value


def sides(hub: dict[str, Any], key: str) -> tuple[int, int]:
    """A size given as one number or as [height, width]."""
    value = hub[key]
    if isinstance(value, (list, tuple)) and len(value) != 2:
        raise ValueError(f"{key} is {value!r}, not one number nor a height and a width")
    height, width = value if isinstance(value, (list, tuple)) else (value, value)
    return whole({key: height}, key), whole({key: width}, key)


def activation(hub: dict[str, Any]) -> Activation:
    if hub["hidden_act"] not in ACTIVATIONS:
        raise ValueError(f"hidden_act is {hub['hidden_act']!r}; known are {', '.join(ACTIVATIONS)}")
    return ACTIVATIONS[hub["hidden_act"]]


def common(hub: dict[str, Any]) -> dict[str, Any]:
    """What nearly every family calls by the same names, as arguments of ``ViTConfig``.

    ``image_size`` is cut down to whole patches: a convolution reads nothing beyond the last one
    (SigLIP so400m: 384 pixels hold 27 patches of 14, the last 6 pixels are never seen).
    """
    height, width = sides(hub, "image_size")
    patch, across = sides(hub, "patch_size")
    if patch != across:
        raise ValueError(f"patch_size is {patch}×{across}; only square patches can be shown")
    if patch > min(height, width):
        raise ValueError(f"patch_size {patch} is larger than image_size {height}×{width}")
    return {
        "image_size": (height - height % patch, width - width % patch),
        "patch_size": patch,
        "channels": whole(hub, "num_channels"),
        "width": whole(hub, "hidden_size"),
        "depth": whole(hub, "num_hidden_layers"),
        "heads": whole(hub, "num_attention_heads"),
        "norm_eps": number(hub, "layer_norm_eps"),
    }


def classes(hub: dict[str, Any]) -> dict[str, Any]:
    """The classes a head tells apart: ``id2label`` in order, or numbered as transformers does; and how its logits are
    meant: ``problem_type``. As in transformers, a head of one label without one is a regression."""
    named = _labels_by_number(hub)
    if not named:
        count = whole({"num_labels": 2, **hub}, "num_labels")
        if count > MOST:
            raise ValueError(f"num_labels is {count}; up to {MOST} classes can be shown")
        named = {i: f"LABEL_{i}" for i in range(count)}
    by_number = {int(place): str(label) for place, label in named.items()}
    if sorted(by_number) != list(range(len(by_number))):
        raise ValueError("id2label does not number the classes 0, 1, 2 …")
    problem = hub.get("problem_type") or ("regression" if len(by_number) == 1 else "single_label_classification")
    if problem not in PROBLEMS:
        raise ValueError(f"problem_type is {problem!r}; known are {', '.join(PROBLEMS)}")
    labels = tuple(by_number[i] for i in range(len(by_number)))
    return {"n_classes": len(by_number), "labels": labels, "answer": PROBLEMS[problem]}


def _labels_by_number(hub: dict[str, Any]) -> dict[Any, Any]:
    """``id2label``, also where it is a list or stands the other way round; else ``label2id`` turned round."""
    named = hub.get("id2label")
    if isinstance(named, list):
        return dict(enumerate(named))
    turned = named if named else hub.get("label2id")
    if not isinstance(turned, dict):
        return {}
    if turned and all(type(number) is int for number in turned.values()):
        return {number: label for label, number in turned.items()}
    return dict(turned) if named else {}
