"""Business acts, one module each: the only room that writes to the database.

Every act takes its arguments by name, runs in one transaction (a long one in one a chunk), writes an
audit entry, changes nothing when it is done twice, and may be started by two people at once: an advisory
lock a kind of act lets one in and the other wait. An act that may not be done raises
`refusals.ActRefused`, which says why.
"""
