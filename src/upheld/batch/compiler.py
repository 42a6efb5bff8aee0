"""Turn an Ibis query into DuckDB's text without loading the compilers of twenty other databases.

`ibis.to_sql` imports them all before it writes its first line, a fifth of the time that a rating takes to start. Here
the package's own `__init__` is stepped over while DuckDB's compiler is imported, and afterwards everything is as if
that had not happened, so that whoever uses Ibis in another way finds it whole. Where a later Ibis is built otherwise,
its public way is taken.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from functools import cache
from types import ModuleType
from typing import Any

import ibis
import ibis.expr.types as ir

_PACKAGE = "ibis.backends.sql.compilers"


def sql_of(expression: ir.Table) -> str:
    """Return the DuckDB text of a query of Ibis."""
    compiler = _compiler()
    if compiler is None:
        return str(ibis.to_sql(expression, dialect="duckdb"))
    return str(compiler.to_sqlglot(expression.unbind()).sql(dialect=compiler.dialect))


@cache
def _compiler() -> Any | None:
    """Import DuckDB's compiler alone; None where it is not where Ibis 12 keeps it."""
    loaded = sys.modules.get(_PACKAGE)
    if loaded is not None:
        return getattr(getattr(loaded, "duckdb", None), "compiler", None)
    try:
        found = importlib.util.find_spec(_PACKAGE)
        if found is None or found.submodule_search_locations is None:
            return None
        passing = ModuleType(_PACKAGE)
        passing.__path__ = list(found.submodule_search_locations)
        sys.modules[_PACKAGE] = passing
        return importlib.import_module(f"{_PACKAGE}.duckdb").compiler
    except (ImportError, AttributeError):
        return None
    finally:
        for name in [name for name in sys.modules if name == _PACKAGE or name.startswith(f"{_PACKAGE}.")]:
            del sys.modules[name]
        vars(sys.modules.get("ibis.backends.sql") or ModuleType("")).pop("compilers", None)
