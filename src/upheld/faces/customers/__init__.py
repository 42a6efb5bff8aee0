"""The pages of one customer and one group, and the search that finds them."""
