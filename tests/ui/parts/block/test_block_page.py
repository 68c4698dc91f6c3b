"""The page Block: any token, block and head; every kind of model shows the parts it has."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.models import SMALL, SMALL_AND_FAST
from tests.support.sessions import captions, healthy, opened, press, with_model, words

PAGE = "block"
HEADINGS = {
    "norm": "LayerNorm",
    "qkv": "Query, key and value",
    "mlp": "The MLP",
    "stream": "The residual stream",
    "parameters": "Where the parameters are",
}


def headings(at) -> list[str]:
    return [heading.value for heading in at.subheader]


def test_token_block_and_head_are_those_of_the_link_and_can_be_changed() -> None:
    at = opened(PAGE, layer="5", head="3", token="4-7")
    assert headings(at)[0] == "patch (4, 7) in block 5, number by number"
    press(at, "Follow CLS")
    assert headings(at)[0] == "CLS in block 5, number by number"
    at.session_state.layer, at.session_state.head = 2, 1
    healthy(at.run())
    assert headings(at)[0] == "CLS in block 2, number by number"
    healthy(at.segmented_control(key="part_menu").set_value("qkv").run())
    assert "CLS asks all 257 tokens in head 1." in captions(at)


def test_a_longer_vector_has_the_same_norm() -> None:
    at = opened(PAGE)
    healthy(at.select_slider(key="norm_factor").set_value(10.0).run())
    assert "x is **10 times** as long" in words(at)


def test_one_part_stands_at_a_time_and_the_link_names_it() -> None:
    at = opened(PAGE)
    assert headings(at)[1:] == ["LayerNorm: the same scale for every vector"]
    for part, heading in reversed(HEADINGS.items()):
        healthy(at.segmented_control(key="part_menu").set_value(part).run())
        assert at.query_params["part"] == part
        assert [shown.partition(":")[0] for shown in headings(at)[1:]] == [heading]
    assert headings(opened(PAGE, part="mlp"))[1:] == ["The MLP: 1,536 neurons"]
    assert headings(opened(PAGE, part="nonsense"))[1:] == ["LayerNorm: the same scale for every vector"]


@pytest.mark.parametrize("kind", ["query", "key", "value"])
def test_an_entry_of_each_vector_is_written_out(kind: str) -> None:
    at = opened(PAGE, head="2", part="qkv")
    healthy(at.segmented_control(key="entry_kind").set_value(kind).run())
    healthy(at.slider(key="entry_dimension").set_value(63).run())
    assert f"Entry 63 of the {kind} of head 2" in captions(at)


def test_a_neuron_is_opened_by_its_number() -> None:
    at = opened(PAGE, part="mlp")
    healthy(at.number_input(key="neuron_typed").set_value(1535).run())
    assert "How active neuron 1535 is on every patch" in captions(at)
    assert "one unit would raise **" in words(at), "the classes it favours"


@pytest.mark.parametrize("kind", SMALL_AND_FAST)
def test_every_kind_of_model_shows_the_parts_it_has(kind: str, small_folders: dict[str, Path]) -> None:
    at = with_model(opened(PAGE), small_folders[kind])
    config = SMALL[kind]
    titles, said = {}, {}
    for name, heading in HEADINGS.items():
        healthy(at.segmented_control(key="part_menu").set_value(name).run())
        titles[name], said[name] = headings(at)[1], words(at)
        assert titles[name].startswith(heading)
    assert ("LayerScale.**" in said["stream"]) == (config.layer_scale is not None)
    assert ("Rotary positions then turn" in said["qkv"]) == config.has("rotary")
    assert titles["mlp"] == f"The MLP: {config.mlp_width:,} neurons"
    assert ("silu" in said["mlp"]) == (config.activation == "swiglu")
    sums = "max" not in config.pooling  # a maximum rises by no sum
    assert ("one unit would raise" in said["mlp"]) == (config.n_classes > 0 and sums)
