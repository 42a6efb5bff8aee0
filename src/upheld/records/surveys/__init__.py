"""Surveys: the one question after a case, and what was answered."""
