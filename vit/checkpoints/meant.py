"""What a path stands for that somebody named: the model may be the folder around it, or the one file in it."""

from __future__ import annotations

from pathlib import Path

from vit.checkpoints import bare
from vit.checkpoints.files import WEIGHTS, CheckpointError, is_file, read_json, weight_files
from vit.checkpoints.lora import adapter_folder
from vit.families import family_for

CONFIG = "config.json"


def meant(path: Path) -> Path:
    """The folder with a model's files, or the file of weights alone, to which a path leads."""
    return adapter_folder(path) or _described(path) or bare.alone_in(path) or path


def _described(file: Path) -> Path | None:
    """The folder of a ``config.json``, or of weights beside one, that says what they are: guesses would be worse. None
    for other files, and where it names no family that is known."""
    folder = file.parent
    if not is_file(file) or not is_file(folder / CONFIG):
        return None
    try:
        if file.name not in (CONFIG, *WEIGHTS) and file not in (weight_files(folder) or ()):
            return None
        family_for(read_json(folder, CONFIG) or {}, str(folder))
    except CheckpointError:
        return folder if file.name == CONFIG else None
    return folder
