"""Chief customer representatives: which groups have one, and a month of an executive with few customers."""
