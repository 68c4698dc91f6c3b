"""What every page has: the menu, head and foot, the menus of pictures, models and resolutions."""
