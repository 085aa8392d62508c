"""Python's own parser, for one thread at a time."""

import threading

PARSING = threading.RLock()
"""Held while an expression or a template is parsed.

Python 3.11 counts how deep it is in a syntax tree once for the whole process: of two threads that parse at once, either
may fail with "AST constructor recursion depth mismatch".
"""
