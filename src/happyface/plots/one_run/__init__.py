"""Plots of the rows of one run: bars, histograms, points."""
