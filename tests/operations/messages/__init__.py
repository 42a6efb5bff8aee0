"""Stories of cases and their clocks."""
