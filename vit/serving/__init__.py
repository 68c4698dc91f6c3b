"""What a crowded server needs of a model: lean traces, and passes that do not wait for Python at each operation."""
