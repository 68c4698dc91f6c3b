"""Pictures' files unpacked for all sessions: only so many pixels at a time, and none kept longer than they are used."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar

from PIL import Image

from ui.server.waiting import ServerBusyError, may_wait
from vit.pictures.decoded import Decoded
from vit.pictures.open import MAX_PIXELS, PictureFile

# Larger than what malloc keeps for itself when Pillow gives a block back. The name is documented and not exported.
Image.core.set_block_size(64 * 2**20)  # type: ignore[attr-defined]

T = TypeVar("T")
PATIENCE = 60.0  # seconds
Source = bytes | Path


class Unpacking:
    """Unpacks files for whoever asks. Of all that is unpacked at a time, ``limit`` pixels at four bytes each lie in
    memory, or one picture of more; the next waits its turn.

    What was unpacked last, so many pixels once more, is kept until it is asked for again, which after an upload is at
    once: first it is shown, then the model reads it. Others may come between.
    """

    def __init__(self, limit: int = MAX_PIXELS) -> None:
        self._limit = self._free = limit
        self._first_in_line = threading.Lock()  # so that a large picture is not overtaken for ever
        self._changed = threading.Condition()
        self._kept: deque[tuple[Source, bool, Decoded]] = deque()  # the newest last

    def show(self, source: Source, name: str, plain: bool, use: Callable[[Decoded], T]) -> T:
        """``use`` of a picture that somebody brings; what is unpacked is kept for :meth:`read`. PictureError if it
        cannot be opened, ServerBusyError if it does not come to its turn."""
        return self._unpacked(source, name, plain, use, keep=True)

    def read(self, source: Source, name: str, plain: bool, use: Callable[[Decoded], T]) -> T:
        """``use`` of a picture that was shown before."""
        return self._unpacked(source, name, plain, use, keep=False)

    def _unpacked(self, source: Source, name: str, plain: bool, use: Callable[[Decoded], T], keep: bool) -> T:
        file = PictureFile(source, name)
        with self.room(file.size[0] * file.size[1]):
            picture = self._take(source, plain) or file.decode(plain=plain)
            if keep:
                self._keep(source, plain, picture)
            return use(picture)

    def _keep(self, source: Source, plain: bool, picture: Decoded) -> None:
        """Keep it, and of what was kept before as much as fits beside it; one that is too large is not kept."""
        with self._changed:
            self._kept.append((source, plain, picture))
            while sum(kept.width * kept.height for _, _, kept in self._kept) > self._limit:
                self._kept.popleft()

    def _take(self, source: Source, plain: bool) -> Decoded | None:
        """This picture, if it is kept; from now on it is not."""
        with self._changed:
            for place, (kept_source, kept_plain, picture) in enumerate(self._kept):
                if (kept_source, kept_plain) == (source, plain):
                    del self._kept[place]
                    return picture
        return None

    @contextmanager
    def room(self, pixels: int) -> Iterator[None]:
        """Wait until so many pixels fit beside what is unpacked already, and keep them free for the time."""
        pixels = min(pixels, self._limit)
        waits = may_wait()  # the model thread never does: it may exceed the limit by the one picture it reads
        with self._first_in_line if waits else nullcontext(), self._changed:
            if waits and not self._changed.wait_for(lambda: self._free >= pixels, PATIENCE):
                raise ServerBusyError(
                    "The server is opening many pictures at this moment. Please try again in a minute."
                )
            self._free -= pixels
        try:
            yield
        finally:
            with self._changed:
                self._free += pixels
                self._changed.notify_all()


UNPACKING = Unpacking()
