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
from vit.pictures.open import PictureFile

# Larger than what malloc keeps for itself when Pillow gives a block back. The name is documented and not exported.
Image.core.set_block_size(64 * 2**20)  # type: ignore[attr-defined]

T = TypeVar("T")
PATIENCE = 60.0  # seconds
ROOM = 37_000_000  # pixels: three telephones' pictures
Source = bytes | Path


class Unpacking:
    """Unpacks files for whoever asks. Of all that is unpacked at a time, ``limit`` pixels at four bytes each lie in
    memory, or one picture of more; the next waits its turn.

    What was shown is kept until it is asked for again, which after an upload is at once, for the model; it goes before
    if its room is needed.
    """

    def __init__(self, limit: int = ROOM) -> None:
        self._limit = self._free = limit  # pixels; free is what is not in use, so it holds what is kept
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
        with self.room(file.size[0] * file.size[1], (source, plain)) as kept:
            picture = kept or file.decode(plain=plain)
            result = use(picture)
        if keep and (plain or not picture.shown_whole):  # else the model reads what is shown
            with self._changed:
                self._kept.append((source, plain, picture))
                self._make_room(0)
        return result

    @contextmanager
    def room(self, pixels: int, wanted: tuple[Source, bool] | None = None) -> Iterator[Decoded | None]:
        """Wait until so many pixels fit beside what is unpacked already, and keep them free for the time. Hands over
        the ``wanted`` picture (file, plain) if it is kept; from then on it is not."""
        pixels = min(pixels, self._limit)
        waits = may_wait()  # the model thread never does: it may exceed the limit by the one picture it reads
        with self._first_in_line if waits else nullcontext(), self._changed:
            kept = self._take(wanted)
            if waits and not self._changed.wait_for(lambda: self._make_room(pixels), PATIENCE):
                raise ServerBusyError(
                    "The server is opening many pictures at this moment. Please try again in a minute."
                )
            self._free -= pixels
        try:
            yield kept
        finally:
            with self._changed:
                self._free += pixels
                self._changed.notify_all()

    def _take(self, wanted: tuple[Source, bool] | None) -> Decoded | None:
        for place, (source, plain, picture) in enumerate(self._kept):
            if (source, plain) == wanted:
                del self._kept[place]
                return picture
        return None

    def _make_room(self, pixels: int) -> bool:
        """Let go of what is kept, the oldest first, as far as so many pixels need its room; whether they fit now."""
        while (room := self._free - sum(kept.width * kept.height for _, _, kept in self._kept)) < pixels and self._kept:
            self._kept.popleft()
        return room >= pixels


UNPACKING = Unpacking()
