"""make bench: what the product costs at full size, each figure as a ratio to a floor measured in the same run."""
