"""Events for customers: the calendar, the page of one with its guests, and the door where they are ticked off."""
