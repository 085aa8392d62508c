"""The text of configuration files: its dialect, and how mistakes in it are told."""
