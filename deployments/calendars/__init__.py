"""How the shipped calendar is made (for developers)."""
