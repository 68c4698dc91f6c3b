"""A model's name → the model, from the bundled weights, a folder or the Hugging Face Hub."""
