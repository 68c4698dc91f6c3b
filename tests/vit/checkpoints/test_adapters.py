"""LoRA adapters as PEFT saves them, merged into their base: the same numbers as PEFT's own merged model gives."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from torch import nn

from tests.support.families import CASES, Case, randomise
from tests.support.hub_server import Hub
from vit import ViT, load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.inspection import inspect

QV = ["q_proj", "v_proj"]


def adapted(module: Any, folder: Path, **options: Any) -> Any:
    """``module`` with a random adapter, saved in ``folder``, merged by PEFT."""
    from peft import LoraConfig, get_peft_model

    torch.manual_seed(3)
    wrapped = get_peft_model(module, LoraConfig(**{"r": 4, "lora_alpha": 12, "target_modules": QV, **options}))
    with torch.no_grad():
        for parameter in wrapped.parameters():
            if parameter.requires_grad:
                parameter.normal_(std=0.2)
    wrapped.save_pretrained(folder)
    return wrapped.merge_and_unload().eval()


def base_and_adapter(case: Case, folder: Path, original: bool = True, **options: Any) -> Any:
    """The base in ``folder/base``, the adapter in ``folder/adapter``; what PEFT makes of both."""
    case.save(folder / "base", save_original_format=original)
    return adapted(case.build(), folder / "adapter", **options)


def same(model: ViT, theirs: nn.Module, read: Callable[[Any], torch.Tensor]) -> None:
    torch.manual_seed(1)
    pixels = torch.randn(2, 3, *model.config.image_size)
    with torch.inference_mode():
        out = theirs(pixels, output_hidden_states=True)
    trace = model.trace(pixels)
    for block, hidden in zip(trace.blocks[:-1], out.hidden_states[1:-1], strict=True):
        torch.testing.assert_close(block.resid_post, hidden, atol=1e-5, rtol=1e-5)
    ours = trace.pooled if trace.logits is None else trace.logits
    torch.testing.assert_close(ours, read(out), atol=1e-5, rtol=1e-5)


READ: dict[str, Callable[[Any], torch.Tensor]] = {
    "ViT classifier": lambda out: out.logits,
    "DINOv2": lambda out: out.last_hidden_state[:, 0],
    "DINOv2 SwiGLU": lambda out: out.last_hidden_state[:, 0],
    "CLIP vision": lambda out: out.pooler_output,
    "SigLIP vision": lambda out: out.pooler_output,
}


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("ViT classifier", {}),
        (
            "ViT classifier",
            {"use_rslora": True, "alpha_pattern": {"v_proj": 3}, "rank_pattern": {"layers.1.*q_proj": 2}},
        ),
        ("ViT classifier", {"bias": "all", "target_modules": ["k_proj", "fc1"]}),
        ("ViT classifier", {"bias": "lora_only", "modules_to_save": ["classifier", "layernorm_after"]}),
        ("DINOv2", {"target_modules": "all-linear", "bias": "lora_only"}),
        ("DINOv2 SwiGLU", {"target_modules": ["up_proj", "down_proj"], "modules_to_save": ["gate_proj"]}),
        ("CLIP vision", {"target_modules": [*QV, "patch_embedding", "position_embedding"]}),
        ("SigLIP vision", {"target_modules": ["k_proj", "fc2"], "modules_to_save": ["post_layernorm"]}),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.parametrize("original", [True, False], ids=["hub", "memory"])
@pytest.mark.slow  # PEFT takes ten seconds to import
def test_equal_to_what_peft_merges(name: str, options: dict[str, Any], original: bool, tmp_path: Path) -> None:
    theirs = base_and_adapter(CASES[name], tmp_path, original, **options)
    same(load_pretrained(tmp_path / "adapter", base=tmp_path / "base"), theirs, READ[name])


@pytest.mark.slow
def test_names_of_older_versions_of_transformers(tmp_path: Path) -> None:
    theirs = base_and_adapter(CASES["ViT classifier"], tmp_path, original=False, bias="lora_only")
    older = {"layers.": "encoder.layer.", "q_proj": "attention.query", "v_proj": "attention.value"}
    file = tmp_path / "adapter" / "adapter_model.safetensors"
    renamed = {}
    for key, tensor in load_file(file).items():
        for new, old in older.items():
            key = key.replace(new, old)
        renamed[key] = tensor
    save_file(renamed, file)
    same(load_pretrained(tmp_path / "adapter", base=tmp_path / "base"), theirs, READ["ViT classifier"])


@pytest.mark.slow
@pytest.mark.parametrize("base", ["ViT with pooler", "ViT classifier"], ids=["no head", "another head"])
def test_a_head_of_its_own(base: str, tmp_path: Path) -> None:
    CASES[base].save(tmp_path / "base")
    model = CASES["ViT classifier"].build()
    model.classifier = randomise(nn.Linear(32, 5))
    model.vit.load_state_dict(getattr(CASES[base].build(), "vit", CASES[base].build()).state_dict(), strict=False)
    theirs = adapted(model, tmp_path / "adapter", modules_to_save=["classifier"])
    ours = load_pretrained(tmp_path / "adapter", base=tmp_path / "base")
    assert ours.config.labels == tuple(f"LABEL_{i}" for i in range(5))
    same(ours, theirs, READ["ViT classifier"])
    assert ours.notes == (
        f"LoRA, rank 4, on q_proj and v_proj of 3 blocks, merged into {tmp_path / 'base'}.",
        "Taken whole from the adapter, in the place of the base's: classifier.",
    )


@pytest.mark.slow
def test_the_half_that_reads_text_may_change_too(tmp_path: Path) -> None:
    theirs = base_and_adapter(CASES["CLIP"], tmp_path)
    model = load_pretrained(tmp_path / "adapter", base=tmp_path / "base")
    same(model, theirs.vision_model, READ["CLIP vision"])
    assert model.notes[1].startswith("2 of the adapter's changes are to parts of ")


@pytest.mark.slow
@pytest.mark.parametrize("fan_in_fan_out", [False, True])
def test_on_a_file_in_timms_names(fan_in_fan_out: bool, tmp_path: Path) -> None:
    import timm

    module = randomise(timm.create_model("vit_tiny_patch16_224", img_size=32, patch_size=8, num_classes=3, depth=2))
    torch.save(module.state_dict(), tmp_path / "base.pth")
    theirs = adapted(module.eval(), tmp_path / "adapter", target_modules=["qkv", "fc2"], modules_to_save=["head"])
    if fan_in_fan_out:  # A and B of the weight turned round
        edit(tmp_path / "adapter", fan_in_fan_out=True)
        file = tmp_path / "adapter" / "adapter_model.safetensors"
        found = load_file(file)
        turned = {
            key: found[key.replace("A", "#").replace("B", "A").replace("#", "B")].mT for key in found if "lora" in key
        }
        save_file({key: turned.get(key, found[key]).contiguous() for key in found}, file)
    model = load_pretrained(tmp_path / "adapter", base=tmp_path / "base.pth")
    pixels = torch.randn(2, 3, 32, 32)
    torch.testing.assert_close(model.trace(pixels).logits, theirs(pixels), atol=1e-5, rtol=1e-5)
    assert "norm_eps=1e-06 is a guess" in " ".join(model.notes)


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"bias": "lora_only", "alpha_pattern": {"encoder_layer_1.self_attention": 3}},
        {"target_modules": ["self_attention", "mlp.0"], "use_rslora": True, "modules_to_save": ["head"]},
    ],
    ids=str,
)
def test_on_torchs_own_attention_of_torchvision(options: dict[str, Any], tmp_path: Path) -> None:
    """PEFT puts one A and B on q, k and v joined, and others on the layer behind them."""
    from torchvision.models.vision_transformer import VisionTransformer

    torch.manual_seed(0)
    module = randomise(VisionTransformer(32, 8, 3, 4, 64, 96, num_classes=3).eval())
    torch.save(module.state_dict(), tmp_path / "base.pth")
    theirs = adapted(module, tmp_path / "adapter", **{"target_modules": ["self_attention"], **options})
    model = load_pretrained(tmp_path / "adapter", base=tmp_path / "base.pth", heads=4)
    pixels = torch.randn(2, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(model.trace(pixels).logits, theirs(pixels), atol=1e-5, rtol=1e-5)
    assert model.notes[0].startswith("LoRA, rank 4, on ")
    assert "out_proj" in model.notes[0]
    assert "of 3 blocks" in model.notes[0]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["both halves", "the picture half"])
def test_on_torchs_own_attention_of_openclip(part: str, tmp_path: Path) -> None:
    from open_clip.model import CLIP

    shape = {"image_size": 32, "patch_size": 8, "width": 64, "layers": 2, "head_width": 16}
    torch.manual_seed(0)
    module = randomise(CLIP(24, shape, {"width": 64, "heads": 2, "layers": 2, "vocab_size": 64})).eval()
    torch.save(module.state_dict(), tmp_path / "base.pt")
    whole = part == "both halves"
    theirs = adapted(module if whole else module.visual, tmp_path / "adapter", target_modules=["attn", "c_fc"])
    model = load_pretrained(tmp_path / "adapter", base=tmp_path / "base.pt", heads=4)
    pixels = torch.randn(2, 3, 32, 32)
    visual = theirs.visual if whole else theirs
    visual.proj = None
    with torch.inference_mode():
        torch.testing.assert_close(model.trace(pixels).pooled, visual(pixels), atol=1e-5, rtol=1e-5)
    assert model.notes[0].startswith("LoRA, rank 4, on out_proj, attn and c_fc of 2 blocks, merged into ")
    assert "counts twice" in model.notes[1]
    assert model.notes[2].startswith("6 of the adapter's changes are to parts of ") == whole


def edit(folder: Path, **changes: Any) -> None:
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A base, and an adapter of rank 4 on the queries of its first block, as PEFT writes it."""
    folder = tmp_path_factory.mktemp("pair")
    CASES["ViT classifier"].save(folder / "base")
    (folder / "adapter").mkdir()
    said = {"peft_type": "LORA", "r": 4, "lora_alpha": 12, "base_model_name_or_path": None}
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps(said))
    layer = "base_model.model.vit.layers.0.attention.q_proj"
    halves = {f"{layer}.lora_A.weight": torch.randn(4, 32), f"{layer}.lora_B.weight": torch.randn(32, 4)}
    save_file(halves, folder / "adapter" / "adapter_model.safetensors")
    return folder


@pytest.fixture
def folder(pair: Path, tmp_path: Path) -> Path:
    """A copy of the pair that a test may change."""
    return Path(shutil.copytree(pair, tmp_path / "copy"))


def test_added_is_alpha_over_rank_times_b_times_a(folder: Path) -> None:
    a, b = load_file(folder / "adapter" / "adapter_model.safetensors").values()
    base, model = load_pretrained(folder / "base"), load_pretrained(folder / "adapter", base=folder / "base")
    for name, tensor in model.state_dict().items():
        expected = base.state_dict()[name].clone()
        if name == "blocks.0.attention.qkv.weight":
            expected[:32] += 12 / 4 * b @ a
        torch.testing.assert_close(tensor, expected, atol=1e-5, rtol=1e-5)
    assert model.notes == (f"LoRA, rank 4, on q_proj of 1 block, merged into {folder / 'base'}.",)


@pytest.mark.parametrize("where", ["named", "beside", "one folder", "its file"])
def test_where_the_base_is_looked_for(where: str, folder: Path) -> None:
    adapter, expected = folder / "adapter", load_pretrained(folder / "adapter", base=folder / "base").state_dict()
    if where == "one folder":
        for file in (folder / "base").iterdir():
            file.rename(adapter / file.name)
    else:
        edit(adapter, base_model_name_or_path=str(folder / "base") if where != "beside" else "/home/alice/models/base/")
    found = load_pretrained(adapter / "adapter_model.safetensors" if where == "its file" else adapter)
    for name, tensor in found.state_dict().items():
        assert torch.equal(tensor, expected[name]), name
    assert inspect(adapter).opens


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({}, r"does not say which model it changes: say it by base="),
        ({"base_model_name_or_path": "google/vit-base"}, r"open google/vit-base first .* or put its folder beside"),
        ({"peft_type": "LOHA"}, r"peft_type is 'LOHA'"),
        ({"peft_type": None}, r"peft_type is None"),
        ({"use_dora": True}, r"LoRA with use_dora"),
        ({"init_lora_weights": "pissa_niter_4"}, r"'pissa_niter_4', changed the base's own weights"),
        ({"lora_alpha": "16"}, r"lora_alpha is '16', not a number"),
        ({"use_rslora": 1}, r"use_rslora is 1, not true or false"),
        ({"alpha_pattern": {"(a|a)*(b|b)*": 1}}, r"no simple name of layers"),
        ({"alpha_pattern": {"[": 1}}, r"no pattern of names"),
        ({"alpha_pattern": [1]}, r"alpha_pattern is \[1\]"),
    ],
    ids=str,
)  # fmt: skip
def test_what_cannot_be_merged_is_said(changes: dict[str, Any], says: str, folder: Path) -> None:
    edit(folder / "adapter", **changes)
    (folder / "base").rename(folder / "elsewhere")
    with pytest.raises(CheckpointError, match=says):
        load_pretrained(folder / "adapter")


@pytest.mark.parametrize(
    ("key", "tensor", "says"),
    [
        ("vit.layers.0.attention.q_proj.lora_A.weight", torch.zeros(3, 32), r"A \(3, 32\) and B \(32, 4\) do not fit"),
        ("vit.layers.0.attention.q_proj.lora_A.weight", torch.zeros(4, 10**6), r"by \(32, 1000000\), which is"),
        ("vit.layers.0.attention.q_proj.lora_A.weight", torch.full((4, 32), torch.nan), r"holds 128 of 128 numbers"),
        ("vit.layers.0.attention.x_proj.lora_A.weight", torch.zeros(4, 32), r"of .*x_proj it holds A alone"),
        ("vit.layers.0.attention.q_proj.lora_magnitude_vector", torch.zeros(32), r"no part of a LoRA"),
        ("vit.layers.7.norm.weight", torch.zeros(32), r"layers\.7\.norm\.weight, for which a ViT .* no use"),
        ("vit.layers.0.layernorm_after.weight", torch.zeros(5), r"makes \(5,\), not \(32,\)"),
    ],
    ids=range(7),
)  # fmt: skip
def test_tensors_that_fit_nothing_are_named(key: str, tensor: torch.Tensor, says: str, folder: Path) -> None:
    file = folder / "adapter" / "adapter_model.safetensors"
    save_file({**load_file(file), f"base_model.model.{key}": tensor}, file)
    with pytest.raises(CheckpointError, match=says):
        load_pretrained(folder / "adapter", base=folder / "base")


def test_layers_that_the_base_has_not_are_named(folder: Path) -> None:
    file = folder / "adapter" / "adapter_model.safetensors"
    save_file({key.replace("q_proj", "w_proj"): tensor for key, tensor in load_file(file).items()}, file)
    with pytest.raises(CheckpointError, match=r"changes .*w_proj\.weight, which a ViT .* has not"):
        load_pretrained(folder / "adapter", base=folder / "base")


def test_what_the_inspector_says(folder: Path) -> None:
    found = inspect(folder / "adapter")
    assert (found.scheme, found.opens, found.facts["ranks"]) == ("an adapter (LoRA) of PEFT's", False, "4")
    assert "say it by base=" in found.advice
    edit(folder / "adapter", base_model_name_or_path=str(folder / "base"))
    assert inspect(folder / "adapter").facts["blocks"] == "3"


def test_an_adapter_of_the_hub_is_fetched_and_its_base_is_not(hub: Hub, tmp_path: Path) -> None:
    """Small as it is, it comes at once; hundreds of megabytes come when somebody asks for them."""
    theirs = base_and_adapter(CASES["ViT classifier"], tmp_path)
    said = json.loads((tmp_path / "adapter" / "adapter_config.json").read_text())
    (tmp_path / "adapter" / "adapter_config.json").write_text(
        json.dumps({**said, "base_model_name_or_path": "someone/base"})
    )
    hub.models = {**hub.models, "someone/base": tmp_path / "base", "someone/lora": tmp_path / "adapter"}
    with pytest.raises(CheckpointError, match="open someone/base first"):
        load_pretrained("someone/lora")
    load_pretrained("someone/base")
    hub.log.clear()
    same(load_pretrained("someone/lora"), theirs, READ["ViT classifier"])
    assert not hub.log, "both are there"
