"""The store counter: what was signed on one form, and who waits to be served."""
