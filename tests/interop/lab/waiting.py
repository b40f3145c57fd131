"""Waiting on conditions instead of sleeping."""

import os
import time

# A loaded machine takes longer. Nobody waits for longer than a condition takes to become true.
PATIENCE = float(os.environ.get("PIPIT_PATIENCE", "3"))


class Timeout(AssertionError):
    """A condition did not become true in time."""


def wait_for(condition, timeout=20.0, describe=None, interval=0.05):
    """Returns the first true result of `condition()`. `timeout`: seconds on a machine with nothing
    else to do. `describe`: text or a callable that tells, at the end, what was there instead."""
    timeout *= PATIENCE
    deadline = time.monotonic() + timeout
    while True:
        result = condition()
        if result:
            return result
        if time.monotonic() >= deadline:
            text = describe() if callable(describe) else describe
            raise Timeout(f"not within {timeout:g} s: {text or condition}")
        time.sleep(interval)
        interval = min(interval * 1.3, 0.5)


def holds_for(condition, seconds, describe=None, interval=0.1):
    """Asserts that `condition()` is true now and stays so for `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not condition():
            text = describe() if callable(describe) else describe
            raise Timeout(f"did not hold for {seconds:g} s: {text or condition}")
        time.sleep(interval)
