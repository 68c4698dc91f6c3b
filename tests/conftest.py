"""How the tests are run. What they share lies in ``tests/support/fixtures.py``."""

from __future__ import annotations

import os
import sys

import pytest

EXIT_STATUS = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """What hands out tests to others (pytest-xdist) runs none and is ready without torch; those take a core each."""
    side_by_side = hasattr(config, "workerinput")
    if config.getoption("numprocesses", None) and not side_by_side:
        return
    config.pluginmanager.import_plugin("tests.support.fixtures")
    if side_by_side:
        import torch

        torch.set_num_threads(1)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End at once, all being reported by now.

    triton, which torchvision imports, would print a page about references that its own binding keeps.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if "triton" in sys.modules:
        os._exit(config.stash.get(EXIT_STATUS, 1))


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    session.config.stash[EXIT_STATUS] = int(exitstatus)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test with what it needs outside of itself, so that nobody has to remember to."""
    from tests.support.kinds import kind_of

    for item in items:
        for kind in kind_of(item) if isinstance(item, pytest.Function) else ():
            item.add_marker(kind)
