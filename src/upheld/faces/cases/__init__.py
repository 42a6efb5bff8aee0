"""The page of a case: one record for the hotline, the counter and the manager (MGR-10), with its clocks drawn."""
