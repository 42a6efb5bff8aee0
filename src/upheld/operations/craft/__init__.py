"""The account managers' craft: targets and their review, prospects and sales, use of what was sold, coordination."""
