"""Charts of the rows of one run: as drawings on cards, and on a page of their own."""
