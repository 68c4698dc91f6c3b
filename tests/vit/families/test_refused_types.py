"""What cannot be shown truthfully is refused by name with its reason; README lists it, and everything that opens."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.places import ROOT
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.families import FAMILIES, family_for
from vit.families.refused import REFUSED
from vit.families.towers import BY_TYPE


def models_section() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## Models\n")[2].partition("\n## ")[0]


def test_readme_lists_every_type_that_opens() -> None:
    section = models_section()
    compared = {name: family.reference for name, family in FAMILIES.items() if family.reference}
    types = {name for name, how in compared.items() if how.library == "transformers"} | set(BY_TYPE)
    assert not {name for name in types if f"`{name}`" not in section}


def test_readme_gives_the_reason_for_every_type_that_is_refused() -> None:
    rows = [row for row in models_section().splitlines() if row.startswith("| `")]
    for name, why in REFUSED.items():
        assert any(f"`{name}`" in row and row.endswith(f"| {why} |") for row in rows), name


def test_no_type_is_refused_and_opened() -> None:
    assert not set(REFUSED) & (set(FAMILIES) | set(BY_TYPE))


@pytest.mark.parametrize("model_type", REFUSED)
def test_it_is_refused_by_name_in_one_sentence_and_where_to_look(model_type: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        family_for({"model_type": model_type}, "somewhere")
    assert repr(model_type) in str(caught.value)
    assert REFUSED[model_type].split("(")[0].strip() in str(caught.value)


@pytest.mark.parametrize(
    ("hub", "words"),
    [
        ({"model_type": "vision-encoder-decoder", "encoder": {"model_type": "donut-swin"}}, ["donut-swin", "windows"]),
        ({"model_type": "llava", "vision_config": {"model_type": "pixtral"}}, ["pixtral", "own size"]),
        ({"model_type": "dpt", "backbone_config": {"model_type": "bit"}}, ["'bit'", "convolution"]),
        ({"model_type": "depth_anything"}, ["depth_anything", "backbone_config"]),
        ({"model_type": "llava", "vision_config": "clip"}, ["llava", "vision_config"]),
        ({"model_type": "vision-encoder-decoder", "encoder": {}}, ["encoder"]),
        ({"model_type": ["vit"]}, ["['vit']"]),
    ],
    ids=str,
)
def test_a_part_that_cannot_be_shown_is_named_with_where_it_stands(hub: dict, words: list[str]) -> None:
    with pytest.raises(CheckpointError) as caught:
        family_for(hub, "somewhere")
    assert all(word in str(caught.value) for word in words), str(caught.value)


@pytest.mark.parametrize(
    ("hub", "word"),
    [
        ({"model_type": "yolos", "image_size": [32, 32]}, "use_mid_position_embeddings"),
        ({"model_type": "yolos", "use_mid_position_embeddings": False, "num_detection_tokens": 10**6}, "1000000"),
        ({"model_type": "vitpose_backbone", "num_experts": 6}, "num_experts"),
        ({"model_type": "dpt", "is_hybrid": True}, "is_hybrid"),
        ({"model_type": "blip_2_vision_model", "qkv_bias": "no"}, "qkv_bias"),
        ({"model_type": "vitpose", "backbone_config": {"mlp_ratio": "4"}}, "mlp_ratio"),
    ],
    ids=str,
)
def test_what_a_known_type_can_be_and_is_not_shown_is_refused_by_the_values_name(
    hub: dict, word: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps(hub))
    (tmp_path / "model.safetensors").write_bytes((8).to_bytes(8, "little") + b"{}      ")
    with pytest.raises(CheckpointError, match=word):
        load_pretrained(tmp_path)
