"""The store counter: find the customer, take the whole request on one form, print it, call who waits."""
