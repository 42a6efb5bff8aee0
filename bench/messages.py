"""Measure the way of a message from the outbox to the SMS centre beside bare `submit_sm` to the same centre.

    python bench/messages.py [--messages 20000] [--window 50] [--repeats 3] [--small]

The centre is the npm package `smpp` on loopback, another make than ours, and gives delivery receipts. In one run, in
turn, medians:

1. bare: `smpp34` submits the same texts to the same numbers with the same window, asks for receipts, stores nothing.
2. sender: Upheld's sender claims from the outbox over the embedded PostgreSQL with everything that is asked at the
   moment of sending (quiet hours by province, caps over all sources, services, sender number), writes each attempt
   before it leaves, then answers and receipts.

It is half past eight in Beijing: a tenth of the customers live in Xinjiang, where it is still quiet, and another tenth
has had its three messages of the day. None of theirs may leave; the run fails where one does, or where one of the
others does not arrive exactly once. The mark: the sender is at least half as fast as the bare submissions.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
import urllib.request
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
from measure import Mark, Run, run, verdict
from measure.database import URL_VARIABLE, own_database, peak

CENTRE = Path(__file__).resolve().parent.parent / "tests" / "gateways" / "sms_centre.cjs"
NOW = datetime.fromisoformat("2026-08-03T08:30:00+08:00")
MOST_TIMES = 2.0
TEXT = "林静怡，今天是您的生日，祝您生日快乐，身体健康，万事顺意！感谢您一路相伴。"


def main() -> int:
    """Run the contest and print what was found; return 1 where a rule was broken or the mark missed."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--messages", type=int, default=20_000, help="messages in the outbox")
    parser.add_argument("--window", type=int, default=50, help="unanswered submissions at once")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--small", action="store_true", help="a few, once: does it run at all")
    parser.add_argument("--role", choices=("bare", "sender"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.role:
        work = _bare if told.role == "bare" else _send
        print(json.dumps(asyncio.run(work(told))), flush=True)
        os._exit(0)  # the library of SMPP keeps threads of its own
    messages, repeats = (500, 1) if told.small else (told.messages, told.repeats)
    with own_database("test_upheld_messages"):
        centre = subprocess.Popen(["node", str(CENTRE)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            assert centre.stdout is not None
            ports = json.loads(centre.stdout.readline())
            return _contest(ports, messages, told.window, repeats, small=told.small)
        finally:
            centre.kill()


def _tell(ports: dict[str, int], act: str, **said: Any) -> Any:
    asked = urllib.request.Request(f"http://127.0.0.1:{ports['desk']}/{act}", data=json.dumps(said).encode())
    with urllib.request.urlopen(asked, timeout=60) as answer:
        return json.load(answer)


def _contest(ports: dict[str, int], messages: int, window: int, repeats: int, *, small: bool) -> int:
    found: dict[str, list[Run]] = {"bare": [], "sender": []}
    wrong = 0
    may_go = sum(_may_go(number) for number in range(messages))
    for turn in range(repeats):
        for role, runs in found.items():
            _tell(ports, "forget")
            if role == "sender":
                _fill_outbox(messages, turn)
            command = [sys.executable, __file__, "--role", role, "--port", str(ports["smpp"])]
            runs.append(run([*command, "--messages", str(messages), "--window", str(window)]))
            if role == "sender":
                wrong += _broken_rules(_tell(ports, "received"), messages)
    print(f"{messages:,} messages, window {window}, {may_go:,} may go, {messages - may_go:,} must wait")
    rates = {role: statistics.median(one.said["rate"] for one in runs) for role, runs in found.items()}
    for role, runs in found.items():
        cpu = statistics.median(one.said["cpu"] for one in runs)
        peak = max(one.said["peak"] for one in runs)
        print(
            f"  {role:<8} {rates[role]:8,.0f} a second, CPU of the process {cpu:6.2f} s, peak {peak:,.0f} MB"
        )
    print(f"  sender / bare {rates['sender'] / rates['bare']:.2f}; rules broken: {wrong}")
    missed = verdict(
        [Mark("bare submit_sm over the sender, rates", rates["bare"] / rates["sender"], MOST_TIMES)]
    )
    return 1 if wrong or (missed and not small) else 0


def _may_go(number: int) -> bool:
    """Say whether a customer may be reached now: not one of Xinjiang (ends in 0), not one who had three (in 1)."""
    return number % 10 not in (0, 1)


def _phone(number: int) -> str:
    return f"13{number:09d}"


def _broken_rules(received: list[dict[str, Any]], messages: int) -> int:
    """Count customers who got a message that must wait, none, or more than one."""
    got: dict[str, int] = {}
    for one in received:
        got[one["to"]] = got.get(one["to"], 0) + 1
    return sum(got.get(_phone(number), 0) != int(_may_go(number)) for number in range(messages))


# --- the bare submissions -----------------------------------------------------------------------------------------


async def _bare(told: argparse.Namespace) -> dict[str, float]:
    import smpp34

    client = smpp34.Client(
        "127.0.0.1",
        told.port,
        "bench",
        "secret",
        bind_type="TRX",
        window_size=told.window,
        inbound_capacity=20_000,
    )
    session = await client.connect()
    body = TEXT.encode("utf-16-be")
    numbers = iter([number for number in range(told.messages) if _may_go(number)])
    heard, sent = 0, 0

    async def listen() -> None:
        nonlocal heard
        while not isinstance(await session.next(), smpp34.Disconnected):
            heard += 1

    async def submit() -> None:
        nonlocal sent
        for number in numbers:
            reference = smpp34.Tlv(0x0204, (number % 65536).to_bytes(2, "big"))
            answer = await session.submit_sm(
                _phone(number), body, source_addr="10690001", data_coding=8, registered_delivery=1,
                tlvs=[reference],
            )  # fmt: skip
            assert answer.is_success
            sent += 1

    listening = asyncio.create_task(listen())
    begun, cpu = time.perf_counter(), time.process_time()
    await asyncio.gather(*(submit() for _ in range(told.window)))
    while heard < sent:
        await asyncio.sleep(0.005)
    seconds = time.perf_counter() - begun
    listening.cancel()
    return {"rate": sent / seconds, "cpu": time.process_time() - cpu, "peak": peak()}


# --- the sender ----------------------------------------------------------------------------------------------------


async def _send(told: argparse.Namespace) -> dict[str, float]:
    import django

    django.setup()
    from upheld.config.message_sender import MessageSender
    from upheld.gateways.sms.link import Centre
    from upheld.records.standards.queries import edition_in_force, loaded_edition

    record = await asyncio.to_thread(edition_in_force, NOW.date())
    assert record is not None
    await asyncio.to_thread(loaded_edition, record)
    sender = MessageSender(
        centre=Centre("127.0.0.1", told.port, "bench", "secret", window=told.window), clock=lambda: NOW
    )
    stop = asyncio.Event()
    begun, cpu = time.perf_counter(), time.process_time()
    work = asyncio.create_task(sender.run(stop))
    expected = sum(_may_go(number) for number in range(told.messages))
    url = os.environ[URL_VARIABLE]
    with psycopg.connect(url, autocommit=True) as asking:
        while True:
            await asyncio.sleep(0.1)
            if sender.sent < expected:
                continue
            row = asking.execute(
                "SELECT count(*) FROM messaging_message WHERE state IN ('waiting', 'sending', 'accepted')"
            ).fetchone()
            if row == (0,):
                break
    seconds, spent = time.perf_counter() - begun, time.process_time() - cpu
    stop.set()
    await work
    return {"rate": expected / seconds, "cpu": spent, "peak": peak()}


def _fill_outbox(messages: int, turn: int) -> None:
    """Make the customers once, and a greeting for each; one in ten has had three messages, one lives in Xinjiang."""
    with psycopg.connect(os.environ[URL_VARIABLE], autocommit=True) as connection:
        if turn == 0:
            connection.execute(
                "INSERT INTO messaging_sendernumber (number, line) VALUES ('10690001', 'service')"
            )
            connection.execute(
                "INSERT INTO people_region (code, name) VALUES ('37', '山东省'), ('65', '新疆维吾尔自治区')"
            )
            connection.execute(
                """
                WITH person AS (
                    INSERT INTO people_person (code, name, pinyin_key, bigrams, phone, region_id)
                    SELECT 'C' || n, '林静怡', 'linjingyi', '{}', '13' || lpad(n::text, 9, '0'),
                           (SELECT id FROM people_region WHERE code = CASE WHEN n %% 10 = 0 THEN '65' ELSE '37' END)
                    FROM generate_series(0, %s - 1) n RETURNING id, code, phone
                )
                INSERT INTO people_service (code, person_id, number, kind, status)
                SELECT 'S' || id, id, phone, 'mobile', 'active' FROM person
                """,
                [messages],
            )
        connection.execute("TRUNCATE messaging_message CASCADE")
        line = """
            INSERT INTO messaging_message (key, person_id, template, language, purpose, rank, channel, source, clause,
                content, segments, next_at, expires_at, state, sent_at, ended_at)
            SELECT %(key)s || p.id || '-' || n, p.id, 'greeting_birthday', 'zh', 'care', 1, 'sms', 'bench', 'CT-42',
                   %(text)s, 1, %(now)s, %(now)s::timestamptz + interval '3 days', %(state)s, %(sent)s, %(sent)s
            FROM people_person p CROSS JOIN generate_series(1, %(each)s) n
        """
        had = {"key": f"had {turn} ", "state": "delivered", "sent": NOW, "each": 3}
        new = {"key": f"new {turn} ", "state": "waiting", "sent": None, "each": 1}
        same = {"text": TEXT, "now": NOW}
        connection.execute(
            f"{line} WHERE p.id %% 10 = (SELECT id %% 10 FROM people_person WHERE code = 'C1')",
            {**had, **same},
        )
        connection.execute(line, {**new, **same})
        connection.execute("ANALYZE")


if __name__ == "__main__":
    sys.exit(main())
