"""What each person was rated, and the membership that followed from it, day by day."""
