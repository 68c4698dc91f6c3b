"""What is done once, on the model thread, before the first model: torch imported, its threads and Python's set up."""

from __future__ import annotations

import gc
import os
import sys

from threadpoolctl import threadpool_limits

LONGEST_TURN = 0.002  # seconds


def warm_up() -> None:
    """All of it, in the order in which it takes effect."""
    threads_sleep_while_they_wait()
    import_models()
    one_thread_for_arrays()
    short_turns()
    leave_long_lived_objects_out_of_garbage_collection()


def threads_sleep_while_they_wait() -> None:
    """torch's threads would spin while they wait for each other, on cores that others need. Read at its import.

    Spinning 10,000 rounds a pass takes a quarter less time alone, and 1.6 times as long beside one busy process, as a
    training is: measured on a virtual machine, where to wake a thread is slow.
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def import_models() -> None:
    """torch and all of our model; without looking for garbage among a million objects that stay."""
    gc.disable()
    import vit.checkpoints.loading  # noqa: F401

    gc.enable()


def one_thread_for_arrays() -> None:
    """numpy's and scipy's products are small here, and run beside torch's threads."""
    import scipy.linalg  # noqa: F401  it brings a pool of its own, and only pools that are there can be told

    threadpool_limits(1, user_api="blas")


def short_turns() -> None:
    """How long a thread may keep Python's lock from one that asks for it: Python's own 5 ms let pages wait for passes,
    much shorter turns let pages cut each other short."""
    sys.setswitchinterval(LONGEST_TURN)


def leave_long_lived_objects_out_of_garbage_collection() -> None:
    """What exists by now stays: it need not be walked over each time."""
    gc.collect()
    gc.freeze()
