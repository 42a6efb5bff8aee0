"""Whether the staff is enough for what the standards owe next month, as it is and as it might be."""
