"""Which naming scheme the tensors of a file follow, and where in the file its models stand."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from vit.checkpoints.peeling import Names, before, inside, peel, prefixes, renamed, stripped, without_chunks
from vit.families.bare import SCHEMES, Scheme


@dataclass(frozen=True)
class Found:
    """A model in a file: its scheme, the prefix of its keys, its own names → keys in the file, and the part of the
    scheme's signature that is there, from 0 to 1."""

    scheme: Scheme
    prefix: str
    names: Names
    share: float

    @property
    def is_whole(self) -> bool:
        return self.share == 1

    def beside(self, keys: Collection[str]) -> list[str]:
        """What stands in the file outside of this model."""
        own = set(self.names.values())
        return [key for key in keys if key not in own]


def recognise(keys: Collection[str]) -> list[Found]:
    """The models in a file, one for each prefix, by the scheme that fits best; those that fit best first."""
    own = {key: key for key in keys}
    best: dict[str, Found] = {}
    for scheme in SCHEMES:
        roots = scheme.family.roots
        for prefix in dict.fromkeys(before(prefix, roots) for prefix in prefixes(keys, scheme.anchor)):
            steps = (inside(prefix), stripped(scheme.family.strip), without_chunks, renamed(scheme.renamed))
            names = peel(own, steps)
            there = [key.replace("{i}", "0") in names for key in scheme.signature]
            found = Found(scheme, prefix, names, sum(there) / len(there))
            other = best.get(prefix)
            if other is None or _fit(found) > _fit(other):
                best[prefix] = found
    return sorted(best.values(), key=_fit, reverse=True)


def _fit(found: Found) -> tuple[float, int]:
    return found.share, len(found.scheme.signature)
