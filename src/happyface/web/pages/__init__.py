"""Pages as HTML: what the store hands out, written for a shifter."""
