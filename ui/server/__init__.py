"""What all sessions share: the model thread, models, traces, results."""
