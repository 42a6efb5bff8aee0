"""Key moments (CARE-30 to CARE-38): what was found, who was sent to whom, and what came of it."""
