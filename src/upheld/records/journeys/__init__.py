"""The first ninety days of customers: one journey for each joiner, and what of it was done by whom, by which way."""
