"""From a photographed digit to one like MNIST's, a small picture a step."""

from __future__ import annotations

import streamlit as st

from ui.shell.lesson import explain, note
from ui.widgets.png import png
from ui.widgets.thumbnails import thumbnails
from vit.pictures.paper_digits import PaperDigit


def paper_steps(paper: PaperDigit) -> None:
    """The steps side by side, and what each is for."""
    st.subheader("From paper to MNIST", anchor=False)
    explain(
        "This model has seen nothing but MNIST: white digits on black, 28 × 28 pixels, cut out and centred. A "
        "photograph of paper is made so first. (The switch on the left sends it as it is: see what becomes of the "
        "answer.)"
    )
    pen = "lighter" if paper.light_ink else "darker"
    steps = (
        (paper.grey, "1. grey", "The photograph without colours"),
        (paper.ink, f"2. {pen} than the paper around", "How much each place differs from its paper"),
        (paper.strokes, "3. the strokes of one digit", "What is taken for the digit"),
        (paper.digit, "4. 20 × 20 in 28 × 28, centred", "The digit as MNIST has it"),
    )
    thumbnails([(png(picture), words, alt) for picture, words, alt in steps], side=150)
    note(
        "In step 2 each place is compared with what most places around it are like, so a shadow does no harm. In "
        "step 3 lines of the paper, specks and what reaches the edge are left out, and thin strokes made as wide as "
        "MNIST's. In step 4 the digit's centre of mass comes into the middle; writing that leans further than MNIST's "
        "is set upright."
    )
