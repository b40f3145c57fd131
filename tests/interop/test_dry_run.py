"""What a dry run says of the most drastic changes, and that it happens: sessions that end or are
reset, routes that others lose, routes that move in the kernel."""

import re

import pytest
from lab import wire
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for

PREFIXES = [f"10.{20 + i // 256}.{i % 256}.0/24" for i in range(1000)]


def announce(speaker):
    for at in range(0, len(PREFIXES), 200):
        speaker.send(wire.update(
            wire.origin() + wire.as_path(speaker.asn) + wire.next_hop(speaker.machine.v4),
            wire.nlri(*PREFIXES[at:at + 200])))


class Trial:
    """pipit with `one`, who announces a thousand routes, and `two`, who gets them, and a kernel."""

    def __init__(self, lab):
        self.pipit = lab.add(Pipit, asn=65000)
        self.pipit.settings = {"kernel": {"export": {}}}
        machines = {name: lab.machine(name) for name in ("one", "two")}
        self.neighbors = [Neighbor(machine.v4, 65001 + i, name=name, passive=True)
                          for i, (name, machine) in enumerate(machines.items())]
        self.pipit.start(*self.neighbors)
        self.one, self.two = (RawSpeaker(machine, self.pipit.machine.v4, 65001 + i).come_up()
                              for i, machine in enumerate(machines.values()))
        self.fill()

    def fill(self):
        announce(self.one)
        wait_for(lambda: len(self.two.table()) == 1000, 20, lambda: str(len(self.two.table())))
        self.wait_kernel(1000)

    def kernel(self):
        return self.pipit.ask("status")["kernel"]

    def wait_kernel(self, count):
        wait_for(lambda: (self.kernel()["exported"], self.kernel()["pending"]) == (count, 0), 20,
                 lambda: str(self.kernel()))

    def change(self, neighbor=None, **settings):
        """Writes the file; returns what a dry run says: {name: row}, and its text."""
        if neighbor:
            self.neighbors[0].options = neighbor
        self.pipit.settings.update(settings)
        self.pipit.file.write_text(self.pipit.configuration())
        rows = self.pipit.ask("reload", "--dry-run")["changes"]
        assert self.one.alive() and self.two.alive()
        return {row["name"]: row for row in rows}, self.pipit.pipit("reload", "--dry-run").stdout


@pytest.fixture
def trial(lab):
    made = Trial(lab)
    yield made
    made.one.close()
    made.two.close()


def limit(**options):
    return {"families": {"ipv4-unicast": {"max-prefixes": {"limit": 400, **options}}}}


def test_a_lower_limit_of_prefixes(trial):
    rows, text = trial.change(limit(action="restart", **{"restart-after": "2s"}))
    one, two, kernel = rows["one"], rows["two"], rows["kernel"]
    assert one["session"]["becomes"] == "ends" and one["session"]["restart_after"] == 2
    assert one["session"]["received"] == 1000 and "400" in one["session"]["reason"]
    assert (one["lost"], two["withdrawn"], kernel["withdrawn"]) == (1000, 1000, 1000)
    first = text.splitlines()[0]
    assert re.match(r"! one: the session ends \(1000 prefixes .*limit 400\); 1,000 routes", first)
    assert "every 2 s" in first

    trial.pipit.pipit("reload")
    assert trial.one.notification()[:2] == (6, 1)
    wait_for(lambda: not trial.two.table(), 10, lambda: str(len(trial.two.table())))
    trial.wait_kernel(0)
    trial.one.close()
    trial.one.come_up()
    announce(trial.one)
    assert trial.one.notification()[:2] == (6, 1)


def test_shutdown(trial):
    rows, text = trial.change({"shutdown": "for a while"})
    assert rows["one"]["session"]["becomes"] == "ends"
    assert rows["one"]["session"]["reason"] == "shutdown"
    assert (rows["one"]["lost"], rows["two"]["withdrawn"]) == (1000, 1000)
    assert text.startswith("! one: the session ends (shutdown); 1,000 routes from it go")
    assert "! 1,000 routes are withdrawn from 1 neighbor: two 1,000\n" in text
    trial.pipit.pipit("reload")
    assert trial.one.notification()[:2] == (6, 2)
    wait_for(lambda: not trial.two.table(), 10, lambda: str(len(trial.two.table())))


def test_a_session_that_is_reset(trial):
    """Others lose its routes for a while, and have them again afterwards."""
    rows, text = trial.change({"multihop": 2})
    assert rows["one"]["session"]["becomes"] == "reset" and rows["one"]["lost"] == 0
    assert rows["two"]["withdrawn"] == 0 and rows["two"]["while_down"]["withdrawn"] == 1000
    assert rows["kernel"]["while_down"]["withdrawn"] == 1000 and rows["kernel"]["withdrawn"] == 0
    assert "! 1 session is reset and should come back: one (1,000 routes)" in text
    assert "! until then, 1,000 routes are withdrawn from 1 neighbor: two 1,000\n" in text
    trial.pipit.pipit("reload")
    assert trial.one.notification()[:2] == (6, 6)
    wait_for(lambda: not trial.two.table(), 10, lambda: str(len(trial.two.table())))
    trial.one.close()
    trial.one.come_up()
    trial.fill()


def test_another_as_does_not_come_back(trial):
    trial.neighbors[0].asn = 65009
    rows, text = trial.change()
    assert rows["one"]["session"]["becomes"] == "ends"
    assert "AS 65001" in rows["one"]["session"]["comes_back"] and "comes back when" in text
    assert (rows["one"]["lost"], rows["two"]["withdrawn"]) == (1000, 1000)
    trial.pipit.pipit("reload")
    wait_for(lambda: not trial.two.table(), 10, lambda: str(len(trial.two.table())))


def test_routes_that_move_in_the_kernel(trial):
    rows, text = trial.change(kernel={"export": {"metric": 77}})
    assert list(rows) == ["kernel"] and rows["kernel"]["moved"] == 1000
    assert text.startswith("! routes of the kernel: 1,000 move to another table, metric or "
                           "protocol\n")
    trial.pipit.pipit("reload")
    wait_for(lambda: all(r["metric"] == 77 and r["state"] == "installed"
                         for r in trial.pipit.ask("show", "kernel")
                         if r["direction"] == "exported"), 20, "all routes move")
    holds_for(lambda: trial.one.alive() and trial.two.alive(), 0.2)

    del trial.pipit.settings["kernel"]
    rows, _ = trial.change()
    assert rows["kernel"]["withdrawn"] == 1000
    trial.pipit.pipit("reload")
    holds_for(lambda: trial.one.alive() and trial.two.alive(), 0.2)
