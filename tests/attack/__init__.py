"""Hostile files, links and moments: everything is answered in a sentence, nothing is executed, nothing is lost."""
