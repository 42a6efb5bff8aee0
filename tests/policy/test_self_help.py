"""What a customer tries first stands in the standard, in both languages, for every kind of service."""

from __future__ import annotations

import pytest

from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.problems import StandardRefused
from upheld.policy.self_help import guide_for
from upheld.policy.standards import read_sources, shipped_folder

GUIDES = shipped_edition().self_help
FILE = "hotline-and-club/self_help.yaml"


@pytest.mark.parametrize(
    ("kind", "guide"),
    [
        ("broadband", "broadband"),
        (" Broadband ", "broadband"),
        ("mobile", "mobile"),
        ("fixed", "fixed_line"),
        ("satellite", "any_service"),
        (None, "any_service"),
    ],
)
def test_every_service_has_a_guide(kind: str | None, guide: str) -> None:
    found = guide_for(GUIDES, service_kind=kind)
    assert found is not None
    assert (found.name, found.clause) == (guide, "CT-15")


def test_every_step_is_said_in_both_languages() -> None:
    for guide in GUIDES:
        assert guide.steps
        for step in guide.steps:
            assert guide.step(step.name) is step
            assert set(step.do) == {"zh", "en"}
            assert set(step.sends_out) in ({"zh", "en"}, set())


def test_without_guides_there_is_nothing_to_try() -> None:
    assert guide_for((), service_kind="mobile") is None


@pytest.mark.parametrize(
    ("written", "instead", "fault"),
    [
        ("clause: CT-15", "clause: CT-99", "clause 'CT-99' does not exist"),
        ("- guide: mobile", "- guide: broadband", "the guide 'broadband' stands twice"),
        ("kinds: [mobile]", "kinds: [mobile, iptv]", "two guides are for iptv"),
        ("- step: cables", "- step: lights", "two steps have one name"),
        ("  kinds: [mobile]\n", "", "two guides are for any other service"),
        ("kinds: [mobile]", "kind: [mobile]", "unknown key 'kind'"),
    ],
)
def test_a_faulty_guide_refuses_the_standard_with_its_place(written: str, instead: str, fault: str) -> None:
    sources = dict(read_sources(shipped_folder()))
    assert written in sources[FILE]
    sources[FILE] = sources[FILE].replace(written, instead, 1)
    with pytest.raises(StandardRefused, match=fault) as refused:
        load_edition(sources=sources)
    assert all(problem.file == FILE and problem.line for problem in refused.value.problems)
