"""Messages on the pages: the outbox, the life of one, doubts to decide, wordings, a customer's consent."""
