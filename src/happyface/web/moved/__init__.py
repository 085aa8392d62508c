"""What else moved, as a page and as JSON."""
