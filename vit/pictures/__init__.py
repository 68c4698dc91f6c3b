"""A picture file → the pixels a model sees."""
