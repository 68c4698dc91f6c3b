"""Values of a ``config.json`` of the wrong kind are refused by name; labels are read where they are clear."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.support.checkpoints import edit_config
from tests.support.families import CASES
from tests.support.places import ROOT
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError

CHECKPOINTS = ROOT / "tests" / "data" / "checkpoints"


@pytest.mark.parametrize(
    ("case", "key", "value"),
    [
        ("ViT with pooler", "qkv_bias", "false"),
        ("ViT with pooler", "layer_norm_eps", "1e-6"),
        ("ViT with pooler", "image_size", [32]),
        ("ViT with pooler", "hidden_size", 32.0),
        ("DeiT", "qkv_bias", 1),
        ("DINOv2", "layerscale_value", "1.0"),
        ("DINOv2", "use_swiglu_ffn", "false"),
        ("DINOv2", "mlp_ratio", "4"),
        ("DINOv3", "rope_theta", "100"),
        ("DINOv3", "query_bias", "true"),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused_by_name(case: str, key: str, value: object, tmp_path: Path) -> None:
    folder = CASES[case].save(tmp_path)
    edit_config(folder, **{key: value})
    with pytest.raises(CheckpointError, match=key):
        load_pretrained(folder)


@pytest.mark.parametrize(
    "labels",
    [
        {"id2label": ["ant", "bee", "cat"]},
        {"id2label": {"ant": 0, "bee": 1, "cat": 2}},
        {"id2label": None, "label2id": {"cat": 2, "ant": 0, "bee": 1}},
    ],
    ids=["a list", "the other way round", "label2id alone"],
)
def test_labels_are_read_where_it_is_clear_what_they_mean(labels: dict[str, Any], tmp_path: Path) -> None:
    folder = CASES["ViT classifier"].save(tmp_path)
    edit_config(folder, **labels)
    assert load_pretrained(folder).config.labels == ("ant", "bee", "cat")


@pytest.mark.parametrize("labels", [{"0": "ant", "2": "cat", "3": "bee"}, {"0": "ant", "1": "bee"}])
def test_labels_with_gaps_or_too_few_are_refused(labels: dict[str, str], tmp_path: Path) -> None:
    folder = CASES["ViT classifier"].save(tmp_path)
    edit_config(folder, id2label=labels)
    with pytest.raises(CheckpointError):
        load_pretrained(folder)


@pytest.mark.parametrize(
    ("name", "says"), [("vit-fp16-inf", "infinite or none"), ("vit-fp8-no-scales", "not quantised")]
)
def test_weights_that_are_no_numbers_are_refused(name: str, says: str) -> None:
    assert json.loads((CHECKPOINTS / name / "config.json").read_text(encoding="utf-8"))["model_type"] == "vit"
    with pytest.raises(CheckpointError, match=says):
        load_pretrained(CHECKPOINTS / name)
