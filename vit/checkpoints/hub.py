"""Fetch a checkpoint from the Hugging Face Hub into the ordinary cache, where every other tool finds it.

huggingface_hub does the talking: it reads ``HF_TOKEN``, ``HF_HUB_OFFLINE``, ``HF_ENDPOINT`` and
``HF_HOME``. Only the weights take a way of their own into the same cache: its downloads start over
when they are interrupted, these go on where they stopped. The library is imported when it is needed,
since a bundled model needs none of it.
"""

from __future__ import annotations

import errno
import hashlib
import re
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vit.checkpoints.files import WEIGHTS, CheckpointError, is_file, read_json, weight_files
from vit.families import family_for

Progress = Callable[[int, int, str], None]
RECIPE = "preprocessor_config.json"
_ID = re.compile(r"(?=.{3,96}$)[A-Za-z0-9](?:[\w.-]*\w)?/[A-Za-z0-9](?:[\w.-]*\w)?", re.ASCII)
_SECONDS = 15  # how long the Hub may be silent before it counts as out of reach


def is_hub_id(name: str) -> bool:
    """Whether ``name`` can be a model's on the Hub: ``owner/model``."""
    return _ID.fullmatch(name) is not None and ".." not in name and "--" not in name and not name.endswith(".git")


def cached(hub_id: str) -> Path | None:
    """The folder of a model that lies complete in the cache, None for any other; never asks the network."""
    from huggingface_hub import try_to_load_from_cache

    config = try_to_load_from_cache(hub_id, "config.json")
    if not isinstance(config, str):
        return None
    folder = Path(config).parent
    with suppress(CheckpointError):  # an index that was damaged later: it is fetched again
        files = weight_files(folder)
        return folder if files and all(is_file(file) for file in files) else None
    return None


def download(hub_id: str, progress: Progress | None = None) -> Path:
    """The folder with a model's files, fetched if they are not in the cache.

    ``progress(done, total, file)`` is told how many bytes of the weights are there; an exception it
    raises stops the download, and the next one goes on from there. CheckpointError says why a model
    cannot be had.
    """
    from huggingface_hub import hf_hub_download, try_to_load_from_cache
    from huggingface_hub.errors import EntryNotFoundError, HfHubHTTPError

    http_error = HfHubHTTPError.__bases__[0]  # the root of the HTTP library's errors, whichever it is
    try:
        if (folder := cached(hub_id)) is None:
            folder = _fetch(hub_id, progress or (lambda done, total, file: None))
        if try_to_load_from_cache(hub_id, RECIPE) is None:  # neither there nor known to be missing
            with suppress(EntryNotFoundError):
                hf_hub_download(hub_id, RECIPE)
        return folder
    except (OSError, http_error) as error:
        raise CheckpointError(_explain(hub_id, error)) from None


def _fetch(hub_id: str, progress: Progress) -> Path:
    from huggingface_hub import HfApi, hf_hub_download

    found = HfApi().model_info(hub_id, files_metadata=True, timeout=_SECONDS).siblings or []
    sizes = {file.rfilename: file.size or 0 for file in found}
    if "config.json" not in sizes:
        raise CheckpointError(f"{hub_id} on the Hub has no config.json: choose a model in transformers' format.")
    folder = Path(hf_hub_download(hub_id, "config.json")).parent
    family_for(read_json(folder, "config.json") or {}, hub_id)  # before hundreds of megabytes are fetched
    weights = next((name for name in WEIGHTS if name in sizes), None)
    if weights is None:
        raise CheckpointError(f"{hub_id} on the Hub has neither {WEIGHTS[0]} nor {WEIGHTS[2]}: choose another model.")
    if weights.endswith(".json"):
        hf_hub_download(hub_id, weights)
    names = [file.name for file in weight_files(folder) or []] if weights.endswith(".json") else [weights]
    total, before = sum(sizes.get(name, 0) for name in names), 0
    _check_room(hub_id, total)
    for name in names:
        _fetch_resumable(hub_id, name, lambda done, name=name, before=before: progress(before + done, total, name))
        before += sizes.get(name, 0)
    return folder


def _fetch_resumable(hub_id: str, name: str, report: Callable[[int], None]) -> None:
    """One file into the cache's ``blobs``, continuing what an earlier download left there."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_download, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import WeakFileLock, build_hf_headers
    from tqdm import tqdm

    url = hf_hub_url(hub_id, name)
    about = get_hf_file_metadata(url, timeout=_SECONDS)
    if not re.fullmatch(r"[\w.-]*\w", str(about.etag), re.ASCII):
        raise CheckpointError(f"The Hub calls {name} of {hub_id} {about.etag!r}, which is no name for a file.")
    blob = _blobs(hub_id) / str(about.etag)
    partial = blob.with_name(f"{blob.name}.partial")
    blob.parent.mkdir(parents=True, exist_ok=True)

    class Reported(tqdm):  # the one hook huggingface_hub offers to follow a download
        def __init__(self, *args: object, **options: object) -> None:
            super().__init__(*args, **{**options, "disable": True})

        def update(self, n: float | None = 1) -> None:
            report(opened.tell() + int(n or 0))

    with WeakFileLock(f"{partial}.lock"):
        if not blob.exists():
            with partial.open("ab") as opened:
                opened.seek(0, 2)
                http_get(
                    url,
                    opened,
                    resume_size=opened.tell(),
                    headers=build_hf_headers(),
                    expected_size=about.size,
                    tqdm_class=Reported,
                )
            _check_whole(partial, blob.name, hub_id, name)
            partial.replace(blob)
    hf_hub_download(hub_id, name)  # finds the blob and gives it its place in the snapshot


def _blobs(hub_id: str) -> Path:
    from huggingface_hub import constants
    from huggingface_hub.file_download import repo_folder_name

    return Path(constants.HF_HUB_CACHE) / repo_folder_name(repo_id=hub_id, repo_type="model") / "blobs"


def _check_whole(file: Path, etag: str, hub_id: str, name: str) -> None:
    """Large files are named by their SHA-256: what came must be what was promised."""
    if len(etag) != 64:
        return
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if digest != etag:
        file.unlink()
        raise CheckpointError(f"{name} of {hub_id} arrived damaged and was thrown away: start the download again.")


def _check_room(hub_id: str, size: int) -> None:
    place = _blobs(hub_id)
    have = sum(file.stat().st_size for file in place.glob("*.partial")) if place.is_dir() else 0
    existing = next(folder for folder in (place, *place.parents) if folder.exists())
    free = shutil.disk_usage(existing).free
    if free < size - have:
        raise CheckpointError(
            f"{hub_id} needs {(size - have) / 1e9:.2f} GB, on the disk of {existing} are {free / 1e9:.2f} GB free: "
            "make room, or set HF_HOME to a larger disk."
        )


def _explain(hub_id: str, error: Exception) -> str:
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
    if isinstance(error, OSError) and error.errno == errno.ENOSPC:
        return f"The disk is full while downloading {hub_id}: make room and start again, it goes on where it stopped."
    if status is not None:
        return f"The Hub answered {status} when asked for {hub_id}: try again later."
    if isinstance(error, OSError) and error.errno is not None and error.filename:
        return f"{hub_id} cannot be written to {error.filename} ({error.strerror}): check the folder, or set HF_HOME."
    return (
        f"{hub_id} is not on this machine and the Hub cannot be reached ({type(error).__name__}): check the network "
        "and start again, a download goes on where it stopped."
    )
