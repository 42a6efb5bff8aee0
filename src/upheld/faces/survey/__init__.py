"""The question after a case, as its customer sees it, and what the answers come to."""
