"""Helpers that the shipped modules share, and that any other may use."""
