"""The account managers' craft (register B): monthly targets, prospects, chapters of a sale, use of what was sold."""
