"""Messages: the outbox, how sending went, receipts, consent to commercial messages, and the numbers we send from."""
