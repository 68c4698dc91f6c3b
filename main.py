"""What runs for each person at every step: the menu, and the page that is open. Each page is a file in ``pages/``."""

from ui.shell.router import menu

menu().run()
