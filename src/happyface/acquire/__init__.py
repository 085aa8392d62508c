"""One cycle: sources named, fetched, extracted in workers, rated, stored."""
