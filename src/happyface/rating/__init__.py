"""How instances and categories are rated: pure functions, with no clock, database or file."""
