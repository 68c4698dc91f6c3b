"""The router. Each page is a file in ``pages/``; the order of the walk is in ``ui/stages.py``."""

from ui.router import menu

menu().run()
