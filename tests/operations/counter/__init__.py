"""Stories of the store counter."""
