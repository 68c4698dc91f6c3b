"""The router. Each page is a file in ``pages/``; the order of the walk is in ``ui/shell/stages.py``."""

from ui.shell.router import menu

menu().run()
