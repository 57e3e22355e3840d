"""Reading a plan: the shape of its files, its layers (a base and its overlays), and what they mean together."""
