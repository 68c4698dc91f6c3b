"""Every name of timm's Vision Transformers, small but with all its flags, equals timm block by block."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch

from tests.support import timm_names
from tests.support.timm_models import NAMES, OPENED, build, save
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.families.timm_arguments import architectures
from vit.reference.compare import compare
from vit.reference.libraries import load_reference

pytestmark = pytest.mark.skipif(find_spec("timm") is None, reason="needs the extra timm")  # not imported here: 3 s

ONE_OF_EACH = [  # between them they have every flag
    "vit_tiny_patch16_224", "deit3_small_patch16_224", "vit_so150m_patch16_reg4_map_256", "aimv2_large_patch14_224",
    "vit_giant_patch14_dinov2", "vit_base_patch16_clip_quickgelu_224", "beit3_base_patch16_224", "test_vit3",
    "vit_small_patch16_18x2_224", "vit_base_patch16_rpn_224", "vit_base_patch16_siglip_gap_224",
    "vit_intern300m_patch14_448", "deit_tiny_distilled_patch16_224", "beitv2_base_patch16_224",
    "eva02_tiny_patch14_224", "eva02_base_patch16_clip_224", "eva02_enormous_patch14_clip_224",
    "vit_small_plus_patch16_dinov3", "vit_pe_core_tiny_patch16_384", "vit_base_patch16_sapiens2",
    "vit_base_patch16_rope_mixed_ape_224", "vit_relpos_base_patch16_clsgap_224", "vit_srelpos_small_patch16_224",
    "vit_relpos_base_patch32_plus_rpn_256",
]  # fmt: skip


def _by_name(name: str) -> Any:
    return pytest.param(name, marks=() if name in ONE_OF_EACH else pytest.mark.slow)


def _agrees(folder: Path, batch: int = 2, size: tuple[int, int] | None = None) -> None:
    """Residual stream and patterns of every block, what the head reads and the logits, of random pixels."""
    model = load_pretrained(folder)
    torch.manual_seed(1)
    pixels = torch.randn(batch, model.config.channels, *(size or model.config.image_size))
    report = compare(model, load_reference(folder), pixels)
    assert report.agrees, report.verdict
    assert max(row.residual for row in report.rows) <= 1e-4, report.table()
    assert len(report.rows) == model.config.depth + 1
    if model.config.n_classes:
        assert report.logits is not None
        with torch.inference_mode():
            torch.testing.assert_close(model(pixels), model.trace(pixels).logits, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", [_by_name(name) for name in OPENED])
def test_every_name_equals_timm(name: str, tmp_path: Path) -> None:
    _agrees(save(build(name), tmp_path))


@pytest.mark.parametrize("name", [_by_name(name) for name in OPENED])
def test_every_name_keeps_its_own_size_and_norms(name: str, tmp_path: Path) -> None:
    """What ``model_args`` say is small here; everything else comes out of the name: ε, biases, tokens, pictures."""
    import timm

    model = build(name)
    config = load_pretrained(save(model, tmp_path)).config
    norms = [part for part in model.blocks.modules() if isinstance(part, torch.nn.LayerNorm | timm.layers.RmsNorm)]
    assert {norm.eps for norm in norms} == {config.norm_eps}
    assert len(config.prefix) == getattr(model, "num_prefix_tokens", 1)
    whole = architectures()[name]
    assert config.patch_size == whole.get("patch_size", 16)


SIZED = ["vit_tiny_patch16_224", "vit_base_patch16_rope_mixed_ape_224", "deit3_small_patch16_224"]


@pytest.mark.parametrize("size", [(64, 64), (32, 96)], ids=str)
@pytest.mark.parametrize("name", SIZED)
def test_another_size_is_stretched_as_timm_stretches_it(name: str, size: tuple[int, int], tmp_path: Path) -> None:
    _agrees(save(build(name), tmp_path), size=size)


@pytest.mark.parametrize("pooling", ["avg", "max", "avgmax", "token"])
@pytest.mark.parametrize("include", [False, True])
def test_every_pooling_equals_timm(pooling: str, include: bool, tmp_path: Path) -> None:
    model = build("vit_small_patch14_reg4_dinov2", global_pool=pooling, pool_include_prefix=include)
    _agrees(save(model, tmp_path))


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("beitv2_base_patch16_224", {"use_shared_rel_pos_bias": True, "use_abs_pos_emb": True}),
        (
            "beitv2_base_patch16_224",
            {"use_rel_pos_bias": False, "use_shared_rel_pos_bias": True, "global_pool": "token"},
        ),
        ("beitv2_base_patch16_224", {"swiglu_mlp": True, "scale_mlp": True, "qkv_bias": False, "init_values": None}),
        ("vit_relpos_base_patch16_clsgap_224", {"rel_pos_type": "bias", "qk_norm": True}),
        ("vit_srelpos_small_patch16_224", {"rel_pos_type": "bias"}),
        ("vit_tiny_patch16_224", {"qk_norm": True, "scale_attn_norm": True, "norm_layer": "rmsnorm", "in_chans": 1}),
        ("vit_tiny_patch16_224", {"pos_embed": "none", "act_layer": "gelu_tanh", "init_values": 0.1, "num_classes": 0}),
        ("deit_tiny_distilled_patch16_224", {"num_classes": 0}),
        ("vit_base_patch16_xp_224", {"init_values": 1e-5, "qkv_bias": True}),
        ("vit_base_patch16_18x2_224", {"global_pool": "avg"}),
        ("vit_small_patch16_dinov3", {"rope_grid_indexing": "xy", "rope_rotate_half": False, "rope_grid_offset": 0.5}),
        ("vit_base_patch16_rope_mixed_224", {"rope_grid_indexing": "ij"}),
        ("eva02_tiny_patch14_224", {"use_fc_norm": False, "use_post_transformer_norm": False, "swiglu_align_to": 24}),
        ("eva02_tiny_patch14_224", {"attn_type": "rope", "qkv_fused": False, "ref_feat_shape": 8, "scale_mlp": True}),
    ],
    ids=str,
)
def test_flags_that_no_name_has_equal_timm(name: str, flags: dict[str, Any], tmp_path: Path) -> None:
    _agrees(save(build(name, **flags), tmp_path))


def test_without_a_head_all_tokens_come_out(tmp_path: Path) -> None:
    folder = save(build("vit_tiny_patch16_224", num_classes=0, global_pool=""), tmp_path)
    _agrees(folder)
    assert load_pretrained(folder).config.n_classes == 0


def test_relative_positions_know_their_own_grid_only(tmp_path: Path) -> None:
    model = load_pretrained(save(build("beitv2_base_patch16_224"), tmp_path))
    with pytest.raises(ValueError, match="relative positions were learnt for"):
        model.layout(torch.zeros(1, 3, 64, 64))


def test_a_bin_and_a_wrapped_model_are_read_too(tmp_path: Path) -> None:
    """transformers' TimmWrapper puts ``timm_model.`` before every key."""
    from safetensors.torch import save_file

    model = build("vit_tiny_patch16_224")
    pixels = torch.randn(1, 3, 32, 48)
    plain = load_pretrained(save(model, tmp_path / "bin", safe=False))
    assert (tmp_path / "bin" / "pytorch_model.bin").is_file()
    wrapped = save(model, tmp_path / "wrapped")
    hub = json.loads((wrapped / "config.json").read_text())
    (wrapped / "config.json").write_text(json.dumps({**hub, "model_type": "timm_wrapper"}))
    save_file({f"timm_model.{key}": value for key, value in model.state_dict().items()}, wrapped / "model.safetensors")
    torch.testing.assert_close(load_pretrained(wrapped)(pixels), plain(pixels), atol=0, rtol=0)


def test_classes_are_named_as_the_file_names_them(tmp_path: Path) -> None:
    folder = save(build("vit_tiny_patch16_224"), tmp_path)
    hub = json.loads((folder / "config.json").read_text())
    hub |= {"label_names": ["n1", "n2", "n3"], "label_descriptions": {"n1": "ant", "n2": "bee"}}
    (folder / "config.json").write_text(json.dumps(hub))
    assert load_pretrained(folder).config.labels == ("ant", "bee", "n3")
    hub["label_names"] = ["n1"]
    (folder / "config.json").write_text(json.dumps(hub))
    with pytest.raises(CheckpointError, match="1 names for num_classes 3"):
        load_pretrained(folder)


@pytest.mark.slow
def test_the_table_of_names_is_timms() -> None:
    """Made again with ``python -m tests.support.timm_names`` when timm adds a name."""
    import timm

    assert timm_names.FILE.read_text(encoding="utf-8") == timm_names.written(timm_names.by_name())
    assert timm.__version__ in timm_names.FILE.read_text(encoding="utf-8").partition("\n")[0]
    assert (len(OPENED), len(NAMES)) == (262, 292), "as README says"
