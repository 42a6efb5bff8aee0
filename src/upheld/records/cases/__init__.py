"""Cases: what customers ask, complain of, report and order, each step of them, and the clocks that run for them."""
