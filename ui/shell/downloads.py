"""The numbers and pictures of a page as files to take away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from csv import writer as csv_writer
from functools import partial
from io import BytesIO, StringIO

import numpy as np
import streamlit as st
from numpy.typing import ArrayLike
from PIL import Image


def downloads(
    name: str,
    arrays: Mapping[str, ArrayLike],
    pictures: Mapping[str, Callable[[], Image.Image]] | None = None,
    table: Callable[[], str] | None = None,
) -> None:
    """Buttons for the page's numbers (NPZ, and CSV where ``table`` makes one) and pictures (PNG).

    Nothing is built before a button is pressed. Until then the functions stay in the session with all they hold:
    a page gives them as ``partial(…)`` of what they need, as a function of its own would hold the page's every name,
    its trace too. Plotly's figures have their own camera button.
    """

    def npz() -> bytes:
        buffer = BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **{name: np.asarray(of) for name, of in arrays.items()})
        return buffer.getvalue()

    def png(picture: Callable[[], Image.Image]) -> bytes:
        buffer = BytesIO()
        picture().save(buffer, "PNG")
        return buffer.getvalue()

    with st.expander("Download"), st.container(horizontal=True):
        st.download_button("Numbers (NPZ)", npz, f"{name}.npz", on_click="ignore")
        if table:
            st.download_button("Table (CSV)", table, f"{name}.csv", "text/csv", on_click="ignore")
        for label, picture in (pictures or {}).items():
            st.download_button(
                f"{label} (PNG)", partial(png, picture), f"{name}-{label}.png", "image/png", on_click="ignore"
            )


def csv(columns: Mapping[str, Collection[object] | np.ndarray]) -> str:
    """A table as CSV, a column a name."""
    text = StringIO()
    writer = csv_writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return text.getvalue()
