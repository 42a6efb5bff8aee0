"""What a customer may claim: the panel on every page of a customer, the form of a claim, taking back, loans."""
