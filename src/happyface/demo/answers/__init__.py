"""What the simulated site answers, a file for each kind of system; ``monitors`` has all addresses."""
