"""The one thread that imports torch and runs models, for all sessions.

Passes queue here instead of fighting over the same cores, and torch keeps a single pool of threads however many
people are connected. It does one piece of work after the other and waits for nothing but its own computation:
work that needs another result computes that result itself, even if it is queued already
(:mod:`ui.server.result_store`).
"""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from queue import PriorityQueue
from typing import Generic, TypeVar

from ui.server import garbage, warm_up
from ui.server.once import once
from ui.server.waiting import never_waits, wait_for

T = TypeVar("T")

# By how many seconds work may be overtaken by work that is asked for later. Long, as it is controls that overtake, and
# those take little: with ten seconds, where a hundred people keep a slow server busy, they stood behind whole pages.
WHOLE_PAGE = 60.0  # what a page asks for: a control that changes a part of one comes first
NEW_PICTURE = 62.0  # the first pass of a picture that somebody brings
MORE_PASSES = 64.0  # further passes, while the rest of the page stands
MANY_PASSES = 120.0  # tens of passes
# Seconds by which the beginning of a run may speak for what it asks for later. With fewer, where many bring a picture
# at once, all wait for the first pass of each before the second piece of anyone's work, and all are done at the end.
LONGEST_LEAD = 60.0
_this_thread = threading.local()


@contextmanager
def one_run(patience: float = 0.0) -> Iterator[None]:
    """Within, whatever this thread asks for counts as asked for when it entered: a page that needs five results, one
    after the other, stands in the queue once and not five times. ``patience``: the least that all of it has. Within
    another run it changes nothing."""
    if getattr(_this_thread, "run", None) is not None:
        yield
        return
    _this_thread.run = time.monotonic(), patience
    try:
        yield
    finally:
        _this_thread.run = None


class Job(Generic[T]):
    """A piece of work and the future of its result; it is done once, whoever comes to it first."""

    def __init__(self, work: Callable[[], T]) -> None:
        self.future: Future[T] = Future()
        self._work: Callable[[], T] | None = work

    def run(self) -> None:
        """Do the work in this thread. Nothing happens if it was begun before, or is no longer wanted.

        An error goes to who waits for the future. Where the thread itself is to end (Streamlit ends a run that way),
        only the thread gets that exception: others who wait get ``CancelledError``.
        """
        work, self._work = self._work, None
        if work is None or not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(work())
        except Exception as error:
            self.future.set_exception(error)
        except BaseException:
            self.future.set_exception(CancelledError())
            raise

    def cancel(self) -> bool:
        """Take the work back, and let go of what it holds; False if it has begun."""
        taken_back = self.future.cancel()
        if taken_back:
            self._work = None
        return taken_back


class ModelThread:
    """Does jobs one after the other, in the order of when they were asked for plus what they may wait."""

    def __init__(self) -> None:
        self._queue: PriorityQueue[tuple[float, int, Job]] = PriorityQueue()
        self._numbers = itertools.count()
        self._waiting: set[int] = set()
        self._thread = threading.Thread(target=self._run, name="model", daemon=True)
        self._thread.start()

    @property
    def is_this(self) -> bool:
        """Whether the caller runs on it."""
        return threading.current_thread() is self._thread

    def submit(self, job: Job, patience: float = 0.0) -> None:
        """``patience``: by how many seconds a job that is asked for later may come first."""
        now = time.monotonic()
        began, of_run = getattr(_this_thread, "run", None) or (now, 0.0)
        turn = max(began, now - LONGEST_LEAD) + max(of_run, patience)
        number = next(self._numbers)
        self._waiting.add(number)
        self._queue.put((turn, number, job))
        job.future.add_done_callback(lambda _: self._waiting.discard(number))  # taken back before its turn

    def waiting(self) -> int:
        """How many jobs have not begun and are still wanted."""
        return len(self._waiting)

    def _run(self) -> None:
        never_waits()
        while True:
            _, number, job = self._queue.get()
            self._waiting.discard(number)
            with suppress(BaseException):  # it ends with the process only; the future tells who waits
                job.run()
            del job  # or the last result would be kept until the next job comes


@once
def _warming() -> tuple[ModelThread, Future[None]]:
    """The thread, started and warming up from the first call on, and the end of that."""
    thread, job = ModelThread(), Job(warm_up.warm_up)
    thread.submit(job)
    return thread, job.future


def model_thread() -> ModelThread:
    """The one there is."""
    return _warming()[0]


def start() -> None:
    """Have torch imported, if this is the first time it is needed, and wait until it is. From then on a page that asks
    nothing of the model thread does not stand in its queue."""
    garbage.collect_soon()
    _, warm = _warming()
    if not warm.done():
        wait_for(warm)


def others_waiting() -> int:
    """How many pieces of work wait for the model thread beside the caller's."""
    return max(0, model_thread().waiting() - 1)


def on_model_thread(work: Callable[[], T], patience: float = 0.0) -> T:
    """Run ``work`` on the model thread and hand back its result; at once if this is the model thread."""
    thread = model_thread()
    if thread.is_this:
        return work()
    job = Job(work)
    thread.submit(job, patience)
    try:
        return wait_for(job.future)
    finally:
        job.cancel()  # nobody waits for it any more
