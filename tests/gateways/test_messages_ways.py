"""Mail and messengers through Apprise against real servers on loopback; what a centre delivers, read without fault."""

from __future__ import annotations

import email
import email.policy
import json
import socketserver
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from upheld.config.messages_command import WrongSetting, centre_from, ways_from
from upheld.gateways.messages.notifier import Notifier
from upheld.gateways.sms.told import IncomingTold, ReceiptTold, read_delivery


@pytest.fixture
def web() -> Iterator[SimpleNamespace]:
    """A web server on loopback that keeps what it was sent, and answers as it is told."""
    told = SimpleNamespace(got=[], status=200, asked=threading.Event(), wait=None)

    class Desk(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            told.got.append((self.path, json.loads(body)))
            told.asked.set()
            if told.wait is not None:
                told.wait.wait(20)
            self.send_response(told.status)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(b'{"errcode": 0, "code": 0}')

        def log_message(self, *words: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Desk)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.port = server.server_port
    yield told
    server.shutdown()
    server.server_close()


@pytest.fixture
def post_office() -> Iterator[SimpleNamespace]:
    """A mail server on loopback: just enough of SMTP to take a letter."""
    told = SimpleNamespace(letters=[])

    class Counter(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("220 here")
            to: list[str] = []
            while line := self.rfile.readline().decode().strip():
                word = line[:4].upper()
                if word == "DATA":
                    self.say("354 go on")
                    lines = []
                    while (part := self.rfile.readline()) != b".\r\n":
                        lines.append(part)
                    told.letters.append((to, b"".join(lines)))
                elif word == "RCPT":
                    to.append(line.split("<")[1].split(">")[0])
                elif word == "QUIT":
                    self.say("221 bye")
                    return
                self.say("250 ok")

        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Counter)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    told.port = server.server_address[1]
    yield told
    server.shutdown()
    server.server_close()


def test_a_letter_reaches_the_one_address_it_is_for(post_office):
    way = f"mailto://127.0.0.1:{post_office.port}?from=care@example.com&to={{address}}&mode=insecure"
    done = Notifier({"mail": way}).send(
        channel="mail", address="lin@example.com", subject="生日问候", content="林静怡，生日快乐"
    )
    assert done.taken, done.why
    ((to, raw),) = post_office.letters
    letter = email.message_from_bytes(raw, policy=email.policy.default)
    assert to == ["lin@example.com"]
    assert letter["Subject"] == "生日问候"
    body = letter.get_body(("plain", "html"))
    assert body is not None
    assert "林静怡，生日快乐" in body.get_content()


@pytest.mark.parametrize(
    ("channel", "way", "found"),
    [
        ("wecom", "wecombot://{address}", lambda said: said["text"]["content"]),
        ("dingtalk", "dingtalk://{address}", lambda said: said["text"]["content"]),
        ("feishu", "feishu://{address}", lambda said: said["content"]["text"]),
    ],
)
def test_messengers_are_sent_the_words_as_they_are(web, monkeypatch, channel, way, found):
    """The hosts of the messengers are fixed, so their calls are led to the loopback server, whole."""
    real = requests.post

    def led(url: str, *args: Any, **words: Any) -> Any:
        told = url.partition("://")[2].partition("/")[2]
        return real(f"http://127.0.0.1:{web.port}/{told}", *args, **{**words, "verify": False})

    monkeypatch.setattr(requests, "post", led)
    address = (
        "abcdef01-2345-6789-abcd-ef0123456789" if channel == "wecom" else "0123456789abcdef0123456789abcdef"
    )
    done = Notifier({channel: way}).send(
        channel=channel, address=address, subject="x", content="有一条服务提醒"
    )
    assert done.taken, done.why
    ((path, said),) = web.got
    assert address in path
    assert "有一条服务提醒" in found(said)


def test_a_no_says_why_and_never_tells_the_secret_address(web):
    web.status = 500
    way = f"json://user:word@127.0.0.1:{web.port}/secret/{{address}}"
    done = Notifier({"wecom": way}).send(channel="wecom", address="key", subject="", content="x")
    assert not done.taken
    assert done.why
    assert "word" not in done.why
    bad = Notifier({"wecom": "nosuch://{address}"}).send(
        channel="wecom", address="k", subject="", content="x"
    )
    assert not bad.taken


def test_a_no_is_never_told_as_the_reason_of_another_message(web):
    """Two at once: the one that fails does so while the other waits for its answer, which is a no as well."""
    failed = threading.Event()
    said: dict[str, str] = {}
    web.wait = failed
    web.status = 503
    way = f"json://127.0.0.1:{web.port}/{{address}}"
    nowhere = "json://127.0.0.1:1/{address}"

    def send(name: str, address: str) -> None:
        done = Notifier({"wecom": address}).send(channel="wecom", address=name, subject="", content="x")
        assert not done.taken
        said[name] = done.why

    slow = threading.Thread(target=send, args=("slow", way))
    slow.start()
    assert web.asked.wait(20)
    send("quick", nowhere)
    failed.set()
    slow.join(20)
    assert said["slow"]
    assert "503" in said["slow"]
    assert "503" not in said["quick"]
    assert said["quick"] not in said["slow"]


def delivered(**changes: Any) -> SimpleNamespace:
    given = {"esm_class": 4, "tlvs": [], "short_message": b"", "data_coding": 0}
    return SimpleNamespace(**{**given, "source_addr": "138", "destination_addr": "106", **changes})


def test_a_receipt_is_read_by_its_text_or_by_its_parameters():
    text = b"id:00ab sub:001 dlvrd:001 submit date:2608031000 done date:2608031001 stat:UNDELIV err:012 Text:hello"
    by_text = read_delivery(delivered(short_message=text))
    assert isinstance(by_text, ReceiptTold)
    assert (by_text.centre_id, by_text.stat, by_text.error, by_text.reference) == (
        "00ab",
        "UNDELIV",
        "012",
        None,
    )
    tlvs = [smpp34.Tlv(0x001E, b"77\x00"), smpp34.Tlv(0x0427, b"\x02"), smpp34.Tlv(0x0204, b"\x01\x02")]
    by_parameters = read_delivery(delivered(esm_class=0, tlvs=tlvs))
    assert isinstance(by_parameters, ReceiptTold)
    assert (by_parameters.centre_id, by_parameters.stat, by_parameters.reference) == ("77", "DELIVRD", 258)


def test_a_customers_words_are_read_in_their_coding_without_their_header():
    body = bytes([5, 0, 3, 1, 2, 1]) + "退订".encode("utf-16-be")
    told = read_delivery(delivered(esm_class=0x40, short_message=body, data_coding=8))
    assert told == IncomingTold("138", "106", "退订")


@given(st.binary(max_size=60), st.integers(0, 255), st.integers(0, 255))
def test_no_octets_bring_the_reader_down(body, esm_class, coding):
    read_delivery(delivered(esm_class=esm_class, short_message=body, data_coding=coding))


def test_settings_that_cannot_be_are_told_by_name():
    assert centre_from({}) is None
    told = centre_from(
        {"UPHELD_SMS_HOST": "smsc", "UPHELD_SMS_PASSWORD": "hidden", "UPHELD_SMS_WINDOW": "20"}
    )
    assert told is not None
    assert (told.port, told.window, told.receipts) == (2775, 20, True)
    assert "hidden" not in repr(told)
    wrong = (
        ("PORT", "x"),
        ("PORT", "0"),
        ("WINDOW", "-1"),
        ("LONG", "somehow"),
        ("CA", "/nowhere.pem"),
        ("CA", __file__),
    )
    for name, value in wrong:
        with pytest.raises(WrongSetting, match=f"UPHELD_SMS_{name}"):
            centre_from({"UPHELD_SMS_HOST": "smsc", f"UPHELD_SMS_{name}": value})
    with pytest.raises(WrongSetting, match="UPHELD_WECOM_URL"):
        ways_from({"UPHELD_WECOM_URL": "somewhere"})
