"""What stops a command in the foreground: a signal, a second one that will not wait, and the end of its parent."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

COMMAND = """
import asyncio, sys
from upheld.config.until_stopped import until_stopped

async def work():
    async with until_stopped(beside=int(sys.argv[1]) or None) as stop:
        print("at work", flush=True)
        await stop.wait()
        print("told to stop", flush=True)
        if sys.argv[2] == "slow":
            await asyncio.Event().wait()  # what is under way does not end
    print("stopped", flush=True)

asyncio.run(work())
"""
PARENT = """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid()), "quick"]).wait()
"""


@pytest.fixture
def begun() -> Iterator[list[subprocess.Popen[str]]]:
    """End what a story began, were it to fail half way."""
    processes: list[subprocess.Popen[str]] = []
    yield processes
    for process in processes:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def begin(begun: list[subprocess.Popen[str]], *words: str) -> subprocess.Popen[str]:
    """Run a program, until it says that it is at work."""
    process = subprocess.Popen([sys.executable, "-c", *words], stdout=subprocess.PIPE, text=True)
    begun.append(process)
    assert said(process) == "at work"
    return process


def said(process: subprocess.Popen[str]) -> str:
    """Wait for the next line; empty once nobody is left who could say one."""
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.mark.parametrize("word", [signal.SIGINT, signal.SIGTERM])
def test_a_command_ends_what_is_under_way_when_it_is_told_to_stop(
    begun: list[subprocess.Popen[str]], word: signal.Signals
) -> None:
    process = begin(begun, COMMAND, "0", "quick")
    process.send_signal(word)
    assert (said(process), said(process), said(process)) == ("told to stop", "stopped", "")
    assert process.wait() == 0


def test_whoever_says_it_twice_is_not_kept_waiting(begun: list[subprocess.Popen[str]]) -> None:
    process = begin(begun, COMMAND, "0", "slow")
    process.send_signal(signal.SIGTERM)
    assert said(process) == "told to stop"
    process.send_signal(signal.SIGTERM)
    assert said(process) == ""
    assert process.wait() == -signal.SIGTERM


def test_a_command_beside_another_process_goes_when_that_one_is_killed(
    begun: list[subprocess.Popen[str]],
) -> None:
    parent = begin(begun, PARENT, COMMAND)
    os.kill(parent.pid, signal.SIGKILL)
    assert (said(parent), said(parent), said(parent)) == ("told to stop", "stopped", "")
