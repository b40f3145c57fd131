"""Reloads of very large files: they are read beside the event loop, which goes on meanwhile."""

import signal
import socket
import threading

from lab.waiting import wait_for
from test_reload_safety import (  # noqa: F401
    history,
    originated,
    pipit,
    untouched,
    write,
    write_included,
)

LARGE = 100_000


class Pending:
    """A request whose answer is not waited for."""

    def __init__(self, pipit, command, **arguments):
        self.result = None
        self.thread = threading.Thread(target=self._ask, args=(pipit, command, arguments))
        self.thread.start()

    def _ask(self, pipit, command, arguments):
        self.result = pipit.control(command, **arguments)

    def waits(self):
        return self.thread.is_alive()

    def answer(self):
        self.thread.join()
        return self.result


def turn(pipit):
    return pipit.ask("status")["loop"]["longest_turn_seconds"] * 1000


def test_others_are_served_while_a_large_file_is_read(pipit):  # noqa: F811
    """Its reading takes a second or more: a request takes some milliseconds."""
    pipit.quiet = True
    write_included(pipit, originated(LARGE))
    reload = Pending(pipit, "reload")
    answered = 0
    while reload.waits():
        answered += pipit.control("status")["done"] and reload.waits()
    assert reload.answer()["ok"] and answered > 10, answered
    wait_for(lambda: len(pipit.far.table()) == LARGE, 60)
    print(f"longest turn with {LARGE} new routes: {turn(pipit):.1f} ms")
    write_included(pipit, originated(LARGE)[1:])
    assert pipit.control("reload")["keys"] == 1
    wait_for(lambda: len(pipit.far.table()) == LARGE - 1, 60)
    assert untouched(pipit)


def test_reloads_during_a_reload_are_done_after_it(pipit):  # noqa: F811
    pipit.quiet = True
    write_included(pipit, originated(LARGE))
    dry = Pending(pipit, "reload", **{"dry-run": True})
    first = Pending(pipit, "reload", confirm=3600)
    wait_for(lambda: len(history(pipit)) == 2, 60)
    assert dry.answer()["ok"] and first.answer()["confirm_until"]
    # One that would come while the first waits for its confirmation is refused, not forgotten.
    refused = Pending(pipit, "reload").answer()
    assert not refused["ok"] and "pipit confirm" in refused["diagnostics"]
    back = Pending(pipit, "rollback", number=1)
    again = Pending(pipit, "reload")
    assert back.answer()["ok"]
    answer = again.answer()
    assert answer["ok"] or "pipit confirm" in answer["diagnostics"]
    for _ in range(20):
        pipit.processes[0].send(signal.SIGHUP)
    wait_for(lambda: len(history(pipit)) == 4, 60)
    wait_for(lambda: len(pipit.far.table()) == LARGE, 60)
    assert [row["by"] for row in history(pipit)][-3:] == ["rollback to 1", "reload", "start"]
    assert untouched(pipit)


def asked_to_reload(pipit):  # noqa: F811
    """A control connection that has asked for a reload and has not read the answer."""
    line = socket.socket(socket.AF_UNIX)
    line.connect(str(pipit.socket))
    line.sendall(b'{"command":"reload"}\n')
    return line


def test_a_client_that_does_not_wait_for_its_reload(pipit):  # noqa: F811
    pipit.quiet = True
    write_included(pipit, originated(LARGE))
    with asked_to_reload(pipit):
        pass
    wait_for(lambda: len(history(pipit)) == 2, 60)
    wait_for(lambda: len(pipit.far.table()) == LARGE, 60)
    assert untouched(pipit)


def test_the_daemon_ends_during_a_reload(pipit):  # noqa: F811
    pipit.quiet = True
    write_included(pipit, originated(LARGE))
    with asked_to_reload(pipit) as line:
        assert pipit.control("status")["config_number"] == 1
        pipit.processes[0].send(signal.SIGTERM)
        assert pipit.far.notification()[:2] == (6, 2)
        assert line.recv(100) == b""
    assert pipit.processes[0].child.wait(60) == 0
