"""Ways in and out: what other systems hand over, and what we hand to them.

A gateway knows formats and protocols; it never touches the database. Operations decide what is done with
what came in.
"""
