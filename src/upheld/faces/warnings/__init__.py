"""The bell and the list behind it: what somebody was warned of and has not seen."""
