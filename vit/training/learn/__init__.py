"""How a model learns: task, gradient, optimiser, the loop, evaluation, and what of it is kept."""
