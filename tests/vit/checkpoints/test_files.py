"""Reading a checkpoint: every form it comes in, strict both ways, one clear sentence for everything else."""

from __future__ import annotations

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.support.families import CASES
from tests.support.models import SMALL, random_model, saved_model
from vit import ViT, ViTConfig, load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.checkpoints.loading import save_pretrained
from vit.pictures.preprocess import Preprocessing

RAN = []  # what a pickle's code would add to, were it run


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return CASES["ViT classifier"].save(tmp_path_factory.mktemp("original"))


@pytest.fixture
def folder(original: Path, tmp_path: Path) -> Path:
    """A fresh copy of a good checkpoint, to be spoilt."""
    return Path(shutil.copytree(original, tmp_path / "model"))


def edit_config(folder: Path, **values: object) -> None:
    hub = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**hub, **values}))


def edit_weights(folder: Path, edit: Callable[[dict[str, torch.Tensor]], object]) -> None:
    state = load_file(folder / "model.safetensors")
    edit(state)
    save_file({key: value.contiguous() for key, value in state.items()}, folder / "model.safetensors")


def same(one: ViT, other: ViT) -> bool:
    states = one.state_dict(), other.state_dict()
    return states[0].keys() == states[1].keys() and all(torch.equal(v, states[1][k]) for k, v in states[0].items())


# --- the forms a checkpoint comes in ---------------------------------------------------------------------------


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


# --- what is refused, and the words that must be in the sentence ------------------------------------------------


def refused(folder: Path | str, *words: str) -> None:
    with pytest.raises(CheckpointError) as caught:
        load_pretrained(folder)
    message = str(caught.value)
    assert all(word in message for word in words), message
    assert "\n" not in message


KEY = "vit.encoder.layer.1.attention.attention.key.bias"


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


@pytest.mark.parametrize("model_type", ["swin", "resnet", "bert", "siglip2", None, 7])
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
        ({"size": {"shortest_edge": 16}, "crop_size": 32, "do_center_crop": True}, "32"),
        ({"do_rescale": False}, "colours"),
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
    (folder / "config.json").unlink()
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


class _Code:
    def __reduce__(self) -> tuple:
        return RAN.append, ("run",)


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
