"""Django's PostgreSQL back end, which finds its server at the first connection and not before.

Reading the settings must start nothing: commands without a database, pure tests and imports stay quick.
"""
