"""What else moved: all numbers of a span, compared with those of the time before it."""
