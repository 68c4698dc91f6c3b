"""The inspector: every tensor once, blocks that are alike in one, what is missing and unknown by name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from tests.support.bare_files import clip, dinov2, of_timm, of_torchvision
from tests.support.checkpoints import edit_weights
from tests.support.places import BUNDLED
from vit.checkpoints.grouping import groups
from vit.checkpoints.inspection import inspect
from vit.checkpoints.stored import Stored
from vit.inspect import main


def stored(*shape: int, kind: str = "float32") -> Stored:
    return Stored(shape, kind, 4 * torch.Size(shape).numel(), lambda: torch.zeros(shape))


def test_blocks_that_are_alike_are_one_group() -> None:
    table = {"cls": stored(1, 4), "patch_embed.proj.weight": stored(4, 3, 2, 2)}
    table |= {f"blocks.{i}.norm.weight": stored(4) for i in (1, 0, 2)}
    table |= {"blocks.3.norm.weight": stored(5), "blocks.5.norm.weight": stored(5), "norm.weight": stored(4)}
    found = [(group.name, group.alike, group.parameters, group.bytes) for group in groups(table)]
    assert found == [
        ("cls", 1, 4, 16),
        ("patch_embed", 1, 48, 192),
        ("blocks 0-2, 3 alike", 3, 12, 48),
        ("blocks 3", 1, 5, 20),
        ("blocks 5", 1, 5, 20),
        ("norm", 1, 4, 16),
    ]


@pytest.mark.parametrize(
    ("key", "name", "rest"),
    [
        ("teacher.blocks.1.12.attn.qkv.weight", "teacher.blocks 12", "attn.qkv.weight"),
        ("encoder.layers.encoder_layer_3.mlp.0.weight", "encoder.layers.encoder_layer 3", "mlp.0.weight"),
        ("visual.transformer.resblocks.7.ln_1.bias", "visual.transformer.resblocks 7", "ln_1.bias"),
        ("vit.encoder.layer.0.output.dense.bias", "vit.encoder.layer 0", "output.dense.bias"),
        ("layer1.0.conv1.weight", "layer1.0", "layer1.0.conv1.weight"),
        ("a\x1b[31m\nb.c", "a?[31m?b", "a?[31m?b.c"),
    ],
)
def test_where_a_block_begins(key: str, name: str, rest: str) -> None:
    (group,) = groups({key: stored(3)})
    assert (group.name, group.rows[0].name) == (name, rest)


def test_every_tensor_of_a_file_is_counted_once(tmp_path: Path) -> None:
    theirs = of_timm(embed_dim=128, num_heads=2, num_classes=7)
    torch.save({"model": theirs.state, "optimizer": {"state": {0: {"m": torch.ones(5)}}}}, tmp_path / "model.pth")
    found = inspect(tmp_path / "model.pth")
    numbers = sum(value.numel() for value in theirs.state.values()) + 5
    assert found.tensors == len(theirs.state) + 1
    assert found.parameters == numbers == sum(group.parameters for group in found.groups)
    assert found.bytes == 4 * numbers == sum(group.bytes for group in found.groups)
    assert sum(group.alike * len(group.rows) for group in found.groups) == found.tensors
    assert "model.blocks 0-2, 3 alike" in {group.name for group in found.groups}
    assert found.facts["hidden size"] == "128"
    assert (found.facts["blocks"], found.facts["heads"], found.facts["classes"]) == ("3", "2", "7")
    assert (found.facts["patch size"], found.facts["picture size"]) == ("8", "32 × 32")
    assert found.opens


def test_each_scheme_is_named(tmp_path: Path) -> None:
    for name, state, said in (
        ("dinov2", dinov2(of_timm("vit_small_patch14_reg4_dinov2"), registers=4), "DINOv2 of its authors"),
        ("clip", clip(of_timm("vit_base_patch16_clip_224")), "CLIP in its authors' and OpenCLIP's names"),
        ("torchvision", of_torchvision().state, "torchvision's VisionTransformer"),
    ):
        torch.save(state, tmp_path / f"{name}.pth")
        found = inspect(tmp_path / f"{name}.pth")
        assert (found.scheme, found.opens, found.missing, found.unknown) == (said, True, (), ())
    assert inspect(tmp_path / "dinov2.pth").facts["prefix tokens"] == "5, 4 of them registers"
    assert inspect(tmp_path / "clip.pth").left_out == {"leads into the space shared with text": 1}


def test_what_is_missing_and_what_is_unknown_are_named(tmp_path: Path) -> None:
    state = dict(of_timm().state)
    del state["blocks.1.attn.proj.bias"]
    state["blocks.0.lora.weight"] = torch.ones(2)
    torch.save(state, tmp_path / "model.pth")
    found = inspect(tmp_path / "model.pth")
    assert (found.missing, found.unknown, found.opens) == (
        ("blocks.1.attn.proj.bias",),
        ("blocks.0.lora.weight",),
        False,
    )
    assert "blocks.1.attn.proj.bias" in found.advice
    del state["blocks.0.norm2.weight"]
    torch.save(state, tmp_path / "model.pth")
    found = inspect(tmp_path / "model.pth")
    assert (found.missing, found.facts) == (("blocks.{i}.norm2.weight",), {"part of its names that are there": "83%"})


def test_a_folder_is_held_against_its_config(folder: Path) -> None:
    found = inspect(folder)
    assert (found.scheme, found.opens, found.facts["classes"]) == ("ViT", True, "3")
    edit_weights(folder, lambda state: [state.pop("classifier.bias"), state.update({"adapter.weight": torch.ones(2)})])
    found = inspect(folder)
    assert (found.missing, found.unknown) == (("classifier.bias",), ("adapter.weight",))
    (folder / "config.json").write_text(json.dumps({"model_type": "swin"}))
    assert "swin" in inspect(folder).advice
    assert inspect(folder).tensors == found.tensors


def test_strangers_get_a_word_of_advice(tmp_path: Path) -> None:
    save_file({"base.layer.0.lora_A.weight": torch.ones(2)}, tmp_path / "adapter.safetensors")
    assert "LoRA" in inspect(tmp_path / "adapter.safetensors").advice
    torch.save({"conv1.weight": torch.ones(2), "fc.bias": torch.ones(1)}, tmp_path / "resnet.pth")
    assert "model_type" in inspect(tmp_path / "resnet.pth").advice
    torch.save({"epoch": 3}, tmp_path / "empty.pth")
    assert "no tensors" in inspect(tmp_path / "empty.pth").advice


def test_the_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main([str(BUNDLED)]) == 0
    out = capsys.readouterr().out
    assert "encoder.layer 0-11, 12 alike" in out
    assert "looks like: " in out
    assert out.strip().splitlines()[-1].startswith("→ It opens")
    torch.save({f"a{i}.x": torch.ones(1) for i in range(300)}, tmp_path / "model.pth")
    assert main([str(tmp_path / "model.pth")]) == 1
    assert "… and 100 more parts" in capsys.readouterr().out
    assert main([str(tmp_path / "model.pth"), "--json"]) == 1
    assert len(json.loads(capsys.readouterr().out)["groups"]) == 300
    (tmp_path / "model.pth").write_bytes(b"nothing")
    assert main([str(tmp_path / "model.pth")]) == 2
    assert main([str(tmp_path / "nowhere")]) == 2
    assert capsys.readouterr().err.count("\n") == 2


def test_numbers_that_cannot_be_used_do_not_open(tmp_path: Path) -> None:
    state = of_timm().state
    torch.save({**state, "norm.weight": state["norm.weight"] * torch.nan}, tmp_path / "model.pth")
    found = inspect(tmp_path / "model.pth")
    assert not found.opens
    assert "norm.weight in model.pth holds 64 of 64 numbers" in found.advice
