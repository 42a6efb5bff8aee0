"""The same rows as policy, answered for a whole base at once: set queries through Ibis, run by DuckDB.

Policy answers for one subject and says why; batch answers for millions from the very same compiled rows and must give
the same answers (tests/standards and tests/batch hold it to that). No Django here.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quick_start() -> Iterator[None]:
    """Put off collecting garbage while modules are imported and queries compiled.

    Nearly all that these make stays, and looking through it again and again is a tenth of the time to the first row.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
