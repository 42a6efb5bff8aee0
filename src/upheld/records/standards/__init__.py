"""Editions: the exact text of the standards that the company declared in force, kept so that it can be asked again."""
