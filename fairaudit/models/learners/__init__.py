"""How the objective of a model is lowered: by L-BFGS, by trees, by gradients of a network."""
