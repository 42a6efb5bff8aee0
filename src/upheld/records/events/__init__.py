"""Events for customers: planned gatherings, lectures and care days, who is invited, and who came."""
