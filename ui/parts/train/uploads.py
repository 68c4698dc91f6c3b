"""Pictures that people brought: each archive lies once below ``runs/uploads``, while a run or a form may need it."""

from __future__ import annotations

import hashlib
import re
import shutil
import time
from contextlib import suppress
from pathlib import Path, PurePosixPath

from ui.session import run_list
from vit.training.config_file import FILE as CONFIG
from vit.training.run.files import replace_file

FOLDER = "uploads"
GRACE = 24 * 3600.0  # seconds that an archive is kept for a form that has not started a run with it yet


def keep(data: bytes, name: str) -> Path:
    """Put an upload where the run, and every repetition of it, will find it. RunError if it cannot be written."""
    stem, ending = PurePosixPath(name).stem, ".zip" if name.lower().endswith(".zip") else ".tar"
    readable = re.sub(r"[^\w-]+", "_", stem, flags=re.ASCII)[:60] or "pictures"
    path = run_list.ROOT / FOLDER / hashlib.sha256(data).hexdigest()[:24] / f"{readable}{ending}"
    if not path.is_file():
        clean()
        replace_file(path, lambda file: file.write_bytes(data))
    return path


def clean() -> None:
    """Remove what no run was trained on, a day after it came."""
    for folder in (run_list.ROOT / FOLDER).glob("*"):
        with suppress(OSError):  # another session is cleaning too
            if time.time() - folder.stat().st_mtime > GRACE and not _used(folder.name):
                shutil.rmtree(folder)


def _used(name: str) -> bool:
    """Whether the settings of any run name this upload, even settings that cannot be read otherwise."""
    for depth in ("*/*", "*/*/*"):
        for config in run_list.ROOT.glob(f"{depth}/{CONFIG}"):
            if name in config.read_text(encoding="utf-8", errors="replace"):
                return True
    return False
