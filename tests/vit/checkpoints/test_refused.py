"""Checkpoints that cannot be loaded: each is refused in a sentence that names what is wrong."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import pytest
import torch

from tests.support.checkpoints import edit_config, edit_weights
from tests.support.families import CASES
from tests.support.models import saved_model
from vit import ViTConfig, load_pretrained
from vit.checkpoints.files import CheckpointError

RAN = []  # what a pickle's code would add to, were it run
KEY = "vit.encoder.layer.1.attention.attention.key.bias"


class _Code:
    def __reduce__(self) -> tuple:
        return RAN.append, ("run",)


def refused(folder: Path | str, *words: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        load_pretrained(folder)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


def test_a_missing_key_is_named(folder: Path) -> None:
    edit_weights(folder, lambda state: state.pop(KEY))
    refused(folder, "model.safetensors", KEY.removeprefix("vit."), "lacks")


def test_an_extra_key_is_named(folder: Path) -> None:
    edit_weights(folder, lambda state: state.update({"vit.encoder.layer.0.lora.weight": torch.zeros(2)}))
    refused(folder, "encoder.layer.0.lora.weight", "no use")


def test_blocks_that_config_json_does_not_know_are_named(folder: Path) -> None:
    edit_config(folder, num_hidden_layers=2)
    refused(folder, "encoder.layer.2.", "more", "no use")


def test_the_same_key_with_and_without_its_root_is_refused(folder: Path) -> None:
    edit_weights(folder, lambda state: state.update({KEY.removeprefix("vit."): torch.zeros(32)}))
    refused(folder, "twice")


def test_a_wrong_shape_is_named(folder: Path) -> None:
    edit_weights(folder, lambda state: state.update({"classifier.weight": torch.zeros(3, 31)}))
    refused(folder, "classifier.weight", "(3, 31)", "(3, 32)")


def test_shapes_that_cannot_be_joined_are_named(folder: Path) -> None:
    edit_weights(folder, lambda state: state.update({KEY: torch.zeros(2, 2)}))
    refused(folder, KEY.removeprefix("vit."), "(2, 2)")


def test_a_config_of_another_size_is_named(folder: Path) -> None:
    edit_config(folder, image_size=64)
    refused(folder, "embeddings.position_embeddings", "(17, 32)", "(65, 32)")


def test_quantised_weights_are_refused(folder: Path) -> None:
    edit_weights(folder, lambda state: state.update({KEY: torch.zeros(32, dtype=torch.int8)}))
    refused(folder, KEY, "int8", "quantised")


@pytest.mark.parametrize("model_type", ["swin", "resnet", "bert", "pixtral", 7])
def test_another_architecture_is_refused_by_name(folder: Path, model_type: object) -> None:
    edit_config(folder, model_type=model_type)
    refused(folder, repr(model_type), "dinov2")


@pytest.mark.parametrize(
    ("values", "word"),
    [
        ({"hidden_act": "relu6"}, "relu6"),
        ({"patch_size": 0}, "patch_size"),
        ({"patch_size": [8, 4]}, "8×4"),
        ({"patch_size": 64}, "larger"),
        ({"hidden_size": "wide"}, "hidden_size"),
        ({"num_attention_heads": 5}, "5 heads"),
        ({"num_hidden_layers": 10**9}, "1000000000"),
        ({"num_hidden_layers": 1000}, "1000 blocks"),
        ({"id2label": {"1": "bee"}}, "id2label"),
        ({"id2label": ["bee"]}, "config.json"),
        ({"layer_norm_eps": None}, "config.json"),
    ],
    ids=str,
)
def test_a_config_that_cannot_be_is_refused(folder: Path, values: dict, word: str) -> None:
    edit_config(folder, **values)
    refused(folder, "config.json", word)


@pytest.mark.parametrize(
    ("recipe", "word"),
    [
        ({"size": "big"}, "big"),
        ({"do_rescale": False}, "colours"),
        ({"rescale_offset": True}, "rescale_offset"),
        ({"do_pad": True, "pad_size": {"height": 300, "width": 300}}, "do_pad"),
        ({"image_processor_type": "PoolFormerImageProcessor"}, "PoolFormer"),
        ({"size": {"shortest_edge": 32}}, "do_center_crop"),
        ({"image_processor_type": "ConvNextImageProcessor", "crop_pct": 3}, "crop_pct"),
        ({"do_resize": False}, "do_resize"),
        ({"image_mean": 3}, "preprocessor_config.json"),
    ],
    ids=str,
)
def test_a_recipe_that_cannot_be_followed_is_refused(folder: Path, recipe: dict, word: str) -> None:
    (folder / "preprocessor_config.json").write_text(json.dumps(recipe))
    refused(folder, "preprocessor_config.json", word)


def test_a_classifier_that_cannot_be_shown_is_refused(tmp_path: Path) -> None:
    folder = CASES["CLIP vision"].save(tmp_path)
    edit_weights(folder, lambda state: state.update({"classifier.weight": torch.zeros(2, 32)}))
    refused(folder, "CLIP", "classifier")


def test_a_folder_without_config(folder: Path) -> None:
    """By names and shapes it opens, with guesses; where they say nothing, the sentence asks for the config."""
    (folder / "config.json").unlink()
    assert any("is a guess" in note for note in load_pretrained(folder, heads=4).notes)
    edit_weights(folder, lambda state: state.pop("vit.embeddings.cls_token"))
    refused(folder, str(folder), "config.json")


def test_a_folder_without_weights(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    refused(folder, str(folder), "model.safetensors", "pytorch_model.bin")


@pytest.mark.parametrize("text", ["{", "[]", "nonsense", '{"a": ' * 5000, "\xff\xfe"])
@pytest.mark.parametrize("name", ["config.json", "preprocessor_config.json"])
def test_json_that_is_none(folder: Path, name: str, text: str) -> None:
    (folder / name).write_text(text, encoding="latin-1")
    refused(folder, name)


def test_no_such_model() -> None:
    refused("no-such-model", "no-such-model", "dinov2-small-imgfocus")
    refused("../../etc", "../../etc")
    refused(Path("nowhere/at/all"), "nowhere")


@pytest.mark.parametrize("share", [0, 3, 0.5, 0.99])
def test_truncated_safetensors(folder: Path, share: float) -> None:
    file = folder / "model.safetensors"
    data = file.read_bytes()
    file.write_bytes(data[: int(share * len(data)) if isinstance(share, float) else share])
    refused(folder, "model.safetensors", "damaged")


def test_safetensors_with_a_mutated_header(folder: Path) -> None:
    """Bytes of the header changed at random: the same weights still, or a clear refusal; nothing else."""
    file = folder / "model.safetensors"
    data = bytearray(file.read_bytes())
    header = int.from_bytes(data[:8], "little")
    generator = torch.Generator().manual_seed(0)
    refusals = []
    for _ in range(150):
        changed = bytearray(data)
        for _ in range(3):
            at = int(torch.randint(8 + header, (), generator=generator))
            changed[at] = int(torch.randint(256, (), generator=generator))
        file.write_bytes(changed)
        try:
            load_pretrained(folder)
        except CheckpointError as error:
            refusals.append(str(error))
    assert len(refusals) > 100
    assert not [message for message in refusals if "\n" in message]


def test_a_note_of_git_lfs_instead_of_weights(folder: Path) -> None:
    (folder / "model.safetensors").write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n")
    refused(folder, "git lfs pull")


@pytest.mark.parametrize("zipped", [True, False])
def test_a_pickle_with_code_is_refused_and_not_run(folder: Path, zipped: bool) -> None:
    (folder / "model.safetensors").unlink()
    torch.save({"weight": _Code()}, folder / "pytorch_model.bin", _use_new_zipfile_serialization=zipped)
    refused(folder, "pytorch_model.bin", "run as code", "model.safetensors")
    assert not RAN


@pytest.mark.filterwarnings("ignore:Detected pickle protocol")
@pytest.mark.parametrize("content", [pickle.dumps(_Code()), b"", b"PK\x03\x04 broken", b"\x80\x02." * 9], ids=repr)
def test_a_file_that_is_no_pickle_of_tensors(folder: Path, content: bytes) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "pytorch_model.bin").write_bytes(content)
    refused(folder, "pytorch_model.bin")
    assert not RAN


@pytest.mark.parametrize("state", [[torch.zeros(1)], {"a": {"b": torch.zeros(1)}}, {"epoch": 3}, {3: torch.zeros(1)}])
def test_a_pickle_that_is_not_a_table_of_tensors(folder: Path, state: object) -> None:
    (folder / "model.safetensors").unlink()
    torch.save(state, folder / "pytorch_model.bin")
    refused(folder, "pytorch_model.bin", "table of tensors")


@pytest.mark.parametrize(
    ("index", "word"),
    [
        ({"weight_map": {"a": "model-1.safetensors"}}, "model-1.safetensors"),
        ({"weight_map": {"a": "../model.safetensors"}}, "index"),
        ({"weight_map": {}}, "index"),
        ({"weight_map": {"a": 3}}, "index"),
        ({}, "index"),
    ],
    ids=str,
)
def test_an_index_that_leads_nowhere(folder: Path, index: dict, word: str) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    refused(folder, word)


def test_our_own_config_with_a_word_too_many(tmp_path: Path) -> None:
    edit_config(saved_model(tmp_path), windows=7)
    refused(tmp_path, "config.json", "windows")


def test_a_model_of_many_blocks_is_built_from_the_files_alone(folder: Path) -> None:
    """Loading touches no random numbers: training that goes on beside it stays reproducible."""
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    load_pretrained(folder)
    assert torch.equal(torch.rand(3), expected)
    assert isinstance(load_pretrained(folder).config, ViTConfig)
