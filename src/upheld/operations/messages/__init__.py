"""Messages: queueing, sending at the right moment or not at all, receipts, doubts, consent and refusal."""
