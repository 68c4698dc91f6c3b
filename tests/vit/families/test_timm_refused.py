"""What of timm cannot be shown, and files with wrong values, are refused in one sentence that names what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support.timm_models import REFUSED, build, save
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError

ONE_BLOCK = {"architecture": "vit_tiny_patch16_224", "model_args": {"depth": 1}}


@pytest.mark.parametrize(("flag", "name"), [(flag, name) for flag, names in REFUSED.items() for name in names])
def test_what_cannot_be_shown_is_refused_by_name_and_flag(flag: str, name: str, tmp_path: Path) -> None:
    folder = _with_config(tmp_path, {"architecture": name})
    with pytest.raises(CheckpointError) as refused:
        load_pretrained(folder)
    assert flag in str(refused.value)
    assert name in str(refused.value)


@pytest.mark.parametrize(
    ("hub", "words"),
    [
        ({"architecture": "resnet50"}, "'resnet50'.*no Vision Transformer known"),
        ({"architecture": ["vit_tiny_patch16_224"]}, "no Vision Transformer known"),
        ({"architecture": "samvit_base_patch16"}, "samvit_base_patch16.*within windows"),
        ({"architecture": "naflexvit_base_patch16_gap"}, "naflexvit_base_patch16_gap.*NaFlex"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"depth": "12"}}, "'12', not a whole number"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"qk_norm": "false"}}, "qk_norm is 'false'"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"fc_norm": "no"}}, "fc_norm is 'no'"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"embed_norm_layer": "rmsnorm"}}, "beside another"),
        ({**ONE_BLOCK, "pretrained_cfg": {"mean": 0.5}}, "config.json.*iterable"),
        ({**ONE_BLOCK, "pretrained_cfg": {"crop_pct": 0.1}}, "config.json.*cannot be shown"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"magic": 1}}, "magic 1 of vit_tiny.* is not known"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"global_pool": "prr"}}, "global_pool 'prr'"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"global_pool": ["map"]}}, "global_pool .'map'"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"act_layer": "relu"}}, "act_layer 'relu'"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"norm_layer": "batchnorm"}}, "norm_layer 'batchnorm'"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": {"reg_tokens": 10**9}}, "1000000000"),
        ({"architecture": "vit_tiny_patch16_224", "model_args": 3}, "model_args is 3"),
        ({"architecture": "vit_tiny_patch16_224", "pretrained_cfg": []}, "pretrained_cfg is "),
        ({"architecture": "vit_tiny_patch16_224", "pretrained_cfg": {"input_size": [224]}}, "input_size is .224."),
        ({"architecture": "vit_pe_core_tiny_patch16_384", "model_args": {"rope_type": "mrope"}}, "rope_type 'mrope'"),
    ],
)
def test_a_config_with_wrong_values_is_refused_by_name(hub: dict[str, Any], words: str, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=words):
        load_pretrained(_with_config(tmp_path, hub))


def test_grouped_heads_of_the_wrong_shape_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    folder = save(build("vit_base_patch16_sapiens2"), tmp_path)
    state = load_file(folder / "model.safetensors")
    for wrong in (torch.zeros(0, 32), torch.tensor(1.0), torch.zeros(5, 32)):
        save_file({**state, "blocks.1.attn.k_proj.weight": wrong}, folder / "model.safetensors")
        with pytest.raises(CheckpointError, match="k_proj"):
            load_pretrained(folder)


def _with_config(folder: Path, hub: dict[str, Any]) -> Path:
    from safetensors.torch import save_file

    (folder / "config.json").write_text(json.dumps(hub))
    save_file({"pos_embed": torch.zeros(1)}, folder / "model.safetensors")
    return folder
