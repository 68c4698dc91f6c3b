"""A model's name → the model: bundled weights, the Hub, folders."""
