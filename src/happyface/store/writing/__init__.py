"""Writing runs: what is checked, what is remembered, and how it all comes into the database at once."""
