"""The standards as people read them: the list, one standard, and the page of one clause."""
