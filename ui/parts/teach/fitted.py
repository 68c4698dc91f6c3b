"""The head that fits what has been collected: worked out again whenever something is added, taken away or chosen."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from ui.server.model_thread import WHOLE_PAGE, on_model_thread
from ui.server.models import get_model
from vit import ViT
from vit.checkpoints.taught_head import TaughtHead
from vit.teaching.elsewhere import known
from vit.teaching.evidence import helpfulness
from vit.teaching.picture_classes import PictureClasses, Taught
from vit.teaching.teach import AUTOMATIC, Lesson, Wanted, teach
from vit.teaching.vectors import read

MOST_HELPFUL = 120  # pictures up to which it is worked out which of them help: a fit for each


@dataclass(frozen=True)
class Fitted:
    """``taught``: what was learned from; ``vectors`` (n, d): what the head reads of each; ``helps`` (n,): how much each
    makes the others surer, NaN where that is not known; ``head``: as it is kept; ``known``: whether what other pictures
    say of the model counted when the place to read was chosen."""

    taught: Taught
    lesson: Lesson
    vectors: Tensor
    helps: Tensor
    head: TaughtHead
    known: bool

    @property
    def said(self) -> list[int]:
        """The class that each picture is given by a head that has not seen it."""
        answers: list[int] = self.lesson.left_out.argmax(dim=-1).tolist()
        return answers

    def read_of(self, model: ViT, parts: dict[str, Tensor]) -> Tensor:
        """What the head reads of another picture, from its parts after each block: (d,)."""
        return read(model, parts)[self.lesson.reading][self.lesson.blocks - 1, 0].double()


def wanted() -> Wanted:
    """What somebody has chosen for the head."""
    found: Wanted = st.session_state.get("teach_wanted", AUTOMATIC)
    return found


def fitted(having: PictureClasses, mirrored: bool) -> Fitted | None:
    """The head for these classes, learned from mirrored copies too if asked; None while there is too little to learn
    from."""
    taught = having.taught()
    if len(taught.labels) < 2:
        return None
    backbone, asked, keys = having.backbone, wanted(), tuple(example.key for example in taught.examples)
    key = backbone, taught.labels, keys, tuple(taught.classes.tolist()), asked, mirrored
    last = st.session_state.get("teach_fitted")
    if last is None or last[0] != key:
        model = get_model(backbone)
        last = key, on_model_thread(lambda: _fit(backbone, model, taught, asked, 2 if mirrored else 1), WHOLE_PAGE)
        st.session_state.teach_fitted = last
    found: Fitted = last[1]
    return found


@torch.no_grad()
def _fit(backbone: str, model: ViT, taught: Taught, asked: Wanted, copies: int) -> Fitted:
    vectors, elsewhere = read(model, taught.parts(copies)), known(backbone)
    lesson = teach(vectors, taught.classes, asked if asked.possible(vectors) else AUTOMATIC, elsewhere)
    rows = vectors[lesson.reading][lesson.blocks - 1]  # (n·copies, d)
    own = rows[::copies].clone()  # (n, d); a part of it would keep the whole
    n = len(taught.classes)
    helps = helpfulness(lesson, rows, taught.classes) if n <= MOST_HELPFUL else torch.full((n,), torch.nan)
    tensors = lesson.head.weight.float(), lesson.head.bias.float()
    head = TaughtHead(backbone, lesson.blocks, lesson.reading, taught.labels, *tensors)
    return Fitted(taught, lesson, own, helps, head, elsewhere is not None)
