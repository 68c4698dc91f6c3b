"""Classes that somebody names, and the pictures that stand for each: what a head is fitted to, as it is collected.

Nothing here changes: every step gives the classes as they are after it, so that a step that is refused loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from unicodedata import category, normalize

import torch
from torch import Tensor

from vit.errors import Refusal

MOST_CLASSES, MOST_PICTURES, LONGEST_NAME = 20, 300, 60
NEEDED = 2  # pictures of a class: one can be left out


class TeachingError(Refusal, ValueError):
    """What cannot be done with these classes, in a sentence."""


@dataclass(frozen=True)
class Example:
    """One picture: ``key`` names its pixels as the model sees them. ``thumbnail``: a small WebP. ``seen``: what a model
    saw of it (:mod:`vit.teaching.seen`). ``parts``: the vectors of it and of its copies after every block,
    (depth, copies, d) each (:func:`vit.teaching.vectors.parts_after_blocks`)."""

    key: str
    name: str
    thumbnail: bytes
    seen: bytes
    parts: Mapping[str, Tensor]

    @property
    def copies(self) -> int:
        """How often it was read: once as it is, twice if mirrored too."""
        return next(iter(self.parts.values())).shape[1]


@dataclass(frozen=True)
class PictureClass:
    name: str
    examples: tuple[Example, ...] = ()


@dataclass(frozen=True)
class Taught:
    """What can be learned from: ``labels`` of the classes that have enough pictures, the n ``examples`` in their order,
    and each one's class (n,)."""

    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    classes: Tensor

    def parts(self, copies: int) -> dict[str, Tensor]:
        """All vectors, each picture's first copies behind it: (depth, n·copies, d) each."""
        names = self.examples[0].parts if self.examples else ()
        return {name: torch.cat([one.parts[name][:, :copies] for one in self.examples], dim=1) for name in names}


@dataclass(frozen=True)
class PictureClasses:
    """Classes by number, taught to the model called ``backbone``."""

    backbone: str
    classes: tuple[PictureClass, ...] = ()

    @property
    def n_pictures(self) -> int:
        return sum(len(one.examples) for one in self.classes)

    def number(self, name: str) -> int | None:
        """The class called ``name``, however that is written; None where there is none."""
        names = [_plain(one.name) for one in self.classes]
        return names.index(_plain(name)) if _plain(name) in names else None

    def with_class(self, name: str) -> PictureClasses:
        """One class more. TeachingError for a name that is taken, empty or too long, or one class too many."""
        if len(self.classes) >= MOST_CLASSES:
            raise TeachingError(f"There are {MOST_CLASSES} classes already: remove one first.")
        return replace(self, classes=(*self.classes, PictureClass(self._free(name))))

    def renamed(self, number: int, name: str) -> PictureClasses:
        """Class ``number`` by another name. TeachingError as for a new one."""
        if name.strip() == self.classes[number].name:
            return self
        free = replace(self, classes=self._but(number))._free(name)
        return self._with(number, replace(self.classes[number], name=free))

    def without_class(self, number: int) -> PictureClasses:
        return replace(self, classes=self._but(number))

    def with_example(self, number: int, example: Example) -> PictureClasses:
        """One picture more in class ``number``. TeachingError for one that is there, in this class or another, and for
        one too many."""
        for one in self.classes:
            if any(example.key == other.key for other in one.examples):
                rule = "" if one is self.classes[number] else ", and a picture can stand for one class only"
                raise TeachingError(f"{example.name} is in {one.name} already{rule}.")
        self.with_room()
        own = self.classes[number]
        return self._with(number, replace(own, examples=(*own.examples, example)))

    def with_room(self) -> PictureClasses:
        """The same, if one picture more may come; else TeachingError: to be asked before a picture is read."""
        if self.n_pictures >= MOST_PICTURES:
            raise TeachingError(
                f"There are {MOST_PICTURES} pictures already: for more use the command line, python -m vit.teach."
            )
        return self

    def without_example(self, key: str) -> PictureClasses:
        """Without the picture of this key; the same where there is none."""
        kept = (
            replace(one, examples=tuple(example for example in one.examples if example.key != key))
            for one in self.classes
        )
        return replace(self, classes=tuple(kept))

    def read_by(self, backbone: str, read: Callable[[Example], Example]) -> PictureClasses:
        """The same classes with every picture as the model ``backbone`` reads it."""
        classes = (replace(one, examples=tuple(map(read, one.examples))) for one in self.classes)
        return PictureClasses(backbone, tuple(classes))

    def taught(self) -> Taught:
        """The classes with enough pictures, and all of those."""
        enough = [one for one in self.classes if len(one.examples) >= NEEDED]
        numbers = [number for number, one in enumerate(enough) for _ in one.examples]
        examples = tuple(example for one in enough for example in one.examples)
        return Taught(tuple(one.name for one in enough), examples, torch.tensor(numbers, dtype=torch.long))

    def waiting(self) -> Sequence[PictureClass]:
        """The classes that have too few pictures yet."""
        return [one for one in self.classes if len(one.examples) < NEEDED]

    def _free(self, name: str) -> str:
        name = " ".join(normalize("NFC", name).split())
        if not _plain(name) or len(name) > LONGEST_NAME:
            raise TeachingError(f"A class needs a name of one to {LONGEST_NAME} letters.")
        if self.number(name) is not None:
            raise TeachingError(f"There is a class called {name} already: take another name.")
        return name

    def _with(self, number: int, one: PictureClass) -> PictureClasses:
        return replace(self, classes=(*self.classes[:number], one, *self.classes[number + 1 :]))

    def _but(self, number: int) -> tuple[PictureClass, ...]:
        return self.classes[:number] + self.classes[number + 1 :]


def _plain(name: str) -> str:
    """A name without what the eye does not tell apart: capitals, spaces, Unicode's other ways to write a letter, and
    what is not seen at all."""
    letters = normalize("NFKC", normalize("NFKC", name).casefold())
    return " ".join("".join(letter for letter in letters if category(letter) not in ("Cc", "Cf")).split())
