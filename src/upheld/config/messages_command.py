"""`upheld messages`: sends what waits in the outbox, in the foreground, until Ctrl-C or a TERM signal.

Any number of senders may run beside each other. Without an SMS centre and without another way set up there is nothing
to send by, and the command says so.

| variable | meaning | left out |
|---|---|---|
| UPHELD_SMS_HOST, UPHELD_SMS_PORT | the SMS centre, SMPP 3.4 | no SMS; 2775 |
| UPHELD_SMS_SYSTEM_ID, UPHELD_SMS_PASSWORD | how we bind | empty |
| UPHELD_SMS_SYSTEM_TYPE | as the centre wants it | empty |
| UPHELD_SMS_TLS | `on`: by TLS | off |
| UPHELD_SMS_CA | a PEM file of who vouches for the centre | whom this machine trusts |
| UPHELD_SMS_WINDOW | unanswered submissions at once | 50 |
| UPHELD_SMS_PER_SECOND | submissions a second at most | no limit |
| UPHELD_SMS_LONG | long messages: `parts`, or whole as `payload` | parts |
| UPHELD_SMS_RECEIPTS | `off`: the centre gives no delivery receipts | on |
| UPHELD_MAIL_URL, UPHELD_WECOM_URL | mail, WeCom: an Apprise address with `{address}` | not that way |
| UPHELD_DINGTALK_URL, UPHELD_FEISHU_URL | DingTalk, Feishu: the same | not that way |
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from upheld.config.serving import bring_up
from upheld.config.until_stopped import command_beside, until_stopped
from upheld.gateways.sms.link import Centre

log = logging.getLogger("upheld.messages")

WAYS = ("mail", "wecom", "dingtalk", "feishu")
STOP_SECONDS = 15.0


class WrongSetting(ValueError):
    """Say which variable of the environment is wrong."""


def centre_from(environment: Mapping[str, str]) -> Centre | None:
    """Read the SMS centre from the environment; None where none is named. Raises WrongSetting."""
    host = environment.get("UPHELD_SMS_HOST", "")
    if not host:
        return None
    long_by = environment.get("UPHELD_SMS_LONG", "parts")
    if long_by not in ("parts", "payload"):
        raise WrongSetting(f"UPHELD_SMS_LONG is {long_by!r}: write parts or payload")
    authority = environment.get("UPHELD_SMS_CA", "")
    if authority and not Path(authority).is_file():
        raise WrongSetting(f"UPHELD_SMS_CA is {authority!r}: there is no such file")
    if authority and environment.get("UPHELD_SMS_TLS") != "on":
        raise WrongSetting("UPHELD_SMS_CA is for TLS: set UPHELD_SMS_TLS=on as well")
    return Centre(
        host=host,
        port=_number(environment, "UPHELD_SMS_PORT", 2775, least=1, most=65_535),
        system_id=environment.get("UPHELD_SMS_SYSTEM_ID", ""),
        password=environment.get("UPHELD_SMS_PASSWORD", ""),
        system_type=environment.get("UPHELD_SMS_SYSTEM_TYPE", ""),
        tls=environment.get("UPHELD_SMS_TLS") == "on",
        authority=authority,
        window=_number(environment, "UPHELD_SMS_WINDOW", 50, least=1, most=1_000),
        per_second=_number(environment, "UPHELD_SMS_PER_SECOND", 0, least=0, most=100_000),
        long_by=long_by,
        receipts=environment.get("UPHELD_SMS_RECEIPTS", "on") != "off",
    )


def ways_from(environment: Mapping[str, str]) -> dict[str, str]:
    """Read the other ways from the environment, by channel; raises WrongSetting for one without a place for it."""
    found = {way: environment.get(f"UPHELD_{way.upper()}_URL", "") for way in WAYS}
    for way, told in found.items():
        if told and "://" not in told:
            raise WrongSetting(
                f"UPHELD_{way.upper()}_URL is no address of Apprise: write such as json://host/"
            )
    return {way: told for way, told in found.items() if told}


def _number(environment: Mapping[str, str], name: str, without: int, *, least: int, most: int) -> int:
    told = environment.get(name, "")
    if not told:
        return without
    if not told.isascii() or not told.isdigit() or not least <= int(told) <= most:
        raise WrongSetting(f"{name} is {told!r}: write a whole number from {least} to {most}")
    return int(told)


def messages_command(words: argparse.Namespace) -> int:
    """Bring the database up, and send until told to stop."""
    try:
        centre, ways = centre_from(os.environ), ways_from(os.environ)
    except WrongSetting as wrong:
        print(f"{wrong}.", file=sys.stderr)
        return 2
    if centre is None and not ways:
        print("Nothing to send by: set UPHELD_SMS_HOST, or the address of another way.", file=sys.stderr)
        return 2
    if not bring_up(quiet=True):
        return 1
    from django.db import connection

    connection.close()  # it migrated; the sender's threads have their own
    asyncio.run(_send(centre, ways, beside=words.beside))
    return 0


async def _send(centre: Centre | None, ways: Mapping[str, str], *, beside: int | None) -> None:
    from upheld.config.message_sender import MessageSender
    from upheld.gateways.messages.notifier import Notifier

    async with until_stopped(beside=beside) as stop:
        sender = MessageSender(centre=centre, notifier=Notifier(ways) if ways else None)
        log.info("sender %s is at work", sender.worker)
        await sender.run(stop)
    log.info("sender %s has stopped; it handed over %s messages", sender.worker, sender.sent)


@contextmanager
def sender_beside(environment: Mapping[str, str]) -> Iterator[None]:
    """Run a sender as a child while a `with` block lasts; it stops with this process, even by `kill -9`."""
    with command_beside("messages", environment=environment, stop_seconds=STOP_SECONDS):
        yield


@contextmanager
def sender_of_the_demo(folder: Path) -> Iterator[None]:
    """Run a make-believe SMS centre on loopback, which reaches nobody, and a sender bound to it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    centre = subprocess.Popen([sys.executable, str(folder / "sms_centre.py"), str(port), str(os.getpid())])
    told = {name: "" for name in os.environ if name.startswith("UPHELD_SMS_")}
    ways = {f"UPHELD_{way.upper()}_URL": "" for way in WAYS}
    told |= {**ways, "UPHELD_SMS_HOST": "127.0.0.1", "UPHELD_SMS_PORT": str(port)}
    try:
        with sender_beside(told):
            yield
    finally:
        centre.terminate()
        centre.wait()
