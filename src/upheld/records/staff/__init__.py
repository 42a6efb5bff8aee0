"""The operator's own people: units by region, employees who sign in, and who serves whom."""
