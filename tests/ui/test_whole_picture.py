"""The choice "Whole picture" of the pages and ``python -m vit.predict --whole`` are one: the same numbers come out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from streamlit.testing.v1 import AppTest

from tests.support.places import SAMPLES
from vit import predict

PHOTOGRAPH = next(path for path in SAMPLES if path.stem == "coffee")


def page() -> None:
    import streamlit as st

    from ui.session import choices
    from ui.session.current_scene import current_scene

    choices.start()
    trace = current_scene().trace
    st.session_state.seen = trace.pixels.numpy(), trace.logits.numpy()


def test_a_whole_picture_is_the_same_on_the_pages_and_on_the_command_line(tmp_path: Path) -> None:
    at = AppTest.from_function(page, default_timeout=120)
    at.query_params["image"], at.query_params["crop"] = PHOTOGRAPH.stem, "no"
    at.run()
    assert not at.exception, [error.value for error in at.exception]
    out = tmp_path / "out.npz"
    assert predict.main([str(PHOTOGRAPH), "--run", "photos-10", "--whole", "--trace", str(out)]) == 0
    with np.load(out, allow_pickle=False) as found:
        pixels, logits = at.session_state.seen
        assert pixels.shape == found["pixels"].shape != (1, 3, 224, 224)
        assert np.array_equal(pixels, found["pixels"])
        np.testing.assert_allclose(logits, found["logits"], atol=1e-4)
