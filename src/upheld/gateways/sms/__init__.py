"""SMS by SMPP 3.4: a link to the centre that binds again when it breaks, and what the centre tells us."""
