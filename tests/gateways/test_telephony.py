"""Files of telephone systems as they are: interleaved, rotated in the middle of a call, cut, with clocks that step."""

from __future__ import annotations

import gzip

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.gateways.feeds import FileRefused

T = 1_772_413_200  # 2026-03-02 09:00:00 +08:00


def log_line(
    at: float, call: str, event: str, *data: object, queue: str = "10000", agent: str = "NONE"
) -> str:
    return "|".join([str(at), call, queue, agent, event, *map(str, data)]) + "\n"


def entered(at: int, call: str, **more: str) -> str:
    return log_line(at, call, "ENTERQUEUE", "", "13800000001", 1, **more)


def connected(at: int, call: str, hold: int, agent: str = "PJSIP/8007", **more: str) -> str:
    return log_line(at, call, "CONNECT", hold, f"{call}9", 3, agent=agent, **more)


def completed(at: int, call: str, hold: int, talk: int, agent: str = "PJSIP/8007", **more: str) -> str:
    return log_line(at, call, "COMPLETECALLER", hold, talk, 1, agent=agent, **more)


def test_a_call_is_answered_another_gives_up_and_a_third_is_sent_away_by_time(read) -> None:
    found = read(
        f"{T}|NONE|NONE|NONE|QUEUESTART|\n"
        + entered(T, "a.1")
        + entered(T + 3, "b.2")
        + log_line(T + 8, "a.1", "RINGNOANSWER", 5000, agent="PJSIP/8001")
        + connected(T + 12, "a.1", 12)
        + entered(T + 14, "c.3")
        + log_line(T + 33, "b.2", "ABANDON", 1, 1, 30)
        + completed(T + 102, "a.1", 12, 90)
        + log_line(T + 134, "c.3", "EXITWITHTIMEOUT", 1, 1, 120)
    )
    assert found.rejects == []
    assert found.waiting == 0
    assert found.told == [
        ("b.2", "abandoned", 30, None, 3),
        ("a.1", "answered", 12, 90, 0),
        ("c.3", "left_queue", 120, None, 14),
    ]
    assert [stay.agent for stay in found.stays] == ["", "PJSIP/8007", ""]
    assert [stay.line for stay in found.stays] == [7, 8, 9]  # where the end is told


def test_a_caller_who_comes_back_to_the_queue_has_two_stays(read) -> None:
    found = read(
        entered(T, "a.1")
        + log_line(T + 60, "a.1", "EXITWITHKEY", "1", 2)
        + entered(T + 70, "a.1")
        + connected(T + 75, "a.1", 5)
        + completed(T + 80, "a.1", 5, 5)
    )
    assert found.told == [("a.1", "left_queue", 60, None, 0), ("a.1", "answered", 5, 5, 70)]


def test_a_call_transferred_twice_ends_its_stay_at_the_first_transfer_and_waits_again_in_the_next_queue(
    read,
) -> None:
    found = read(
        entered(T, "a.1")
        + connected(T + 5, "a.1", 5)
        + log_line(T + 65, "a.1", "BLINDTRANSFER", "600", "internal", 5, 60, 1, agent="PJSIP/8007")
        + entered(T + 66, "a.1", queue="complaints")
        + connected(T + 90, "a.1", 24, queue="complaints", agent="PJSIP/9001")
        + log_line(T + 150, "a.1", "ATTENDEDTRANSFER", "BRIDGE", "5f3a", 24, 60, 1, queue="complaints")
        + log_line(T + 170, "a.1", "ATTENDEDTRANSFER", "LINK", "x", "y", 24, 80, 1, queue="complaints")
        + completed(T + 200, "a.1", 24, 110, queue="complaints")
    )
    assert [(s.queue, s.wait_ms, s.talk_ms) for s in found.stays] == [
        ("10000", 5_000, 60_000),
        ("complaints", 24_000, 60_000),
    ]
    assert found.rejects == []


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        (connected(T + 12, "a.1", 12) + completed(T + 72, "a.1", 12, 60), ("a.1", "answered", 12, 60, 0)),
        (completed(T + 72, "a.1", 12, 60), ("a.1", "answered", 12, 60, 0)),
        (log_line(T + 30, "a.1", "ABANDON", 1, 1, 30), ("a.1", "abandoned", 30, None, 0)),
        (log_line(T + 30, "a.1", "EXITEMPTY", 1, 1, 30), ("a.1", "left_queue", 30, None, 0)),
        (log_line(T + 30, "a.1", "EXITWITHKEY", "0", 1, 1, 30), ("a.1", "left_queue", 30, None, 0)),
        (log_line(T + 72, "a.1", "TRANSFER", "600", "default", 12, 60), ("a.1", "answered", 12, 60, 0)),
        (
            log_line(T + 72, "a.1", "ATTENDEDTRANSFER", "LINK", "x", "y", 12, 60, 1),
            ("a.1", "answered", 12, 60, 0),
        ),
    ],
)
def test_a_call_whose_beginning_was_rotated_away_is_reckoned_back_from_its_end(read, end, expected) -> None:
    assert read(end).told == [expected]


def test_rotated_files_given_in_any_order_are_read_in_the_order_of_time(read) -> None:
    found = read(
        entered(T, "a.1"),
        connected(T + 7, "a.1", 7),
        completed(T + 67, "a.1", 7, 60) + entered(T + 70, "b.2"),
    )
    assert found.told == [("a.1", "answered", 7, 60, 0)]
    assert found.waiting == 1  # b.2 is picked up when its end is written
    assert found.rejects == []


def test_an_end_that_tells_no_times_and_has_no_beginning_asks_for_the_file_before(read) -> None:
    found = read(log_line(T, "a.1", "EXITWITHKEY", "1", 2) + entered(T + 1, "b.2"))
    assert found.stays == []
    assert found.bad_lines == [1]
    assert "file before" in found.rejects[0].remedy


def test_a_file_cut_in_the_middle_of_a_line_gives_its_whole_calls_and_names_the_line(read) -> None:
    whole = entered(T, "a.1") + connected(T + 5, "a.1", 5) + completed(T + 65, "a.1", 5, 60)
    cut = entered(T + 2, "b.2") + connected(T + 9, "b.2", 7) + completed(T + 610, "b.2", 7, 601)
    found = read(whole + cut[:-7])  # "|601|1" cut to a number that could be taken for a whole one
    assert found.told == [("a.1", "answered", 5, 60, 0)]
    assert found.waiting == 1
    assert found.bad_lines == [6]
    assert "ends inside" in found.rejects[0].reason


def test_every_bad_line_is_named_at_once_and_the_calls_around_them_come_in(read) -> None:
    found = read(
        entered(T, "a.1")
        + "\n   \n"
        + "half a line\n"
        + f"{T + 1}|b.2|10000|NONE|COMPLETECAL{T + 1}|x\n"
        + "yesterday|c.3|10000|NONE|ENTERQUEUE||1\n"
        + f"{T + 9}|d.4|10000|A|COMPLETECALLER|5|61{T}|1\n"
        + f"{T + 9}||10000|A|ABANDON|1|1|3\n"
        + f"{T + 9}|e.5|10000|A|ABANDON|1|1|soon\n"
        + f"99{T}|f.6|10000|NONE|ENTERQUEUE||1\n"
        + connected(T + 4, "a.1", 4)
        + completed(T + 14, "a.1", 4, 10)
    )
    assert found.told == [("a.1", "answered", 4, 10, 0)]
    assert found.bad_lines == [4, 5, 6, 7, 8, 9, 10]
    assert all(reject.reason and reject.remedy and reject.row for reject in found.rejects)


def test_a_connect_line_that_is_broken_does_not_lose_the_call(read) -> None:
    found = read(
        entered(T, "a.1") + f"{T + 9}|a.1|10000|X|CONN\x00ECT|9|1|2\n" + completed(T + 69, "a.1", 9, 60)
    )
    assert found.told == [("a.1", "answered", 9, 60, 0)]
    assert found.bad_lines == [2]


def test_a_clock_put_back_while_a_caller_waits_or_talks_leaves_the_times_that_the_events_tell(read) -> None:
    found = read(
        entered(T + 3600, "a.1")
        + connected(T + 20, "a.1", 20)  # an hour back
        + completed(T + 80, "a.1", 20, 60)
        + entered(T + 3600, "b.2")
        + log_line(T + 90, "b.2", "ABANDON", 1, 1, 40)
        + entered(T + 100, "c.3")
        + connected(T + 3700, "c.3", 3)
        + completed(T + 200, "c.3", 3, 55)
    )
    assert [(call, wait, talk) for call, _, wait, talk, _ in found.told] == [
        ("a.1", 20, 60),
        ("b.2", 40, None),
        ("c.3", 3600, 55),
    ]
    assert all(s.entered_ms <= (s.answered_ms or s.ended_ms) <= s.ended_ms for s in found.stays)


def test_the_times_may_be_written_as_dates(read) -> None:
    found = read(
        "2026-03-02 09:00:00.250000|a.1|10000|NONE|ENTERQUEUE||1|1\n"
        "2026-03-02 09:00:04.750000|a.1|10000|Agent/1|CONNECT|4|x|2\n"
        "2026-03-02T01:00:14.750+0000|a.1|10000|Agent/1|COMPLETEAGENT|4|10|1\n"
    )
    assert found.told == [("a.1", "answered", 4.5, 10, 0.25)]


def test_names_in_a_wrong_encoding_are_named_and_a_caller_name_in_one_hurts_nobody(read) -> None:
    gbk = "投诉".encode("gbk")
    found = read(
        f"{T}|a.1|10000|NONE|ENTERQUEUE||".encode() + gbk + b"|1\n"
        + log_line(T + 5, "a.1", "ABANDON", 1, 1, 5).encode()
        + f"{T}|b.2|".encode() + gbk + b"|NONE|ENTERQUEUE||1|1\n"
    )  # fmt: skip
    assert found.told == [("a.1", "abandoned", 5, None, 0)]
    assert [(reject.line, reject.column) for reject in found.rejects] == [(3, "queue")]
    found.rejects[0].row.encode("utf-8")  # it can be written down


def test_chinese_queues_a_byte_order_mark_and_windows_line_ends_are_read(read) -> None:
    text = entered(T, "a.1", queue="投诉") + log_line(T + 5, "a.1", "ABANDON", 1, 1, 5, queue="投诉")
    found = read(("\ufeff" + text.replace("\n", "\r\n")).encode("utf-8"))
    assert [stay.queue for stay in found.stays] == ["投诉"]
    assert found.rejects == []


def test_a_caller_who_finds_nobody_logged_in_has_asked_and_left_at_once(read) -> None:
    found = read(entered(T, "x.9") + log_line(T + 1, "a.1", "JOINEMPTY"))
    assert found.told == [("a.1", "left_queue", 0, None, 1)]


def test_a_call_without_an_end_is_given_up_after_a_day_and_one_that_enters_again_is_told(read) -> None:
    found = read(
        entered(T, "lost.1")
        + entered(T + 5, "twice.2")
        + entered(T + 50, "twice.2")
        + log_line(T + 60, "twice.2", "ABANDON", 1, 1, 10)
        + entered(T + 86_401, "late.3")
    )
    assert found.told == [("twice.2", "abandoned", 10, None, 50)]
    assert sorted(found.bad_lines) == [1, 2]
    assert found.waiting == 1


def test_events_of_the_operators_own_are_left_alone_and_counted(read) -> None:
    found = read(entered(T, "a.1") + log_line(T + 1, "a.1", "SATISFACTION", 5) * 3)
    assert dict(found.left_alone.events) == {"SATISFACTION": 3}
    assert found.rejects == []


def test_compressed_files_are_read_and_one_cut_off_gives_what_is_whole(read, tmp_path) -> None:
    lines = "".join(
        entered(T + n, f"{n}.1") + log_line(T + n + 2, f"{n}.1", "ABANDON", 1, 1, 2) for n in range(5_000)
    )
    packed = gzip.compress(lines.encode())
    assert len(read(packed, names=["queue_log.1.gz"]).stays) == 5_000
    found = read(packed[: len(packed) // 2], names=["queue_log.2.gz"])
    assert 0 < len(found.stays) < 5_000
    assert found.rejects


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\n\n \n", "empty"),
        ("甲|乙".encode("utf-16"), "UTF-16"),
        (b"dear team, here is the file you asked for\n", "of a call"),
        (bytes(range(256)) * 10, "of a call"),
    ],
)
def test_what_is_no_file_of_calls_is_refused_with_a_remedy(read, content, reason) -> None:
    (refusal,) = read(content).refused
    assert reason in refusal.problems[0].message
    assert refusal.problems[0].remedy


def test_a_line_without_an_end_does_not_fill_the_memory(read) -> None:
    found = read(entered(T, "a.1") + "x" * 1_000_000 + "\n" + log_line(T + 5, "a.1", "ABANDON", 1, 1, 5))
    assert found.told == [("a.1", "abandoned", 5, None, 0)]
    assert found.bad_lines == [2]


def test_an_upload_that_unpacks_to_more_than_it_may_is_refused(read) -> None:
    with pytest.raises(FileRefused):
        read(entered(T, "a.1") * 2_000, most_bytes=50_000)


# --- many calls, against what was made up -------------------------------------------------------------------

CALLS = st.lists(
    st.tuples(
        st.integers(0, 600),
        st.integers(0, 90),
        st.integers(1, 400),
        st.sampled_from(["answered", "gave", "timeout", "open"]),
    ),
    min_size=1,
    max_size=25,
)


@settings(max_examples=150, deadline=None)
@given(CALLS, st.data())
def test_however_the_log_is_rotated_the_calls_are_those_that_were_made(
    tmp_path_factory, read_files, calls, data
) -> None:
    lines: list[tuple[int, int, str]] = []
    expected = []
    for number, (begins, waits, talks, end) in enumerate(calls):
        call, enters = f"{number}.7", T + begins
        lines.append((enters, number * 4, entered(enters, call)))
        left = enters + waits
        if end == "answered":
            lines.append((left, number * 4 + 1, connected(left, call, waits)))
            lines.append((left + talks, number * 4 + 2, completed(left + talks, call, waits, talks)))
            expected.append((call, "answered", waits, talks, begins))
        elif end == "gave":
            lines.append((left, number * 4 + 1, log_line(left, call, "ABANDON", 1, 1, waits)))
            expected.append((call, "abandoned", waits, None, begins))
        elif end == "timeout":
            lines.append((left, number * 4 + 1, log_line(left, call, "EXITWITHTIMEOUT", 1, 1, waits)))
            expected.append((call, "left_queue", waits, None, begins))
    lines.sort()
    text = [line for _, _, line in lines]
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=3)))
    folder = tmp_path_factory.mktemp("log")
    parts = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    paths = []
    for number, part in enumerate(parts):
        if part:
            paths.append(folder / f"queue_log.{number}")
            paths[-1].write_text("".join(part))
    together = read_files(*paths)
    assert sorted(together.told) == sorted(expected)
    assert together.rejects == []
    assert together.waiting == sum(1 for *_, end in calls if end == "open")
    # Each file by itself: what it tells is told the same, for every end here carries its times.
    apart = [stay for path in paths for stay in read_files(path).told]
    assert sorted(apart) == sorted(expected)
