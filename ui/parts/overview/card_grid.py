"""The whole way at a glance: the cards of every step of the walk, side by side."""

from __future__ import annotations

import streamlit as st

from ui.parts.overview import cards
from ui.session.scene import Scene
from ui.shell import style
from ui.shell.router import page_of
from ui.shell.stages import STEPS, Stage
from ui.widgets.markdown import escape
from ui.widgets.png import still


def card_grid(scene: Scene) -> None:
    """Draw the cards of all steps; a step that names no function for them gets its title and its summary."""
    made = [(step, card) for step in STEPS for card in _cards(step, scene)]
    with st.container(key=style.CARDS):
        for step, card in made:
            title = card.title if card and card.title else step.title
            with st.container(border=True, gap="xsmall"):
                st.page_link(page_of(step), label=f"**{title}** →", width="stretch")
                if card is None:
                    st.caption(step.summary)
                    continue
                if callable(card.content):
                    card.content()
                else:
                    still(card.content, f"{title}: {card.words}", "stretch")
                st.caption(f"{escape(card.words)}  \n`{' × '.join(map(str, card.shape))}`")


def _cards(step: Stage, scene: Scene) -> list[cards.Card | None]:
    return [*getattr(cards, step.card)(scene)] if step.card else [None]
