"""What a training wraps around the names of a model's tensors, and the roots of larger models, taken off."""

from __future__ import annotations

from collections.abc import Collection, Sequence

# What training wraps a model in: torch's DataParallel and compile, a Lightning module or a plain class, PEFT.
WRAPPERS = ("module.", "_orig_mod.", "model.", "base_model.model.")


def wrapped_in(keys: Collection[str]) -> str:
    """The prefixes of ``WRAPPERS``, one behind the other, that every key carries."""
    found = ""
    while keys and (more := next((w for w in WRAPPERS if all(key.startswith(found + w) for key in keys)), "")):
        found += more
    return found


def without(key: str, prefixes: Sequence[str]) -> str:
    """A key without each prefix in turn that it begins with."""
    for prefix in prefixes:
        key = key.removeprefix(prefix)
    return key


def peeled(keys: Collection[str], roots: Sequence[str]) -> dict[str, str]:
    """Each key by its name without its wrapper and without the roots, the outermost first, of those that have them.

    Keys of other parts of a checkpoint keep their names. Where two become the same, the last one stands.
    """
    wrapper = wrapped_in(keys)
    return {without(key, (wrapper, *roots)): key for key in keys}
