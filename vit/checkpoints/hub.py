"""Fetch a checkpoint from the Hugging Face Hub into the ordinary cache, where every other tool finds it.

huggingface_hub makes the requests: it reads ``HF_TOKEN``, ``HF_HUB_OFFLINE``, ``HF_ENDPOINT`` and
``HF_HOME``. The weights go through :mod:`vit.checkpoints.resumable` into the same cache, so that an
interrupted download goes on where it stopped. The library is imported inside functions, because a
bundled model needs none of it.
"""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

from vit.checkpoints import lora, resumable
from vit.checkpoints.files import RECIPES, WEIGHTS, CheckpointError, is_file, read_json, weight_files
from vit.families import family_for

Progress = Callable[[int, int, str], None]
_ID = re.compile(r"(?=.{3,96}$)[A-Za-z0-9](?:[\w.-]*\w)?/[A-Za-z0-9](?:[\w.-]*\w)?", re.ASCII)


def is_hub_id(name: str) -> bool:
    """Whether ``name`` can be a model's on the Hub: ``owner/model``."""
    return _ID.fullmatch(name) is not None and ".." not in name and "--" not in name and not name.endswith(".git")


def cached(hub_id: str) -> Path | None:
    """The folder of a model that lies complete in the cache, None for any other; never asks the network."""
    from huggingface_hub import try_to_load_from_cache

    for config in ("config.json", lora.CONFIG):
        found = try_to_load_from_cache(hub_id, config)
        if not isinstance(found, str):
            continue
        folder = Path(found).parent
        with suppress(CheckpointError):  # an index that was damaged later: it is fetched again
            files = lora.weight_files(folder) if config == lora.CONFIG else weight_files(folder)
            return folder if files and all(is_file(file) for file in files) else None
    return None


def download(hub_id: str, progress: Progress | None = None) -> Path:
    """The folder with a model's or an adapter's files, fetched if they are not in the cache.

    ``progress(done, total, file)`` is called with how many bytes of the weights are there; an exception
    it raises stops the download, and the next one goes on from there. CheckpointError says why a model
    cannot be had. How pictures are prepared for it belongs to it: only a model that lay here before does without.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    try:
        if is_new := (folder := cached(hub_id)) is None:
            folder = _fetch(hub_id, progress or (lambda done, total, file: None))
        for recipe in RECIPES:
            if try_to_load_from_cache(hub_id, recipe) is None:  # neither there nor known to be missing
                try:
                    with resumable.connection():
                        hf_hub_download(hub_id, recipe)
                except LocalEntryNotFoundError:  # the Hub does not answer
                    if is_new:
                        raise
                except EntryNotFoundError:
                    pass
        return folder
    except OSError as error:
        raise CheckpointError(_explain(hub_id, error)) from None


def _fetch(hub_id: str, progress: Progress) -> Path:
    from huggingface_hub import HfApi, hf_hub_download

    with resumable.connection():
        siblings = HfApi().model_info(hub_id, files_metadata=True, timeout=resumable.SECONDS).siblings or []
    sizes = {file.rfilename: file.size or 0 for file in siblings}
    config, known = ("config.json", WEIGHTS) if "config.json" in sizes else (lora.CONFIG, lora.FILES)
    if config not in sizes:
        raise CheckpointError(f"{hub_id} on the Hub has no config.json: choose a model in transformers' format.")
    with resumable.connection():
        folder = Path(hf_hub_download(hub_id, config)).parent
    if config != lora.CONFIG:
        family_for(read_json(folder, config) or {}, hub_id)  # before hundreds of megabytes are fetched
    weights = next((name for name in known if name in sizes), None)
    if weights is None:
        either = " nor ".join(name for name in known if not name.endswith(".json"))
        raise CheckpointError(f"{hub_id} on the Hub has neither {either}: choose another model.")
    names = [weights]
    if weights.endswith(".json"):  # an index of the files over which the weights are spread
        with resumable.connection():
            hf_hub_download(hub_id, weights)
        names = [file.name for file in weight_files(folder) or []]
    blobs = folder.parents[1] / "blobs"  # beside snapshots/<commit>
    total, before = sum(sizes.get(name, 0) for name in names), 0
    _check_room(hub_id, blobs, total)
    for name in names:
        resumable.fetch(hub_id, name, blobs, partial(_report, progress, before, total, name))
        with resumable.connection():
            hf_hub_download(hub_id, name)  # finds the blob and links it into the snapshot
        before += sizes.get(name, 0)
    return folder


def _report(progress: Progress, before: int, total: int, name: str, done: int) -> None:
    """``done`` bytes of a file as bytes of all the weights."""
    progress(before + done, total, name)


def _check_room(hub_id: str, blobs: Path, size: int) -> None:
    """CheckpointError where the disk is too small for what is not there yet."""
    missing = size - sum(file.stat().st_size for file in blobs.glob("*.partial"))
    free = shutil.disk_usage(blobs).free
    if free < missing:
        raise CheckpointError(
            f"{hub_id} needs {missing / 1e9:.2f} GB, on the disk of {blobs} are {free / 1e9:.2f} GB free: "
            "make room, or set HF_HOME to a larger disk."
        )


def _explain(hub_id: str, error: OSError) -> str:
    """One sentence about why a download failed, and what to do."""
    from huggingface_hub import errors

    status = getattr(getattr(error, "response", None), "status_code", None)
    if isinstance(error, errors.GatedRepoError):
        return (
            f"{hub_id} is gated: accept its licence at https://huggingface.co/{hub_id}, then set HF_TOKEN to a token "
            "of your account."
        )
    if isinstance(error, errors.RepositoryNotFoundError):
        return f"The Hub knows no model {hub_id}: check the spelling, or set HF_TOKEN if it is private."
    if isinstance(error, errors.OfflineModeIsEnabled):
        return f"{hub_id} is not on this machine and HF_HUB_OFFLINE forbids fetching it: unset it, or choose another."
    if error.errno == errno.ENOSPC:
        return f"The disk is full while downloading {hub_id}: make room and start again, it goes on where it stopped."
    if status is not None:
        return f"The Hub answered {status} when asked for {hub_id}: try again later."
    if error.errno is not None and error.filename:
        return f"{hub_id} cannot be written to {error.filename} ({error.strerror}): check the folder, or set HF_HOME."
    cause = type(error.__cause__ or error).__name__
    return (
        f"{hub_id} is not on this machine and the Hub cannot be reached ({cause}): check the network and start again, "
        "a download goes on where it stopped."
    )
