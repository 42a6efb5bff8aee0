"""Wordings of messages: what a service manager writes is checked before a customer reads it."""

from __future__ import annotations

import pytest

from upheld.policy.editions import load_edition, shipped_edition
from upheld.policy.message_templates import example_of, filled_in, longest_parts
from upheld.policy.problems import StandardRefused
from upheld.policy.standards import read_sources, shipped_folder

FILE = "law/wording/messages.yaml"
WHOLE = """
- template: offer
  clause: LAW-7
  purpose: commercial
  title: {zh: 优惠, en: Offer}
  zh: "{name}，{what}。{refuse}"
  en: "{name}, {what}. {refuse}"
  variables: {what: {most: 10, zh: 九折, en: less}}
"""


def faults(text: str, *, alone: bool = False) -> str:
    sources = read_sources(shipped_folder())
    sources[FILE] = text if alone else sources[FILE] + text
    with pytest.raises(StandardRefused) as refused:
        load_edition(sources=sources)
    return str(refused.value)


def test_every_shipped_wording_can_be_filled_with_its_examples_in_both_languages():
    templates = shipped_edition().templates
    assert {"greeting_birthday", "low_balance", "new_charge", "tier_lowered", "visit_delay"} <= set(templates)
    for template in templates.values():
        for language in ("zh", "en"):
            text = example_of(template, language=language)
            assert "{" not in text
            assert longest_parts(template, language=language) <= 8


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("。{refuse}", "。", "a commercial message says how to refuse"),
        ("purpose: commercial", "purpose: care", "only commercial messages are refused"),
        ("{what}。", "{whut}。", "nobody fills in '{whut}', did you mean what"),
        ("{name}, {what}", "{name}, it", "'{what}' is declared and not used"),
        ("{name}，{what}", "{what}", "fill in different words"),
        ("LAW-7", "LAW-70", "clause 'LAW-70' does not exist"),
        ("purpose: commercial", "purpose: spam", "'spam' is not one of service, care, commercial"),
        ('  en: "{name}, {what}. {refuse}"\n', "", "'en' is missing"),
        ("{what}。", "{what.__class__}。", "a brace is not closed, or more than a name"),
        ("{what}。", "{what。", "a brace is not closed"),
        ("most: 10", "most: 1", "the example is longer than 1"),
        ("most: 10", "most: 0", "a length of 0"),
        ("what: {most", "name: {most", "'name' is filled in by itself"),
        ("template: offer", "template: how_to_refuse", "stands twice"),
        ("{name}，{what}", "{name}，{what}" + "长" * 600, "parts of an SMS"),
    ],
)
def test_a_faulty_wording_is_told_with_its_line_and_what_to_do(old, new, told):
    assert old in WHOLE
    message = faults(WHOLE.replace(old, new))
    assert told in message
    assert f"{FILE}:" in message


def test_a_commercial_wording_needs_somebody_to_say_how_to_refuse():
    assert "nothing says what stands for {refuse}" in faults(WHOLE, alone=True)


def test_what_is_filled_in_is_checked_all_at_once():
    template = shipped_edition().templates["low_balance"]
    with pytest.raises(ValueError, match="low_balance") as refused:
        filled_in(
            template, language="zh", variables={"name": "林", "day": " ", "lime": "20", "line": "2" * 9}
        )
    for part in ("balance is missing", "day is empty", "lime is unknown, did you mean line", "more than 8"):
        assert part in str(refused.value)


def test_braces_in_what_is_filled_in_are_only_text():
    template = shipped_edition().templates["visit_reminder"]
    text = filled_in(template, language="zh", variables={"name": "{time}", "time": "{name}"})
    assert text.startswith("{time}，提醒您：我们的工作人员将按约定于{name}上门")
