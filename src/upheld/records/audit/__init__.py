"""Who did what, to whom, and whether it was allowed. Rows are only ever added."""
