"""Editions: the text of the standards that the company put in force, kept so that it can be asked again."""
