"""Files of checkpoints in all their forms: sharded, pickled, of half precision, our own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.support.checkpoints import edit_weights
from tests.support.families import CASES
from tests.support.models import SMALL, random_model
from vit import ViT, load_pretrained
from vit.checkpoints.loading import save_pretrained
from vit.pictures.preprocess import Preprocessing


def same(one: ViT, other: ViT) -> bool:
    states = one.state_dict(), other.state_dict()
    return states[0].keys() == states[1].keys() and all(torch.equal(v, states[1][k]) for k, v in states[0].items())


def test_sharded_weights_are_the_same_weights(original: Path, tmp_path: Path) -> None:
    CASES["ViT classifier"].save(tmp_path, max_shard_size="30KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 2
    assert same(load_pretrained(tmp_path), load_pretrained(original))


@pytest.mark.parametrize("zipped", [True, False], ids=["new", "before torch 1.6"])
def test_a_pickle_of_tensors_is_the_same_weights(folder: Path, original: Path, zipped: bool) -> None:
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
    assert same(load_pretrained(folder), load_pretrained(original))


def test_sharded_pickles_are_the_same_weights(folder: Path, original: Path) -> None:
    state = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    names = sorted(state)
    parts = {"a.bin": names[: len(names) // 2], "b.bin": names[len(names) // 2 :]}
    for file, keys in parts.items():
        torch.save({key: state[key] for key in keys}, folder / file)
    index = {"weight_map": {key: file for file, keys in parts.items() for key in keys}}
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps(index))
    assert same(load_pretrained(folder), load_pretrained(original))


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_files_are_computed_in_full(folder: Path, original: Path, dtype: torch.dtype) -> None:
    edit_weights(folder, lambda state: state.update({key: value.to(dtype) for key, value in state.items()}))
    model = load_pretrained(folder)
    assert {parameter.dtype for parameter in model.parameters()} == {torch.float32}
    expected = load_pretrained(original).state_dict()
    for name, value in model.state_dict().items():
        torch.testing.assert_close(value, expected[name].to(dtype).float())


def test_a_whole_clip_gives_its_picture_half(tmp_path: Path) -> None:
    """Also one of the old kind, whose counters stand beside the weights."""
    folder = CASES["CLIP"].save(tmp_path)
    model = load_pretrained(folder)
    counters = {f"{half}.embeddings.position_ids": torch.arange(17)[None] for half in ("vision_model", "text_model")}
    edit_weights(folder, lambda state: state.update(counters))
    assert same(load_pretrained(folder), model)


@pytest.mark.parametrize("name", SMALL)
def test_our_own_format_comes_back_as_it_went(name: str, tmp_path: Path) -> None:
    model = random_model(SMALL[name])
    save_pretrained(model, tmp_path)
    loaded = load_pretrained(tmp_path)
    assert (loaded.config, loaded.preprocessing) == (model.config, model.preprocessing)
    assert same(loaded, model)


def test_a_loaded_model_can_be_saved_in_our_own_format(original: Path, tmp_path: Path) -> None:
    model = load_pretrained(original)
    save_pretrained(model, tmp_path)
    assert same(load_pretrained(tmp_path), model)
    assert load_pretrained(tmp_path).config.labels == ("ant", "bee", "cat")


def test_without_a_recipe_pictures_are_squashed_to_the_trained_size(original: Path) -> None:
    assert not (original / "preprocessor_config.json").exists()
    assert load_pretrained(original).preprocessing == Preprocessing(
        size=(32, 32), resample=2, mean=(0.5, 0.5, 0.5), std=(0.5, 0.5, 0.5)
    )
