"""What Upheld remembers: Django apps over PostgreSQL, whose constraints hold the rules of each.

Models are private to their app: other rooms read through an app's `queries` module, and only operations
write.
"""
