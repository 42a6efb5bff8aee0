"""The session with a centre: by TLS or not at all, acknowledges what is stored alone, and survives odd centres."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from struct import pack, unpack
from typing import Any

import pytest
import smpp34
from tests.gateways.sms_centre import SmsCentre

from upheld.gateways.sms import session as sessions
from upheld.gateways.sms.link import Centre, SmsLink, Submitted
from upheld.gateways.sms.session import Delivery, Session, SessionEnded, connect

PART: dict[str, Any] = {
    "to": "13800000002", "sender": "10690001", "body": b"hello", "coding": 0, "has_header": False, "reference": 7,
}  # fmt: skip


@asynccontextmanager
async def linked(centre: Centre) -> Any:
    """Keep a link up while a block lasts."""
    link = SmsLink(centre, on_told=lambda told, answer: answer(True))
    work = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)


# --- TLS --------------------------------------------------------------------------------------------------------------


def certificate(folder: Path, name: str, *, speaks_for: str) -> tuple[Path, Path]:
    """Make a key, and a certificate that nobody but itself vouches for."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl makes the certificates")
    key, made = folder / f"{name}.key", folder / f"{name}.pem"
    subprocess.run(
        [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
         "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName={speaks_for}",
         "-keyout", str(key), "-out", str(made)],
        check=True, capture_output=True,
    )  # fmt: skip
    return key, made


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    folder = tmp_path_factory.mktemp("papers")
    return {
        "own": certificate(folder, "own", speaks_for="IP:127.0.0.1"),
        "other": certificate(folder, "other", speaks_for="IP:127.0.0.1"),
    }


@pytest.fixture(scope="module")
def guarded(papers: dict[str, tuple[Path, Path]]) -> Iterator[SmsCentre]:
    """A centre that is spoken to by TLS alone."""
    centre = SmsCentre(tls=papers["own"])
    yield centre
    centre.close()


def test_a_message_goes_by_tls_to_a_centre_that_is_vouched_for(guarded, papers):
    async def send() -> Submitted:
        async with linked(guarded.address(tls=True, authority=str(papers["own"][1]))) as link:
            await asyncio.wait_for(link.bound(), 20)
            return await link.submit(**PART)

    before = len(guarded.received)
    assert asyncio.run(send()).result == "accepted"
    assert [got["text"] for got in guarded.received[before:]] == ["hello"]


@pytest.mark.parametrize(
    ("changes", "whose"),
    [
        ({}, ""),  # nobody whom this machine trusts vouches for it
        ({}, "other"),  # somebody else does not either
        ({"host": "localhost"}, "own"),  # and a certificate speaks for the names in it alone
    ],
)
def test_a_centre_that_nobody_vouches_for_is_told_nothing_not_even_our_password(
    guarded, papers, caplog, changes, whose
):
    authority = str(papers[whose][1]) if whose else ""

    async def try_to() -> None:
        async with linked(guarded.address(tls=True, authority=authority, **changes)) as link:
            while "CERTIFICATE_VERIFY_FAILED" not in caplog.text:
                await asyncio.sleep(0.01)
            assert await link.submit(**PART) == Submitted("later", error="not bound")

    before = len(guarded.tell("binds"))
    asyncio.run(asyncio.wait_for(try_to(), 20))
    assert len(guarded.tell("binds")) == before


def test_a_centre_without_tls_is_not_spoken_to_in_the_clear_instead(papers, caplog, monkeypatch):
    monkeypatch.setattr(sessions, "CONNECT_SECONDS", 0.5)  # it waits for more of what it takes for a request
    centre = SmsCentre()

    async def try_to() -> None:
        async with linked(centre.address(tls=True, authority=str(papers["own"][1]))):
            while "no session with" not in caplog.text:
                await asyncio.sleep(0.01)

    try:
        asyncio.run(asyncio.wait_for(try_to(), 20))
        assert centre.tell("binds") == []
    finally:
        centre.close()


# --- odd centres ------------------------------------------------------------------------------------------------------


def unit(command: int, *, status: int = 0, sequence: int = 1, body: bytes = b"") -> bytes:
    return pack(">IIII", 16 + len(body), command, status, sequence) + body


async def read_unit(reader: asyncio.StreamReader) -> tuple[int, int, int, bytes]:
    length, command, status, sequence = unpack(">IIII", await reader.readexactly(16))
    return command, status, sequence, await reader.readexactly(length - 16)


Play = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def with_a_centre_that(play: Play, act: Callable[[Session], Awaitable[Any]], heard: list[Delivery]) -> Any:
    """Bind to a centre that lets us in and then plays its part; return what the act returns."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, _, sequence, _ = await read_unit(reader)
        writer.write(unit(0x8000_0009, sequence=sequence, body=b"odd\0"))
        await play(reader, writer)
        await reader.read()
        writer.close()

    async def live() -> Any:
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            session = await connect(
                host="127.0.0.1", port=port, system_id="us", password="w", system_type="", trust=None,
                on_delivery=heard.append,
            )  # fmt: skip
            try:
                return await act(session)
            finally:
                session.end()

    return asyncio.run(asyncio.wait_for(live(), 20))


async def until_it_ends(session: Session) -> bool:
    await session.ended.wait()
    return session.is_open


def test_what_is_delivered_is_acknowledged_when_it_is_stored_and_not_before():
    told: list[tuple[int, int, int, bytes]] = []
    heard: list[Delivery] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for number in (5, 6):
            words = smpp34.DeliverSm("13800000002", "10690001", b"R", sequence_number=number)
            whole = words.encode()
            # In two pieces, as a network may bring it.
            writer.write(whole[:20])
            await writer.drain()
            await asyncio.sleep(0.01)
            writer.write(whole[20:])
        writer.write(unit(0x15, sequence=9))
        told.append(await read_unit(reader))
        heard[1].answer(True)
        told.append(await read_unit(reader))
        heard[0].answer(False)
        told.append(await read_unit(reader))
        writer.close()

    with_a_centre_that(play, until_it_ends, heard)
    assert [(command, status, sequence) for command, status, sequence, _ in told] == [
        (0x8000_0015, 0, 9),
        (0x8000_0005, 0, 6),
        (0x8000_0005, 0x64, 5),
    ]
    assert [bytes(one.unit.short_message) for one in heard] == [b"R", b"R"]


def test_what_nobody_can_read_is_refused_and_the_session_goes_on():
    told: list[tuple[int, int, int, bytes]] = []
    heard: list[Delivery] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(unit(0x05, sequence=3, body=b"\xff\xff"))
        told.append(await read_unit(reader))
        writer.write(unit(0x102, sequence=4) + unit(0x77, sequence=5))
        told.append(await read_unit(reader))
        writer.write(unit(0x06, sequence=6))
        told.append(await read_unit(reader))

    assert with_a_centre_that(play, until_it_ends, heard) is False
    assert [(command, status, sequence) for command, status, sequence, _ in told] == [
        (0x8000_0005, 0x65, 3),
        (0x8000_0000, 0x03, 5),
        (0x8000_0006, 0, 6),
    ]
    assert heard == []


@pytest.mark.parametrize("length", [0, 15, 5_000_000])
def test_a_unit_of_an_impossible_length_ends_the_session(length):
    async def play(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(pack(">IIII", length, 0x05, 0, 1))

    assert with_a_centre_that(play, until_it_ends, []) is False


def test_a_centre_that_falls_silent_is_left(monkeypatch):
    monkeypatch.setattr(sessions, "ENQUIRE_SECONDS", 0.05)

    async def act(session: Session) -> str:
        asked = session.submit(source_addr="1", destination_addr="2", short_message=b"x")
        await session.watch()
        with pytest.raises(SessionEnded):
            await asked
        with pytest.raises(SessionEnded):
            session.submit(source_addr="1", destination_addr="2", short_message=b"x")
        return "left"

    async def play(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await read_unit(reader)

    assert with_a_centre_that(play, act, []) == "left"


def test_a_refusal_of_anything_is_an_answer_and_more_than_can_be_kept_is_asked_for_again(monkeypatch):
    monkeypatch.setattr(sessions, "MOST_UNSTORED", 1)
    told: list[int] = []

    async def play(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        _, _, sequence, _ = await read_unit(reader)
        for number in (1, 2):
            writer.write(smpp34.DeliverSm("1", "2", b"x", sequence_number=number).encode())
        told.append((await read_unit(reader))[1])
        writer.write(unit(0x8000_0000, sequence=sequence))

    async def act(session: Session) -> int:
        status, _ = await session.submit(source_addr="1", destination_addr="2", short_message=b"x")
        return status

    heard: list[Delivery] = []
    assert with_a_centre_that(play, act, heard) != 0
    assert (told, len(heard)) == ([0x64], 1)


def test_what_no_unit_holds_is_refused_before_anything_is_sent():
    centre = SmsCentre()

    async def send() -> Submitted:
        async with linked(centre.address()) as link:
            await asyncio.wait_for(link.bound(), 20)
            return await link.submit(**{**PART, "to": "\ud800"})

    try:
        assert asyncio.run(send()).result == "refused"
        assert centre.received == []
    finally:
        centre.close()
