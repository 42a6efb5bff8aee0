"""The workbench: what an employee owes today, this week and overdue, and the place to record it."""
