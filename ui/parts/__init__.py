"""The sections of each page, a folder with the page's name."""
