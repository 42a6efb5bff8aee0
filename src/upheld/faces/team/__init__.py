"""What a team lead works with: the queue by time left, who has how many, and the acts over the heads of the team."""
