"""The parts of the Train page. Training itself runs in processes of their own; all here only reads and asks."""
