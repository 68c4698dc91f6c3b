"""Heads that people have taught on this server, by the names under which the app knows their models.

A head is known as long as a session holds it: its name is looked up here and its numbers lie there. Heads that were
shared with the class lie in a folder, the newest ``SHARED`` of them: all servers that have this folder know them.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from vit.paths import RUNS

if TYPE_CHECKING:
    from vit.checkpoints.taught_head import TaughtHead

PREFIX = "taught-"
FOLDER = RUNS / "heads"
SHARED = 200
# Whoever can open the app can open what somebody shared; a teacher or a public server may turn that off.
SHARING = os.environ.get("VIT_EXPLAINER_SHARING", "on") != "off"
_ANIMALS = (
    *("ant", "bat", "bee", "cat", "cow", "crab", "crow", "deer", "dog", "duck", "eel", "emu", "fox", "frog", "goat"),
    *("hare", "hen", "ibis", "jay", "lamb", "lion", "lynx", "mole", "moth", "mule", "newt", "owl", "seal", "toad"),
)
_SHORT = re.compile(r"[a-z]{1,10}-\d{3}", re.ASCII)
_KEY = secrets.token_bytes(32)  # this process's own: nobody can work a name out from the numbers
_lock = threading.Lock()
_held: WeakValueDictionary[str, TaughtHead] = WeakValueDictionary()


def is_name(name: str) -> bool:
    """Whether this is, or was, the name of a taught head's model."""
    return name.startswith(PREFIX)


def hold(head: TaughtHead) -> tuple[str, TaughtHead]:
    """The name of this head's model, and the head to keep: the name is known for as long as somebody keeps it.

    Of the same numbers the same name, and one head for all who have it.
    """
    said = json.dumps([head.backbone, head.blocks, head.reading, head.labels]).encode()
    digest = hashlib.blake2b(said, key=_KEY, digest_size=10)
    for tensor in (head.weight, head.bias):
        digest.update(tensor.numpy().tobytes())
    name = PREFIX + digest.hexdigest()
    with _lock:
        return name, _held.setdefault(name, head)


def share(head: TaughtHead) -> str:
    """A short name under which everybody on this server finds this head: an animal and three digits. OSError where it
    cannot be written."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    old = sorted(FOLDER.iterdir(), key=lambda folder: folder.stat().st_mtime)
    for folder in old[: max(0, len(old) - SHARED + 1)]:
        shutil.rmtree(folder, ignore_errors=True)
    while (FOLDER / (name := f"{secrets.choice(_ANIMALS)}-{secrets.randbelow(900) + 100}")).exists():
        pass
    try:
        head.save(FOLDER / name)
    except OSError:
        shutil.rmtree(FOLDER / name, ignore_errors=True)
        raise
    return name


def shared(typed: str) -> TaughtHead:
    """What somebody has shared under a short name, however it is typed. CheckpointError where there is no such."""
    from vit.checkpoints.files import CheckpointError
    from vit.checkpoints.taught_head import open_taught_head

    name = "-".join(typed.lower().replace("-", " ").split())
    if not _SHORT.fullmatch(name) or not (FOLDER / name).is_dir():
        raise CheckpointError(f"Nothing called {typed.strip()} has been shared here: look at the name again.")
    return open_taught_head(FOLDER / name)


def known(name: str) -> TaughtHead | None:
    """The head of the model called ``name``; None for other models, and for one that nobody holds any more."""
    with _lock:
        return _held.get(name)


def backbone_of(name: str) -> str:
    """The model that stands behind one of this name: the one whose blocks it uses, or itself."""
    head = known(name)
    return head.backbone if head else name
