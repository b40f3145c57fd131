"""Waiting on conditions instead of sleeping."""

import time


class Timeout(AssertionError):
    """A condition did not become true in time."""


def wait_for(condition, timeout=20.0, describe=None, interval=0.05):
    """Returns the first true result of `condition()`. `describe`: text or a callable that tells, at
    the end of the time, what was there instead."""
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
