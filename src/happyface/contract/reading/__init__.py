"""Bytes of others: as text, as pictures, and the reasons that answers tell."""
