"""Check lists are read whole, cite clauses, and name every fault with its place."""

import pytest

from upheld.policy.checklists import checklists_for
from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.problems import StandardRefused

LISTS = shipped_edition().checklists


def test_every_item_cites_a_clause_of_its_standard():
    for found in LISTS:
        for item in found.items:
            assert shipped_edition().clause(item.clause).standard == found.standard
            assert item.text["zh"]
            assert item.text["en"]


def test_a_visit_has_lists_for_before_during_and_after():
    for moment in ("before", "during", "after"):
        names = [found.name for found in checklists_for(LISTS, occasion="visit", moment=moment)]
        assert names == [f"visit-{moment}"]
    assert [found.name for found in checklists_for(LISTS, occasion="call", moment="after")] == ["call-after"]


def test_a_step_of_the_journey_brings_its_own_list():
    names = [found.name for found in checklists_for(LISTS, occasion="store", step="agreement_points_told")]
    assert names == ["agreement-points"]
    agreement = checklists_for(LISTS, occasion="store", step="agreement_points_told")[0]
    assert len(agreement.items) == 7
    assert checklists_for(LISTS, occasion="store") == ()


def test_ten_promises_are_made_in_public():
    (promises,) = checklists_for(LISTS, occasion="public")
    assert len(promises.items) == 10
    assert all(shipped_edition().clause(item.clause).public for item in promises.items)


def test_every_fault_of_a_check_list_is_named_at_once():
    path = "account-managers/checklists.yaml"
    sources = {
        name: text for name, text in shipped_edition().sources.items() if name.startswith("account-managers/")
    }
    sources[path] = """
- list: one
  title: {zh: 一, en: One}
  occasion: vist
  items:
  - {clause: MGR-5, zh: 一}
  - {clause: MGR-50, zh: 一, en: One}
- list: two
  title: {zh: 二, en: Two}
  occasion: visit
  items: []
"""
    with pytest.raises(StandardRefused) as refused:
        load_edition(sources=sources)
    said = str(refused.value)
    assert "occasion: 'vist' is not one of visit" in said
    assert f"{path}:6: 'en' is missing" in said
    assert f"{path}:7: clause 'MGR-50' does not exist, did you mean MGR-5?" in said
    assert f"{path}:11: the check list has no item" in said
