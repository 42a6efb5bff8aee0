"""What Upheld remembers: Django apps over PostgreSQL, each holding its own rules as constraints of the database.

Models are private to their app: other rooms read through an app's `queries` module, and only operations write.
"""
