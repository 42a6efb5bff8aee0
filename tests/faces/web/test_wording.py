"""The pages' words: one for each code, none left over, and none missing for what an act may be refused with."""

from __future__ import annotations

import re
from pathlib import Path

import polib
from django.utils import translation

import upheld.operations
from upheld.faces import wording
from upheld.faces.workbench.recorded import REFUSALS, refusal_in_words
from upheld.operations.refusals import ActRefused

FACES = Path(wording.__file__).parent
PO_FILE = FACES / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
CHINESE = re.compile("[\u4e00-\u9fff]")
# The acts behind a form. Their other refusals are told on the command line, in English.
ACTS = ("record_contact", "record_contacts", "record_for_promises", "reverse_contact", "waive_promise")


def test_every_refusal_of_an_act_behind_a_form_is_said_in_chinese() -> None:
    folder = Path(upheld.operations.__file__).parent
    text = "\n".join((folder / f"{act}.py").read_text("utf-8") for act in ACTS)
    codes = set(re.findall(r'(?:ActRefused|NotAllowed)\(\s*"(\w+)"', text))
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
