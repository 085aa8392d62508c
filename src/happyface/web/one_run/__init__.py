"""The addresses below ``/plot/custom``: plots of the rows of one run."""
