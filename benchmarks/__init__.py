"""Benchmarks: every figure a count, or a ratio measured in one run. ``python -m benchmarks`` runs them."""
