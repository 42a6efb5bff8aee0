"""What holds for every clock at any microsecond: due as the contract says, time adds up, due is the first instant."""

from datetime import date, datetime, timedelta, timezone
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from upheld.policy import clocks
from upheld.policy.clocks import CONTINUOUS, Measure
from upheld.policy.deadlines import clocks_of
from upheld.policy.editions import Edition, load_edition, shipped_edition
from upheld.policy.facts import read_subject
from upheld.policy.kinds.deadlines import STOPS

BEIJING = timezone(timedelta(hours=8))
CALENDARS = shipped_edition().calendars
OFFICE = "08:30-12:00, 13:30-18:00"
DAYS, HOURS = Measure("working_days", "china", OFFICE), Measure("working_hours", "china", OFFICE)

AMOUNTS = {"minutes": (1, 45, 600), "hours": (1, 2, 48), "days": (1, 15), "working_days": (1, 2, 3, 7, 30),
           "working_hours": (1, 4, 8, 9, 100)}  # fmt: skip
CASES = ("enquiry", "coverage_request", "informatisation_request", "training_request")
ISLAND = "year: 2025\ndays_off:\n- {from: 2025-01-27, until: 2025-02-05}\n- {from: 2025-12-31, until: 2026-01-01}\n" \
         "make_up_workdays: [2025-02-08, 2025-12-28]\n"  # fmt: skip


def trial_edition() -> Edition:
    """Make an edition whose cases have a clock of every unit, with two calendars and two kinds of business hours."""
    lines = ["- table: clocks", "  kind: clock", "  rows:"]
    wanted = [
        f"limit: {{{unit}: {amount}}}" + (f", calendar: {calendar}" if calendar != "china" else "")
        for unit, amounts in AMOUNTS.items()
        for amount in amounts
        for calendar in (("china", "island") if unit.startswith("working") else ("china",))
    ]
    assert len(wanted) <= len(CASES) * len(STOPS)
    for place, limit in enumerate(wanted):
        case, stop = CASES[place % len(CASES)], STOPS[place // len(CASES)]
        lines.append(f"  - {{clause: T-1, when: {{case: {case}}}, stops_at: {stop}, {limit}}}")
    lines += ["- table: hours", "  kind: business_hours", "  clause: T-1", "  rows:"]
    lines += ['  - {clause: T-1, hours: "00:00-07:15, 19:30-24:00", calendar: island}']
    head = "id: T\ntitle: {zh: 试, en: T}\nissuer: {zh: 试, en: T}\nin_force: {from: 2004-01-01}\n"
    clause = "- {id: T-1, kind: target, title: {zh: 甲, en: a}, text: {zh: 甲, en: a}, status: executable}\n"
    return load_edition(
        sources={
            "trial/standard.yaml": head,
            "trial/clauses.yaml": clause,
            "trial/rules/deadlines.yaml": "\n".join(lines) + "\n",
            "_calendars/island/2025.yaml": ISLAND,
        }
    )


TRIAL = trial_edition()
TURNING = sorted(
    {*CALENDARS["china"].days_off, *CALENDARS["china"].days_worked}
    | {date(year, 12, 31).toordinal() for year in range(2005, 2030)}
)
instants = st.builds(
    lambda day, shift, tick: (
        datetime.fromordinal(day + shift).replace(tzinfo=BEIJING) + timedelta(microseconds=tick)
    ),
    st.sampled_from([day for day in TURNING if day >= date(2025, 1, 8).toordinal()]),
    st.integers(-5, 3),
    st.one_of(
        st.integers(0, 86_399_999_999),
        st.builds(lambda minute, off: minute * 60_000_000 + off, st.integers(1, 1438), st.integers(-1, 1)),
    ),
)
measures = st.sampled_from([CONTINUOUS, DAYS, HOURS, Measure("working_days", "island", "00:00-07:15, 19:30-24:00"),
                            Measure("working_hours", "island", "00:00-24:00")])  # fmt: skip
spells = st.builds(timedelta, microseconds=st.integers(0, 20 * 86_400_000_000))


@settings(max_examples=300, deadline=None)
@given(instants, st.sampled_from(CASES))
def test_a_clock_without_a_pause_is_due_exactly_when_the_contract_says(opened_at, case) -> None:
    subject = read_subject({"case": case, "opened_at": opened_at.isoformat()})
    found = clocks_of(edition=TRIAL, subject=subject, as_of=date(2026, 1, 1))
    assert len({clock.limit.unit for clock in found}) >= 3
    for clock in found:
        measure = clocks.measure_of(clock)
        assert (measure.unit == "continuous") == (not clock.limit.unit.startswith("working"))
        whole = clocks.whole_time(clock.limit, measure, calendars=TRIAL.calendars)
        told = {"measure": measure, "calendars": TRIAL.calendars, "started_at": clock.started_at}
        assert clocks.start(whole=whole, **told).due_at == clock.due_at, clock
        due = clocks.due_after(**told, at=clock.started_at, left=whole)
        assert due == (clock.due_at, clock.provisional), clock
        assert due[0].utcoffset() == timedelta(hours=8)


@settings(max_examples=400, deadline=None)
@given(measures, instants, st.lists(spells, min_size=2, max_size=4))
def test_what_counts_adds_up_and_never_runs_backwards(measure, started_at, gaps) -> None:
    moments = [started_at]
    for gap in gaps:
        moments.append(moments[-1] + gap)
    told = {"measure": measure, "calendars": TRIAL.calendars, "started_at": started_at}
    parts = [clocks.counted(**told, from_at=one, until_at=other) for one, other in pairwise(moments)]
    assert sum(parts, timedelta()) == clocks.counted(**told, from_at=moments[0], until_at=moments[-1])
    assert all(timedelta() <= part <= gap for part, gap in zip(parts, gaps, strict=True))


@settings(max_examples=400, deadline=None)
@given(measures, instants, spells, st.builds(timedelta, microseconds=st.integers(1, 400 * 3_600_000_000)))
def test_due_is_the_first_instant_by_which_what_is_left_has_counted(measure, started_at, gap, left) -> None:
    told = {"measure": measure, "calendars": TRIAL.calendars, "started_at": started_at}
    begin = started_at + gap
    due_at, _ = clocks.due_after(**told, at=begin, left=left)
    assert clocks.counted(**told, from_at=begin, until_at=due_at) == left
    tick = timedelta(microseconds=1)
    assert clocks.counted(**told, from_at=begin, until_at=due_at - tick) == left - tick
