"""What modules are written against; authors import it from ``happyface`` itself."""
