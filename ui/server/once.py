"""What a server has one of, made when it is first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cache, wraps
from typing import TypeVar

T = TypeVar("T")


def once(make: Callable[[], T]) -> Callable[[], T]:
    """A function that makes its result in the first call, one result also for threads that call at the same time."""
    made, making = cache(make), threading.Lock()

    @wraps(make)
    def the_one() -> T:
        with making:
            return made()

    return the_one
