"""Names peeled off containers, step by step; and which scheme what is left follows."""

from __future__ import annotations

import pytest
import torch

from vit.checkpoints.peeling import choose, flat, inside, peel, prefixes, renamed, without_chunks
from vit.checkpoints.recognise import recognise
from vit.checkpoints.stored import Stored
from vit.families.bare import SCHEMES

ONE = Stored((1,), "float32", 4, lambda: torch.ones(1))


def own(*names: str) -> dict[str, str]:
    return {name: name for name in names}


def test_tables_within_tables_become_one() -> None:
    tree = {"model": {"a.b": ONE, "c": {"d": ONE}}, "epoch": 3, "args": None, "e": ONE}
    assert list(flat(tree)) == ["model.a.b", "model.c.d", "e"]


def test_a_step_takes_the_names_of_the_one_before_it() -> None:
    names = own("teacher.module.blocks.0.1.mlp.linear_1.weight", "student.x")
    steps = (inside("teacher.module."), without_chunks, renamed({"mlp.linear_1": "mlp.0"}))
    assert peel(names, steps) == {"blocks.1.mlp.0.weight": "teacher.module.blocks.0.1.mlp.linear_1.weight"}


def test_chunks_are_taken_off_blocks_alone() -> None:
    names = own("blocks.0.3.norm1.weight", "blocks.1.norm1.weight", "head.0.1.weight", "blocks.2.attn.0.1.weight")
    assert set(without_chunks(names)) == {
        "blocks.3.norm1.weight", "blocks.1.norm1.weight", "head.0.1.weight", "blocks.2.attn.0.1.weight",
    }  # fmt: skip
    with pytest.raises(ValueError, match="alike"):
        without_chunks(own("blocks.0.3.weight", "blocks.1.3.weight"))


def test_parts_of_names_are_replaced_as_whole_words() -> None:
    step = renamed({"gamma_1": "ls1.gamma", "mlp.linear_1": "mlp.0"})
    assert list(step(own("blocks.0.gamma_1", "gamma_10.x", "a.mlp.linear_1.bias", "xmlp.linear_1"))) == [
        "blocks.0.ls1.gamma", "gamma_10.x", "a.mlp.0.bias", "xmlp.linear_1",
    ]  # fmt: skip


def test_where_models_begin() -> None:
    names = ["cls", "teacher.cls", "student.backbone.cls", "student.acls", "teacher.cls.weight"]
    assert prefixes(names, "cls") == ["", "student.backbone.", "teacher."]


@pytest.mark.parametrize(
    ("found", "part", "chosen"),
    [
        (["model."], None, "model."),
        ([""], None, ""),
        (["student.backbone.", "teacher.backbone."], None, "teacher.backbone."),
        (["student.backbone.", "teacher.backbone."], "student", "student.backbone."),
        (["student.backbone.", "teacher.backbone."], "student.backbone", "student.backbone."),
        (["state_dict.", "state_dict_ema."], None, "state_dict_ema."),
        (["state_dict.", "state_dict_ema."], "state_dict", "state_dict."),
        (["model.", "model_ema.module."], None, "model_ema.module."),
        (["base_encoder.", "momentum_encoder."], None, None),
        (["teacher.", "ema."], None, None),
        (["student.", "teacher."], "tea", None),
    ],
)
def test_which_of_several_models_is_meant(found: list[str], part: str | None, chosen: str | None) -> None:
    if chosen is None:
        with pytest.raises(ValueError, match=r"part=…"):
            choose(found, part)
    else:
        assert choose(found, part) == chosen


@pytest.mark.parametrize("scheme", SCHEMES, ids=lambda scheme: scheme.family.name)
def test_a_scheme_is_recognised_by_its_signature(scheme) -> None:
    keys = [f"net.{key.replace('{i}', '0')}" for key in scheme.signature] + ["loss.weight"]
    best = recognise(keys)[0]
    assert (best.scheme, best.prefix, best.is_whole) == (scheme, "net.", True)
    assert best.beside(keys) == ["loss.weight"]
    keys.remove(next(key for key in keys if not key.endswith(f".{scheme.anchor}")))
    assert not [found for found in recognise(keys) if found.scheme == scheme and found.is_whole]


def test_nothing_is_recognised_in_what_is_no_vit() -> None:
    assert recognise(["conv1.weight", "layer1.0.conv1.weight", "fc.weight"]) == []
