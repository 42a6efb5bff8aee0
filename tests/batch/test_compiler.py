"""DuckDB's compiler is taken from Ibis alone, and Ibis is whole afterwards."""

from __future__ import annotations

import subprocess
import sys

import ibis

from upheld.batch.compiler import sql_of

ALONE = """
import sys
from upheld.batch.compiler import sql_of
import ibis
table = ibis.table({"a": "int64"}, name="t")
query = table.filter(table.a > 1).select(b=table.a + 1)
text = sql_of(query)
assert "ibis.backends.sql.compilers.snowflake" not in sys.modules
assert text == str(ibis.to_sql(query, dialect="duckdb", pretty=False)), text
assert "SELECT" in str(ibis.to_sql(query, dialect="snowflake"))
assert ibis.duckdb.connect().table is not None
"""


def test_other_uses_of_ibis_find_it_whole_in_a_fresh_process() -> None:
    subprocess.run([sys.executable, "-c", ALONE], check=True)


def test_a_query_reads_as_ibis_writes_it() -> None:
    table = ibis.table({"a": "int64"}, name="t")
    text = sql_of(table.select(b=table.a + 1))
    assert text == str(ibis.to_sql(table.select(b=table.a + 1), dialect="duckdb", pretty=False))
