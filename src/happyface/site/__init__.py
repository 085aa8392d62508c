"""The site directory: its configuration, its modules, its secrets."""
