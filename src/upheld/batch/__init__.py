"""The same rows as policy, answered for a whole base at once: set queries through Ibis, run by DuckDB.

Policy answers for one subject and says why; batch answers for millions from the very same compiled rows and must give
the same answers (tests/standards and tests/batch hold it to that). No Django here.
"""
