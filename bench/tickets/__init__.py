"""The other contestant of `bench/cases.py`: django-helpdesk in a process, a database and settings of its own.

A folder and not a file, so that `make bench`, which runs every file beside it, does not run it.
"""
