"""Plain values that the parts hand to each other."""
