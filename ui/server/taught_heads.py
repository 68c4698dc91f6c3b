"""Heads that people have taught on this server, by the names under which the app knows their models.

A head is known as long as a session holds it: its name is looked up here and its numbers lie there. A head that was
shared with the class lies here, the newest ``SHARED`` of them, until the server ends.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

import cachetools

if TYPE_CHECKING:
    from vit.checkpoints.taught_head import TaughtHead

PREFIX = "taught-"
SHARED = 200
# Whoever can open the app can open what somebody shared; a teacher or a public server may turn that off.
SHARING = os.environ.get("VIT_EXPLAINER_SHARING", "on") != "off"
_ANIMALS = (
    *("ant", "bat", "bee", "cat", "cow", "crab", "crow", "deer", "dog", "duck", "eel", "emu", "fox", "frog", "goat"),
    *("hare", "hen", "ibis", "jay", "lamb", "lion", "lynx", "mole", "moth", "mule", "newt", "owl", "seal", "toad"),
)
_KEY = secrets.token_bytes(32)  # this process's own: nobody can work a name out from the numbers
_lock = threading.Lock()
_held: WeakValueDictionary[str, TaughtHead] = WeakValueDictionary()
_shared: cachetools.LRUCache[str, TaughtHead] = cachetools.LRUCache(SHARED)


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
    """A short name under which everybody on this server finds this head: an animal and three digits."""
    with _lock:
        for name, other in _shared.items():
            if other is head:
                return name
        while (name := f"{secrets.choice(_ANIMALS)}-{secrets.randbelow(900) + 100}") in _shared:
            pass
        _shared[name] = head
    return name


def shared(name: str) -> TaughtHead | None:
    """What somebody has shared under a short name, however it was typed; None where there is no such."""
    with _lock:
        return _shared.get("-".join(name.lower().replace("-", " ").split()))


def known(name: str) -> TaughtHead | None:
    """The head of the model called ``name``; None for other models, and for one that nobody holds any more."""
    with _lock:
        return _held.get(name)


def backbone_of(name: str) -> str:
    """The model that stands behind one of this name: the one whose blocks it uses, or itself."""
    head = known(name)
    return head.backbone if head else name
