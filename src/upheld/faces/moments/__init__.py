"""Key moments: the lists of a day, a week, a month, what came of each talk, and what it does altogether."""
