"""The one to-do list: everything owed to a customer, with its clause, its window and its end."""
