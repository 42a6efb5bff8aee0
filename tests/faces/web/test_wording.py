"""The pages' words: one for each code, none left over, and none missing for what an act may be refused with."""

from __future__ import annotations

import re
from pathlib import Path

import polib
from django.utils import translation

import upheld.operations
from upheld.faces import wording
from upheld.faces.templatetags.shown import icon
from upheld.faces.workbench.recorded import REFUSALS, refusal_in_words
from upheld.operations.refusals import ActRefused

FACES = Path(wording.__file__).parent
PO_FILE = FACES / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
CHINESE = re.compile("[\u4e00-\u9fff]")
# The acts behind a form. Their other refusals are told on the command line, in English.
ACTS = (
    "record_contact",
    "record_contacts",
    "record_for_promises",
    "reverse_contact",
    "waive_promise",
    "plan_day",
    "own_promises",
    "appointments",
    "calendar_feed",
    "job_required",
)


def test_every_refusal_of_an_act_behind_a_form_is_said_in_chinese() -> None:
    folder = Path(upheld.operations.__file__).parent
    text = "\n".join((folder / f"{act}.py").read_text("utf-8") for act in ACTS)
    # Raised with the code ahead, or by who asks for the job, with the code named.
    codes = set(re.findall(r'(?:(?:ActRefused|NotAllowed)\(\s*|\bcode(?:: str)? ?= ?)"(\w+)"', text))
    assert {"is_reversal", "no_such_promise"} <= codes
    with translation.override("zh-hans"):
        for code in codes:
            assert CHINESE.search(refusal_in_words(ActRefused(code, "in English"))), code
    assert not set(REFUSALS) - codes, "words for what nobody refuses"


def test_one_word_for_one_thing() -> None:
    """Words that readers of the pages stumbled over do not come back."""
    said = "\n".join(
        part
        for entry in polib.pofile(str(PO_FILE))
        for part in (entry.msgid, entry.msgstr, *entry.msgstr_plural.values())
    )
    for gone in (
        "冲正",
        "共应做",
        "待办理",
        "回到首页",
        "给予此人",
        "tell capital letters",
        "Days of my choice",
    ):
        assert gone not in said, gone
    chinese = {entry.msgid: entry.msgstr for entry in polib.pofile(str(PO_FILE))}
    assert (chinese["Kept late"], chinese["Owed"], chinese["pending"]) == ("逾期兑现", "应兑现", "待定")


def squeezed(suffix: str) -> str:
    """Give the text of our sources of one kind, blanks squeezed and Python's broken strings joined."""
    paths = [one for one in FACES.parent.rglob(f"*{suffix}") if "migrations" not in one.parts]
    text = re.sub(r"\s+", " ", "\n".join(one.read_text("utf-8") for one in paths))
    if suffix == ".py":
        return text.replace('" "', "").replace('\\"', '"')
    return re.sub(r"\{\{ *(\w+) *\}\}", r"%(\1)s", text)


def test_no_translation_is_left_over() -> None:
    sources = (squeezed(".py"), squeezed(".html"))
    for entry in polib.pofile(str(PO_FILE)):
        words = re.sub(r"\s+", " ", entry.msgid)
        ways = [
            f"{ahead}{text}{behind}"
            for text in (words, words.replace("%%", "%"))
            for ahead, behind in (('"', '"'), ("'", "'"), ("%}", "{%"), ("%} ", " {%"))
        ]
        assert any(way in source for way in ways for source in sources), f"nothing says {entry.msgid!r}"


def test_codes_have_their_words_in_one_place() -> None:
    """The records' closed lists are codes; what the pages call them is said in `faces/wording.py` alone."""
    from upheld.records.evidence.choices import Channel, Outcome
    from upheld.records.people.choices import Brand, Card, GroupKind, OrganisationKind, Papers, Rank, Role
    from upheld.records.promises.choices import Action, Occasion, PromiseState
    from upheld.records.staff.choices import Job
    from upheld.records.tiers.choices import MembershipState, RatingState

    # Steps of a journey are promised as actions; a standard names them, not our code.
    actions = {code: said for code, said in wording.ACTIONS.items() if code not in wording.STEPS}
    pairs = (
        (actions, (Action, Channel)),
        (wording.OUTCOMES, (Outcome,)),
        (wording.BRANDS, (Brand,)),
        (wording.CARDS, (Card,)),
        (wording.GROUP_KINDS, (GroupKind,)),
        (wording.ROLES, (Role,)),
        (wording.JOBS, (Job,)),
        (wording.OCCASIONS, (Occasion,)),
        (wording.STATES, (PromiseState,)),
        (wording.STANDINGS, (MembershipState, RatingState)),
        (wording.VALUES["papers"], (Papers,)),
        (wording.VALUES["organisation_kind"], (OrganisationKind,)),
        (wording.VALUES["rank"], (Rank,)),
    )
    for words, choices in pairs:
        assert set(words) == {code for one in choices for code in one.values}
        for one in choices:
            assert all(
                label.replace(" ", "_").lower() == name.lower()
                for name, label in zip(one.names, one.labels, strict=True)
            )


def test_every_action_has_an_icon_of_the_sprite():
    sprite = (FACES / "static" / "upheld" / "icons.svg").read_text(encoding="utf-8")
    drawn = set(re.findall(r'<symbol id="([^"]+)"', sprite))
    shown = {action: re.search(r"#([a-z_-]+)", icon(action)).group(1) for action in wording.ACTIONS}
    assert {action: name for action, name in shown.items() if name not in drawn} == {}
