"""Pictures against text: the same logits as transformers' whole model, answered as it was trained."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from tests.support.families import CASES
from vit import load_pretrained
from vit.checkpoints.files import CheckpointError
from vit.reference.text_half import load_text_half, reads_text

WORDS = ["<end>", "<pad>", "a", "cat", "photo", "of", "rocket", "two", *(f"word{i}" for i in range(56))]
TEXTS = ["a photo of a cat", "two", "rocket"]


def save_tokenizer(folder: Path) -> None:
    """A tokenizer of a few words; like CLIP's it ends a text, like SigLIP's it pads."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<pad>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(single="$A <end>", special_tokens=[("<end>", 0)])
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", eos_token="<end>", unk_token="<pad>", model_max_length=12
    ).save_pretrained(folder)


@pytest.mark.parametrize("name", ["CLIP", "SigLIP"])
def test_logits_equal_transformers(name: str, tmp_path: Path) -> None:
    theirs = CASES[name].build()
    theirs.save_pretrained(tmp_path)
    save_tokenizer(tmp_path)
    model, text = load_pretrained(tmp_path), load_text_half(tmp_path)
    torch.manual_seed(0)
    pixels = torch.randn(2, 3, 32, 32)
    ours = text.logits(model.trace(pixels).pooled, TEXTS)

    padding = {"padding": "max_length", "max_length": 12} if name == "SigLIP" else {"padding": True}
    tokens = text.tokenizer(TEXTS, return_tensors="pt", **padding)
    mask = {} if name == "SigLIP" else {"attention_mask": tokens["attention_mask"]}
    with torch.inference_mode():
        expected = theirs(input_ids=tokens["input_ids"], pixel_values=pixels, **mask).logits_per_image
    torch.testing.assert_close(ours, expected, atol=1e-4, rtol=0)
    assert ours.std() > 1e-3, "the texts differ"

    probabilities = text.probabilities(model.trace(pixels).pooled, TEXTS)
    if name == "CLIP":
        torch.testing.assert_close(probabilities.sum(dim=-1), torch.ones(2))
    else:
        torch.testing.assert_close(probabilities, expected.sigmoid(), atol=1e-4, rtol=0)


def test_a_model_that_reads_no_text_says_so(tmp_path: Path) -> None:
    assert not reads_text("dinov2-small-imgfocus")
    with pytest.raises(CheckpointError, match="reads no text"):
        load_text_half("dinov2-small-imgfocus")
    folder = CASES["CLIP vision"].save(tmp_path)
    with pytest.raises(CheckpointError, match="reads no text"):
        load_text_half(folder)


def test_a_model_without_its_tokenizer_says_so(tmp_path: Path) -> None:
    folder = CASES["CLIP"].save(tmp_path)
    assert reads_text(folder)
    with pytest.raises(CheckpointError, match="tokenizer"):
        load_text_half(folder)


def test_what_training_wrapped_it_in_is_looked_through(tmp_path: Path) -> None:
    folder = CASES["CLIP"].save(tmp_path)
    save_tokenizer(folder)
    expected = load_text_half(folder).vectors(TEXTS)
    file = folder / "model.safetensors"
    weights = load_file(file)
    save_file({f"module.{key}": value for key, value in weights.items()}, file)
    again = load_text_half(folder)
    torch.testing.assert_close(again.vectors(TEXTS), expected, atol=1e-6, rtol=0)
    assert torch.equal(again.scale, weights["logit_scale"].exp())


@pytest.mark.parametrize("key", ["logit_scale", "text_model.encoder.layers.0.mlp.fc1.weight"])
def test_a_text_half_that_is_not_whole_says_so(key: str, tmp_path: Path) -> None:
    folder = CASES["CLIP"].save(tmp_path)
    save_tokenizer(folder)
    file = folder / "model.safetensors"
    save_file({name: value for name, value in load_file(file).items() if name != key}, file)
    with pytest.raises(CheckpointError, match=r"is not whole: .*missing"):
        load_text_half(folder)
