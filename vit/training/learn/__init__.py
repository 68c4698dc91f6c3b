"""How a model learns: task, gradient, optimiser, the loop, evaluation."""
