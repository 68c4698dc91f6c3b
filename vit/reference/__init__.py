"""Other libraries' models of the same checkpoint, to be run beside ours."""
