"""Points of staff: where one stands, what counted, objections and their answers."""
