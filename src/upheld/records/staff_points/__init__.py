"""Points of staff (CARE-42): a ledger that is only added to, objections to its rows, and their answers."""
