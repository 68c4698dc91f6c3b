"""Open a file of weights that no ``config.json`` lies beside: its shape is read from its tensors' names and shapes.

What they cannot tell (heads, activation, eps, how pictures are read) is what such models usually have, or what the
person says. Each guess is a sentence in ``ViT.notes``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from vit.checkpoints import open_clip
from vit.checkpoints.files import Tensors, read_tree
from vit.checkpoints.filling import fill
from vit.checkpoints.peeling import choose, flat, inside, peel, without_chunks
from vit.checkpoints.recognise import Found, recognise
from vit.checkpoints.said import PICTURES, SAID, SHAPE
from vit.checkpoints.stored import Table
from vit.checkpoints.untold import questions
from vit.families import reading
from vit.families.bare import Guess
from vit.families.processors import preprocessing
from vit.model.config import ViTConfig
from vit.model.question import Question
from vit.model.vit import ViT
from vit.pictures.preprocess import Preprocessing

# What a person can do whose model's names do not tell all.
ANOTHER = 'where it is one of timm\'s, say which: "{file}?architecture=beit_base_patch16_224"'
FILES = (".pth", ".pt", ".bin", ".ckpt", ".safetensors")  # how such files are called


@dataclass(frozen=True)
class Opened:
    """What a file of weights turned out to hold. ``notes``: what was chosen, left out and guessed, a sentence each.
    ``questions``: what the file does not tell, by the names by which it can be said."""

    model: Found
    config: ViTConfig
    preprocessing: Preprocessing
    tensors: Tensors
    notes: tuple[str, ...]
    questions: Mapping[str, Question]


def alone_in(folder: Path) -> Path | None:
    """The one file of weights in a folder without a ``config.json``; None where there are several, or it has one. In
    OpenCLIP's layout its name says which."""
    if not folder.is_dir() or (folder / "config.json").is_file():
        return None
    if file := open_clip.weights_in(folder):
        return file
    files = [file for file in islice(folder.iterdir(), 100) if file.suffix in FILES and file.is_file()]
    return files[0] if len(files) == 1 else None


def read(file: Path, said: Mapping[str, Any]) -> Opened:
    """What the model in a file is, by what is ``said`` of it and lies beside it. ValueError as :func:`describe`."""
    beside = open_clip.said_beside(file)
    opened = describe(flat(read_tree(file)), file.name, {**beside, **said})
    return replace(opened, questions={name: asked for name, asked in opened.questions.items() if name not in beside})


def describe(table: Table, file: str, said: Mapping[str, Any]) -> Opened:
    """What the model among the tensors of ``file`` is. ``said``: values of ``SAID``. ValueError where there is none,
    or several."""
    if unknown := sorted(set(said) - set(SAID)):
        raise ValueError(f"{unknown[0]} is nothing that can be said of it: known are {', '.join(SAID)}")
    models = {one.prefix: one for one in recognise(table) if one.is_whole}
    if not models:
        why = "its names follow no scheme that is known, and no config.json says what it is"
        raise ValueError(f"{why}; {ANOTHER.format(file=file)}")
    found = models[choose(list(models), said.get("part"))]
    try:
        opened = _read(file, table, found, {key: value for key, value in said.items() if key != "part"})
    except KeyError as error:
        raise ValueError(f"it lacks {error.args[0]}") from None
    except (TypeError, IndexError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"its shapes, or what was said, are not those of a {found.scheme.title}: {error}") from None
    parts = tuple(prefix.rstrip(".") for prefix in models)
    which = {"part": Question(found.prefix.rstrip("."), "one of several in the file", parts)} if len(parts) > 1 else {}
    notes = (*_chosen(found, list(models), table), *opened.notes)
    return replace(opened, notes=notes, questions={**which, **opened.questions})


def build(opened: Opened) -> ViT:
    """The model itself. CheckpointError where its tensors do not fit, ValueError for a shape that cannot be."""
    with torch.device("meta"):
        model = ViT(opened.config, opened.preprocessing)
    fill(model, opened.model.scheme.family, opened.tensors)
    model.notes, model.questions = opened.notes, opened.questions
    return model.eval().requires_grad_(False)


def peeled(tree: Mapping[str, Any], file: str, part: str | None) -> Tensors:
    """A model's tensors by its own names, for somebody who says what it is. ValueError where there are several."""
    table = flat(tree)
    names = {key: key for key in table}
    containers = [f"{key}." for key, value in tree.items() if isinstance(value, Mapping) and flat(value)]
    found = recognise(table)
    if models := [one.prefix for one in found if one.share == found[0].share] or containers:
        names = dict(peel(names, (inside(choose(models, part)), without_chunks)))
    return Tensors({name: table[key] for name, key in names.items()}, file, told_by="what was said")


def as_config(file: Path, said: Mapping[str, Any]) -> tuple[dict[str, Any], Tensors]:
    """What a ``config.json`` would say of a file, by what a person says, and its weights; timm's classes are counted
    where they are not said. ValueError as :func:`peeled`."""
    weights = peeled(read_tree(file), file.name, said.get("part"))
    hub = {key: value for key, value in said.items() if key != "part"}
    if "architecture" in hub:
        head = weights.table.get("head.weight")
        hub.setdefault("num_classes", head.shape[0] if head and head.shape else 0)
    return hub, weights


def _read(file: str, table: Table, found: Found, said: dict[str, Any]) -> Opened:
    said = {key: tuple(value) if isinstance(value, list) else value for key, value in said.items()}
    said |= {key: reading.sides(said, key) for key in ("image_size", "size") if key in said}
    scheme = found.scheme
    shapes = {name: table[key].shape for name, key in found.names.items()}
    values = scheme.values(shapes, said)
    untold = {name: guess for name, guess in scheme.guesses(values, table).items() if name not in values}
    asked = {name: said[name] for name in SHAPE if name in said}
    config = ViTConfig(**values | {name: guess.value for name, guess in untold.items()} | asked)
    guesses = {name: guess for name, guess in untold.items() if name not in said}
    recipe, said_of_pictures = _pictures(found, config, said)
    otherwise = f"it has other layers than such a model; {ANOTHER.format(file=file)}"
    own = Tensors({name: table[key] for name, key in found.names.items()}, file, "these shapes", otherwise)
    notes = (*map(_guessed, guesses, guesses.values()), *_squares(config, said), said_of_pictures)
    return Opened(found, config, recipe, own, notes, questions(untold, scheme, config, recipe))


def _squares(config: ViTConfig, said: Mapping[str, Any]) -> tuple[str, ...]:
    """That the positions are those of a square is a guess where CLS would have one of them otherwise."""
    rows = config.grid[0] * config.grid[1]
    if "cls" not in config.prefix or config.positioned_prefix or "image_size" in said:
        return ()
    return (
        f"That CLS has no position of its own is a guess, because {rows} positions are a square: if there is one for "
        "CLS among them and pictures were not square, say image_size=(height, width).",
    )


def _pictures(found: Found, config: ViTConfig, said: Mapping[str, Any]) -> tuple[Preprocessing, str]:
    """How pictures are read, and a sentence about it."""
    usual, side = found.scheme.pictures, found.scheme.shown_at
    usual_size = (side, side) if side and side <= min(config.image_size) else config.image_size
    height, width = said.get("size", usual_size)
    if wrong := [name for name in ("mean", "std") if name in said and len(said[name]) != config.channels]:
        raise ValueError(f"{wrong[0]} is {said[wrong[0]]!r}, not a number for each of {config.channels} channels")
    squashed = usual["margin"] is None
    resize = said.get("resize", (height, width) if squashed else round(min(height, width) * usual["margin"]))
    recipe = {
        "size": {"shortest_edge": resize} if isinstance(resize, int) else {"height": resize[0], "width": resize[1]},
        "crop_size": {"height": height, "width": width},
        "do_center_crop": True,
        "resample": said.get("resample", usual["resample"]),
        "image_mean": said.get("mean", usual["mean"]),
        "image_std": said.get("std", usual["std"]),
    }
    left = [name for name in PICTURES if name not in said]
    sentence = f"How pictures are read ({', '.join(left)}) is a guess: what is usual for {found.scheme.title}."
    return preprocessing(recipe, "Bit", config), sentence if left else "How pictures are read was said."


def _guessed(name: str, guess: Guess) -> str:
    return f"{name}={guess.value!r} is a guess: {guess.why}."


def _chosen(found: Found, models: list[str], table: Table) -> tuple[str, ...]:
    """Where in the file the model stands, what of it is left out, and what lies beside it."""
    where = f" under {found.prefix.rstrip('.')}" if found.prefix else ""
    notes = [f"Read as {found.scheme.title}{where}."]
    if others := [prefix.rstrip(".") for prefix in models if prefix != found.prefix]:
        notes.append(f"Chosen of several: say part={others[0]!r} for {' or '.join(others)}.")
    left = [name for name in found.names if found.scheme.family.why_ignored(name)]
    if left:
        reasons = dict.fromkeys(str(found.scheme.family.why_ignored(name)) for name in left)
        notes.append(f"{len(left)} of its tensors are left out: {'; '.join(reasons)}.")
    if beside := found.beside(table):
        groups = list(dict.fromkeys(key.partition(".")[0] for key in beside))
        notes.append(f"Beside it and not shown: {len(beside)} tensors under {', '.join(groups[:5])}.")
    return tuple(notes)
