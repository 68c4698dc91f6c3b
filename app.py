"""The router. Each page is a file in ``pages/``; the order of the walk is in ``ui/stages.py``."""

from ui import turns
from ui.router import menu

with turns.pages.taken():
    menu().run()
