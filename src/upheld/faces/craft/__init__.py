"""The managers' craft: the month's targets, the board of sales, the use of what was sold, other departments."""
