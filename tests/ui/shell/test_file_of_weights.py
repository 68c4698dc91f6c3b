"""A file of weights named in the dialog for more models: it opens with what was guessed, or shows what is in it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from tests.support.bare_files import of_timm
from tests.support.sessions import alone, captions, healthy, link, press, with_model, words


def named(path: Path) -> AppTest:
    """What the dialog says to a path."""

    def script(path: str) -> None:
        import streamlit as st

        from ui.shell import model_menu

        st.session_state.model = "the model in use"
        st.session_state.added = []
        model_menu._load(path)

    return healthy(AppTest.from_function(script, args=(str(path),), default_timeout=60).run())


def test_a_file_of_weights_opens_and_its_guesses_are_said(tmp_path: Path) -> None:
    torch.save({"teacher": of_timm().state}, tmp_path / "dino.pth")
    at = with_model(alone("patches"), tmp_path / "dino.pth")
    assert "dino.pth" in captions(at)
    assert "4 × 4 patches" in captions(at)
    assert "What its file does not say" in {expander.label for expander in at.expander}
    assert "norm_eps=1e-06 is a guess" in words(at)


def test_each_guess_can_be_answered_otherwise(tmp_path: Path) -> None:
    torch.save({"teacher": of_timm().state, "student": of_timm().state}, tmp_path / "dino.pth")
    at = with_model(alone("patches"), tmp_path / "dino.pth")
    heads = at.selectbox(key="untold_heads")
    assert (heads.value, heads.options) == (1, ["1", "2", "4", "8"])
    healthy(heads.set_value(4).run())
    assert at.session_state.model == f"{tmp_path / 'dino.pth'}?heads=4"
    assert at.session_state.added == [at.session_state.model]
    assert link(at)["model"] == at.session_state.model
    assert "dino.pth · heads=4" in captions(at).replace("\\", "")
    assert at.selectbox(key="untold_heads").value == 4
    assert "heads=4 is a guess" not in words(at)
    healthy(at.selectbox(key="untold_mean").set_value((0.5, 0.5, 0.5)).run())
    assert at.session_state.model.endswith("dino.pth?heads=4&mean=0.5,0.5,0.5")
    healthy(at.selectbox(key="untold_part").set_value("student").run())
    assert at.session_state.model.endswith("dino.pth?part=student")
    assert at.selectbox(key="untold_heads").value == 1


def test_verify_compares_a_file_with_the_library_whose_names_it_bears(tmp_path: Path) -> None:
    torch.save(of_timm().state, tmp_path / "model.pth")
    at = press(with_model(alone("verify"), f"{tmp_path / 'model.pth'}?heads=4"), "Compare now")
    assert at.status[0].label == "Compared with VisionTransformer."
    assert "agree" in at.success[0].value


def test_what_is_in_a_file_that_does_not_open(tmp_path: Path) -> None:
    state = dict(of_timm().state)
    del state["blocks.1.mlp.fc1.weight"]
    state["blocks.0.*bold*.weight"] = torch.ones(2)
    torch.save(state, tmp_path / "model.pth")
    at = named(tmp_path / "model.pth")
    assert "lacks blocks.1.mlp.fc1.weight" in words(at)
    assert [expander.label for expander in at.expander] == ["What is in it"]
    assert "| patch_embed | patch_embed.proj.weight | 64 × 3 × 8 × 8 | float32 | 49,152 |" in words(at)
    assert at.session_state.model == "the model in use"


@pytest.mark.parametrize("content", [b"", b"GGUF\0\0\0\0", b"PK\x03\x04"])
def test_a_file_that_cannot_be_read_at_all_gets_a_sentence_alone(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "model.pth").write_bytes(content)
    at = named(tmp_path / "model.pth")
    assert len(at.error) == 1
    assert not at.expander


def adapter(folder: Path) -> Path:
    """A LoRA adapter of the bundled model."""
    layer = "base_model.model.encoder.layer.0.attention.attention.query"
    said = {"peft_type": "LORA", "r": 2, "lora_alpha": 4, "base_model_name_or_path": "dinov2-small-imgfocus"}
    (folder / "adapter_config.json").write_text(json.dumps(said))
    halves = {f"{layer}.lora_A.weight": torch.ones(2, 384), f"{layer}.lora_B.weight": torch.ones(384, 2)}
    save_file(halves, folder / "adapter_model.safetensors")
    return folder


def test_an_adapter_opens_on_a_model_of_the_apps(tmp_path: Path) -> None:
    at = with_model(alone("verify"), adapter(tmp_path))
    assert "How it was opened" in {expander.label for expander in at.expander}
    assert "LoRA, rank 2, on query of 1 block, merged into dinov2-small-imgfocus." in words(at)


@pytest.mark.slow
def test_an_adapter_is_compared_with_what_peft_makes_of_the_model(tmp_path: Path) -> None:
    at = press(with_model(alone("verify"), adapter(tmp_path)), "Compare now")
    assert at.status[0].label == "Compared with Dinov2Model with PEFT's adapter."
    assert [message.value[:10] for message in at.success] == ["Both agree"]
