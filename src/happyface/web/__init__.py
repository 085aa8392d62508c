"""The web side: pages, and the application that serves them."""
