"""Numbers over time, made from what changed. All of it but ``reading`` needs numpy, and is imported when asked for."""
