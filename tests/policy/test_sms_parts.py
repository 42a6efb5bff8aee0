"""Long messages are cut where GSM 03.40 cuts them, and put together again they are what was written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from upheld.policy.sms_parts import PLAIN, UCS2, coding_of, encoded, parts_of, short_messages

LETTERS = st.text(
    alphabet=st.one_of(st.characters(exclude_categories=("Cs",)), st.sampled_from("春节快乐🎉𠮷ab")),
    max_size=400,
)


def test_seventy_chinese_characters_are_one_part_and_one_more_makes_two():
    assert len(parts_of("春" * 70)) == 1
    assert [len(part) for part in parts_of("春" * 71)] == [67, 4]
    assert [len(part) for part in parts_of("春" * 135)] == [67, 67, 1]


def test_plain_letters_take_one_octet_each_and_anything_doubtful_goes_as_ucs2():
    assert coding_of("Happy New Year, 2026!") == PLAIN
    assert len(parts_of("a" * 160)) == 1
    assert len(parts_of("a" * 161)) == 2
    for doubtful in "@$_[]{}\\^~|`€é字":
        assert coding_of(f"a{doubtful}") == UCS2, doubtful


def test_a_character_beyond_the_plane_is_never_cut_in_half():
    text = "字" * 66 + "🎉" + "字" * 10
    assert parts_of(text) == ["字" * 66, "🎉" + "字" * 10]


@given(LETTERS)
def test_parts_put_together_are_the_text_and_none_is_too_long(text):
    """The oracle reads the octets as a phone does: header off, decoded, put together by number."""
    reference = 0x1234
    messages = short_messages(text, reference=reference)
    assert all(
        len(message) <= 160 if coding_of(text) == PLAIN else len(message) <= 140 for message in messages
    )
    if len(messages) == 1:
        assert messages == [encoded(text)]
        return
    code = "ascii" if coding_of(text) == PLAIN else "utf-16-be"
    for number, message in enumerate(messages, 1):
        assert message[:6] == bytes([5, 0, 3, 0x34, len(messages), number])
    assert "".join(message[6:].decode(code) for message in messages) == text
