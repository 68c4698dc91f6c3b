"""Heads that this session has taught or opened: kept here, and with the session they go. Imports torch."""

from __future__ import annotations

from ui.server import taught_heads
from ui.session.choices import use_model
from ui.session.keys import chosen
from vit.checkpoints.taught_head import TaughtHead

MOST = 8  # the newest are kept


def use(head: TaughtHead) -> None:
    """Make a head's model the model in use, on every page."""
    name, kept = taught_heads.hold(head)
    others = {other: one for other, one in chosen.heads.items() if other != name}
    chosen.heads = dict([*others.items(), (name, kept)][-MOST:])
    use_model(name)
