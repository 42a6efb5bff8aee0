"""What is done for new customers in the first ninety days: journeys started, planned anew, ticked and closed."""
