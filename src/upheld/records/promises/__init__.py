"""The one to-do list of the company: everything owed to a customer, with its clause, its window and its end."""
