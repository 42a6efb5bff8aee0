"""The standard, executed: pure answers about one subject, each with its clause. No web, no database, no clock."""
