"""Every decision that the product takes, a room a step. Frames, values and `now` in; frames and values out."""
