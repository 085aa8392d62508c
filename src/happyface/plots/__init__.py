"""Numbers over time: curves that an address asks for, as images and data. Knows no database and no server."""
