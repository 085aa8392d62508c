"""How runs are taken together by their numbers."""

PERIOD = 256
"""Runs that are summarised at once: those whose numbers, divided by this, have the same whole part."""
BLOCK = 32
"""Runs that a summary has one figure of; a larger bucket of a plot is made of whole blocks."""
BUSY = BLOCK
"""Changes from which on a number is summarised in a period; fewer are read as quickly as they are."""
