"""Call detail records of FreeSWITCH: what its queue did with a call, told by the caller's own leg."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest

T = 1_772_413_200  # 2026-03-02 09:00:00 +08:00

LEG = {
    "uuid": "5c1f3a2e-1",
    "cc_side": "member",
    "cc_queue": "support@default",
    "cc_queue_joined_epoch": str(T),
    "cc_queue_answered_epoch": str(T + 12),
    "cc_queue_terminated_epoch": str(T + 72),
    "cc_cause": "answered",
    "cc_agent": "1007@default",
    "end_epoch": str(T + 80),
}


def gave_up(**more: str) -> dict[str, str]:
    kept = {key: LEG[key] for key in ("uuid", "cc_side", "cc_queue", "cc_queue_joined_epoch", "end_epoch")}
    return {**kept, "cc_queue_canceled_epoch": str(T + 25), "cc_cause": "cancel", **more}


def as_json(variables: dict[str, str]) -> str:
    return json.dumps({"core-uuid": "x", "variables": variables, "callflow": []})


def as_xml(variables: dict[str, str]) -> str:
    inside = "".join(f"<{key}>{quote(value)}</{key}>" for key, value in variables.items())
    return f'<?xml version="1.0"?>\n<cdr core-uuid="x"><variables>{inside}</variables><callflow/></cdr>'


@pytest.mark.parametrize(("write", "name"), [(as_json, "a_1.cdr.json"), (as_xml, "a_1.cdr.xml")])
def test_a_callers_leg_tells_the_queue_the_wait_and_the_talk(read, write, name) -> None:
    found = read(write(LEG), names=[name])
    assert found.told == [("5c1f3a2e-1", "answered", 12, 60, 0)]
    assert (found.stays[0].queue, found.stays[0].agent) == ("support@default", "1007@default")


@pytest.mark.parametrize(
    ("reason", "end"),
    [("BREAK_OUT", "abandoned"), ("NONE", "abandoned"), ("TIMEOUT", "left_queue"),
     ("NO_AGENT_TIMEOUT", "left_queue"), ("EXIT_WITH_KEY", "left_queue")],
)  # fmt: skip
def test_why_a_caller_left_the_queue_is_told_apart(read, reason, end) -> None:
    found = read(as_json(gave_up(cc_cancel_reason=reason)), names=["a.json"])
    assert found.told == [("5c1f3a2e-1", end, 25, None, 0)]


def test_a_leg_that_went_through_two_queues_tells_of_the_last_one(read) -> None:
    again = {**LEG, "cc_queue_joined_epoch": str(T + 100), "cc_queue_canceled_epoch": str(T + 130)}
    found = read(as_json(again), names=["a.json"])
    assert found.told == [("5c1f3a2e-1", "abandoned", 30, None, 100)]


def test_other_legs_and_calls_past_every_queue_are_left_out_and_counted(read) -> None:
    agent = {**LEG, "cc_side": "agent", "uuid": "agent-leg"}
    found = read(
        "\n".join(as_json(leg) for leg in (LEG, agent, {"uuid": "2", "end_epoch": str(T)})) + "\n",
        names=["many.json"],
    )
    assert len(found.stays) == 1
    assert found.left_alone.legs == 2


def test_a_folder_of_records_is_read_whole_and_each_bad_record_is_named(read_files, tmp_path) -> None:
    folder = tmp_path / "xml_cdr"
    folder.mkdir()
    (folder / "1.cdr.xml").write_text(as_xml(LEG))
    (folder / "2.cdr.xml").write_text(as_xml({**LEG, "uuid": "2"})[:-30])
    (folder / "3.cdr.json").write_text(
        as_json({**LEG, "uuid": "3", "cc_queue_joined_epoch": "soon", "cc_agent": "\u0001"})
    )
    (folder / "4.cdr.xml").write_text(
        '<!DOCTYPE x [<!ENTITY a "aaaa">]><cdr><variables>&a;</variables></cdr>'
    )
    (folder / "5.cdr.json").write_text('{"variables": [1]}')
    (folder / "6.cdr.json").write_text(as_json(gave_up(uuid="6")))
    (folder / "notes.txt").write_text("not a record")
    found = read_files(folder)
    assert [stay.call_id for stay in found.stays] == ["5c1f3a2e-1", "6"]
    assert [(reject.line, reject.column) for reject in found.rejects] == [
        (2, "2.cdr.xml"),
        (3, "3.cdr.json"),
        (3, "3.cdr.json"),
        (4, "4.cdr.xml"),
        (5, "5.cdr.json"),
    ]


def test_lines_of_our_own_csv_template_carry_what_the_queue_did(read) -> None:
    def line(leg: dict[str, str]) -> str:
        names = ("uuid", "cc_side", "cc_queue", "cc_queue_joined_epoch", "cc_queue_answered_epoch",
                 "cc_queue_terminated_epoch", "cc_queue_canceled_epoch", "cc_cancel_reason", "cc_agent",
                 "end_epoch")  # fmt: skip
        return ",".join(f'"{cell}"' for cell in ("upheld", *(leg.get(name, "") for name in names))) + "\n"

    found = read(line(LEG) + line(gave_up(uuid="2")) + '"upheld","3"\n', names=["Master.csv"])
    assert found.told == [("5c1f3a2e-1", "answered", 12, 60, 0), ("2", "abandoned", 25, None, 0)]
    assert found.bad_lines == [3]


def test_a_table_that_names_the_variables_in_its_first_line_is_read(read) -> None:
    names = list(LEG)
    text = ",".join(names) + "\n" + ",".join(LEG[name] for name in names) + "\n"
    assert read(text, names=["export.csv"]).told == [("5c1f3a2e-1", "answered", 12, 60, 0)]


def test_lines_of_the_default_template_are_calls_straight_to_agents(read) -> None:
    found = read(
        '"何女士","13800000001","10000","public","2026-03-02 09:00:00","2026-03-02 09:00:09","2026-03-02 09:01:09",'
        '"69","60","NORMAL_CLEARING","u1","b1","","PCMA","PCMA"\n'
        '"9008","9008","10000","public","2026-03-02 09:00:10","","2026-03-02 09:00:30","20","0","ORIGINATOR_CANCEL",'
        '"u2","","","",""\n'
        # A menu answered, nobody else did: whether the caller asked for a person is not told.
        '"9009","9009","10000","public","2026-03-02 09:00:10","2026-03-02 09:00:10","2026-03-02 09:00:30","20","20",'
        '"NORMAL_CLEARING","u3","","","PCMA","PCMA"\n'
        '"9010","9010","10000","public","2026-03-02 09:00:10","2026-03-02 08:00:10","2026-03-02 09:00:30","20","20",'
        '"NORMAL_CLEARING","u4","b4", "acc"\n'
        '"a "quoted" name","9010","10000","public","2026-03-02 09:00:20","","2026-03-02 09:00:30","20","20",'
        '"NORMAL_CLEARING","u5","b4", "acc"\n',
        names=["Master.csv"],
    )
    assert found.told == [
        ("u1", "answered", 9, 60, 0),
        ("u2", "abandoned", 20, None, 10),
        ("u5", "abandoned", 10, None, 20),
    ]
    assert found.left_alone.legs == 1
    assert found.bad_lines == [4]
