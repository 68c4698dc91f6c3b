"""Of all libraries that share a product of arrays among threads, only torch does after the warm-up."""

from __future__ import annotations

import pytest

from tests.support.fresh_python import said


@pytest.mark.slow
def test_arrays_are_multiplied_by_one_thread() -> None:
    code = (
        "from ui.server.warm_up import warm_up; warm_up()\n"
        "import vit.analysis.components, threadpoolctl\n"
        "pools = [pool for pool in threadpoolctl.threadpool_info() if pool['user_api'] == 'blas']\n"
        "found = {name for name in ('numpy', 'scipy') for pool in pools if f'{name}.libs' in pool['filepath']}\n"
        "assert found == {'numpy', 'scipy'}\n"
        "print([pool['num_threads'] for pool in pools if pool['num_threads'] != 1])"
    )
    assert said(code) == "[]"
