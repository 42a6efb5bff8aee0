"""The page of columns says what the program reads."""

from __future__ import annotations

from pathlib import Path

from upheld.gateways.feeds.reference import feeds_page


def test_the_page_of_columns_is_the_one_that_the_declarations_give():
    page = Path(__file__).parents[2] / "docs" / "reference" / "feeds.md"
    assert page.read_text(encoding="utf-8") == feeds_page(), "run `make docs`"
