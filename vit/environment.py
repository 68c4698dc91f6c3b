"""Environment variables that torch reads when it is imported, to be set before that; imports no torch itself."""

from __future__ import annotations

import os


def share_cores() -> None:
    """Let OpenMP's threads spin 1,000 rounds when they wait for each other, then sleep.

    A training step is hundreds of small operations shared between threads. Sleeping at once costs up to half the
    images a second; spinning long (30,000 rounds) starves whatever else runs on the same cores.
    """
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
