"""The coverage figures (CARE-41): who was reached, who is satisfied, what was recommended, by manager and class."""
