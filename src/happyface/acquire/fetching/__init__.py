"""Fetching: all sources of a run at once."""
