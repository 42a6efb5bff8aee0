"""What is done at a store counter: one form for a whole request, and the waiting list of the store."""
