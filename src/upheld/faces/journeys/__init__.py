"""The first ninety days of a customer, as counter, hotline and managers see and tick them."""
