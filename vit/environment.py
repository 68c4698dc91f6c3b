"""What torch and its threads read from the environment, once: to be said before torch is loaded, and so without it."""

from __future__ import annotations

import os


def share_cores() -> None:
    """Threads that wait for each other spin a moment, then sleep.

    A step is a hundred small sums, each shared between the threads. Measured with ``mnist-live`` on two cores, images/s
    alone and beside one busy process: sleeping at once 1,500 and 1,700, spinning 1,000 rounds 2,300 to 3,100 and
    1,000 to 1,200, spinning 30,000 rounds 3,100 and 180.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
