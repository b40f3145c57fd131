"""Single routes in other tables and at other metrics, as the policy of kernel.export says."""

import json
import signal

import pytest
from lab import wire
from lab.waiting import holds_for, wait_for

from test_kernel import (EXPORT, ONE, TWO, Node, announce, hears, hears_the_kernel, withdraw)

SIX, SEVEN = "2001:db8:1::/48", "2001:db8:2::/48"
HINTS = {"kernel-table": 100, "kernel-metric": 50}


class PlacedNode(Node):
    """Routes of the set `marked` are written as `hints` say, all others as kernel.export does."""

    def __init__(self, lab, hints, kernel=None, router=None):
        super().__init__(lab, {"export": {**EXPORT, "policy": "to-kernel"}, **(kernel or {})},
                         router)
        self.pipit.settings["sets"] = {"prefixes": {"marked": [ONE, SIX]}}
        self.mark(hints)

    def mark(self, hints):
        rules = [{"match": {"prefix": "marked"}, "set": hints}] if hints else [
            {"match": {"prefix": "marked"}, "then": "next-rule"}]
        self.pipit.settings["policies"] = {"to-kernel": [*rules, {"then": "accept"}]}

    def places(self, prefix):
        """Where our routes to it are: {(table, metric)}."""
        family = "-6" if ":" in prefix else "-4"
        text = self.machine.ip("-j", family, "route", "show", "table", "all", "proto", "bgp")
        return {(str(r.get("table", "main")), r["metric"]) for r in json.loads(text or "[]")
                if r["dst"] == prefix}

    def wait_places(self, places, timeout=20):
        """`places`: {prefix: {(table, metric)}}."""
        wait_for(lambda: {p: self.places(p) for p in places} == places, timeout,
                 lambda: f"{places}, there is {[(p, self.places(p)) for p in places]}")


def announce_six(speaker, *prefixes):
    speaker.send(wire.update(wire.origin() + wire.as_path(speaker.asn)
                             + wire.reach_v6(speaker.machine.v6, *prefixes)))


def announce_all(speaker):
    announce(speaker, ONE, TWO)
    announce_six(speaker, SIX, SEVEN)


MARKED = {ONE: {("100", 50)}, TWO: {("main", 32)}, SIX: {("100", 50)}, SEVEN: {("main", 32)}}
PLAIN = {prefix: {("main", 32)} for prefix in MARKED}


def test_policy_places_single_routes(lab):
    node = PlacedNode(lab, {**HINTS, "kernel-preferred-source": "10.255.0.1"})
    (speaker,) = node.peers(65001)
    announce_all(speaker)
    node.wait_places(MARKED)
    assert node.routes("table", "100")[ONE]["prefsrc"] == "10.255.0.1"
    assert "prefsrc" not in node.installed()[TWO]
    rows = {row["prefix"]: row for row in node.pipit.ask("show", "kernel")}
    assert [rows[ONE][key] for key in ("state", "table", "metric", "preferred_source")] == [
        "installed", 100, 50, "10.255.0.1"]
    assert [rows[SIX][key] for key in ("state", "table", "metric", "preferred_source")] == [
        "installed", 100, 50, None]
    assert [rows[TWO][key] for key in ("table", "metric")] == [254, 32]
    assert "src 10.255.0.1" in node.pipit.pipit("show", "kernel").stdout
    answer = node.pipit.ask("explain", ONE, "to", "kernel")
    assert answer["verdict"] == "in the kernel" and answer["installed"]["table"] == 100
    assert "the policy says table 100, metric 50, preferred source 10.255.0.1" in (
        node.pipit.pipit("explain", ONE, "to", "kernel").stdout)
    assert "the policy says" not in node.pipit.pipit("explain", TWO, "to", "kernel").stdout
    assert "kernel-table 100" in node.pipit.pipit("show", "policies").stdout
    withdraw(speaker, ONE)
    speaker.send(wire.update(wire.unreach_v6(SIX)))
    node.wait_places({ONE: set(), SIX: set(), TWO: {("main", 32)}, SEVEN: {("main", 32)}})


@pytest.mark.parametrize("hints", [{"kernel-metric": 20}, {"kernel-metric": 90}, HINTS],
                         ids=["lower", "higher", "table"])
def test_a_reload_moves_the_routes_concerned_and_no_other(lab, hints):
    node = PlacedNode(lab, {})
    (speaker,) = node.peers(65001)
    announce_all(speaker)
    node.wait_places(PLAIN)
    monitor = node.pipit.spawn("stdbuf", "-oL", "ip", "monitor", "route", name="monitor")
    wait_for(lambda: hears_the_kernel(node, monitor), 5, "the monitor listens")
    there = (str(hints.get("kernel-table", "main")), hints["kernel-metric"])
    node.mark(hints)
    node.pipit.reload()
    node.wait_places({**PLAIN, ONE: {there}, SIX: {there}})
    node.mark({})
    node.pipit.reload()
    node.wait_places(PLAIN)
    node.machine.ip("route", "add", "blackhole", "198.18.0.2/32")
    wait_for(lambda: "198.18.0.2" in monitor.log(), 5, monitor.log)
    lines = monitor.log().splitlines()
    assert not [line for line in lines if TWO in line or SEVEN in line]
    for prefix in (ONE, SIX):
        # There and back, each time first the new one.
        moves = [line.startswith("Deleted") for line in lines if prefix in line]
        assert moves == [False, True, False, True], lines
    assert node.pipit.established_count(speaker.machine.v4) == 1


def test_the_table_and_metric_of_all_change_without_a_gap(lab):
    node = PlacedNode(lab, {})
    (speaker,) = node.peers(65001)
    announce_all(speaker)
    node.wait_places(PLAIN)
    monitor = node.pipit.spawn("stdbuf", "-oL", "ip", "monitor", "route", name="monitor")
    wait_for(lambda: hears_the_kernel(node, monitor), 5, "the monitor listens")
    node.pipit.settings["kernel"]["export"].update({"table": 77, "metric": 40})
    node.pipit.reload()
    node.wait_places({prefix: {("77", 40)} for prefix in PLAIN})
    node.machine.ip("route", "add", "blackhole", "198.18.0.2/32")
    wait_for(lambda: "198.18.0.2" in monitor.log(), 5, monitor.log)
    lines = monitor.log().splitlines()
    for prefix in PLAIN:
        moves = [line.startswith("Deleted") for line in lines if prefix in line]
        assert moves == [False, True], lines


def restart(node, speaker, number):
    process = node.pipit.processes[0]
    process.send(number)
    process.child.wait(10)
    node.pipit.stop()
    node.pipit.start()
    speaker.close()
    speaker.come_up(timeout=30)
    announce_all(speaker)
    speaker.send(wire.END_OF_RIB + wire.end_of_rib_v6())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_a_restart_adopts_routes_in_every_table(lab, number):
    node = PlacedNode(lab, HINTS)
    (speaker,) = node.peers(65001)
    announce_all(speaker)
    announce(speaker, "10.4.0.0/16")
    node.wait_places(MARKED)
    restart(node, speaker, number)
    node.wait_places({**MARKED, "10.4.0.0/16": set()})
    holds_for(lambda: all(node.places(p) == at for p, at in MARKED.items()), 0.5)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_a_restart_empties_a_table_that_nobody_names_any_more(lab, number):
    node = PlacedNode(lab, HINTS)
    (speaker,) = node.peers(65001)
    announce_all(speaker)
    node.wait_places(MARKED)
    # Of others: another protocol there, and ours in a table that was never named.
    ip = node.machine.ip
    ip("route", "add", "blackhole", "10.8.0.0/16", "proto", "static", "metric", "50", "table",
       "100")
    ip("route", "add", "blackhole", "10.9.0.0/16", "proto", "bgp", "metric", "50", "table", "300")
    node.mark({})
    restart(node, speaker, number)
    node.wait_places(PLAIN)
    assert set(node.routes("table", "100")) == {"10.8.0.0/16"}
    assert node.places("10.9.0.0/16") == {("300", 50)}


@pytest.mark.parametrize("hints", [{}, HINTS], ids=["one table", "two tables"])
def test_a_reload_without_export_takes_every_route_out(lab, hints):
    node = PlacedNode(lab, hints)
    node.pipit.settings["kernel"]["export"]["table"] = 77
    (speaker,) = node.peers(65001)
    announce_all(speaker)
    there = ("100", 50) if hints else ("77", 32)
    node.wait_places({ONE: {there}, TWO: {("77", 32)}, SIX: {there}, SEVEN: {("77", 32)}})
    record = node.pipit.folder / "pipit.sock.tables"
    assert record.exists()
    del node.pipit.settings["kernel"]
    del node.pipit.settings["policies"]
    del node.pipit.settings["sets"]
    node.pipit.reload()
    node.wait_places({prefix: set() for prefix in PLAIN})
    assert not record.exists()


def test_our_routes_in_other_tables_are_not_imported(lab):
    node = PlacedNode(lab, HINTS, {"import": [{"table": 100}]})
    one, two = node.peers(65001, 65002)
    node.machine.ip("route", "add", "blackhole", "10.8.0.0/16", "table", "100")
    announce_all(one)
    node.wait_places(MARKED)
    hears(two, "10.8.0.0/16")
    rows = [row for row in node.pipit.ask("show", "kernel") if row["direction"] == "imported"]
    assert [row["prefix"] for row in rows] == ["10.8.0.0/16"]
    node.mark({})
    node.pipit.reload()
    node.wait_places(PLAIN)
    rows = [row for row in node.pipit.ask("show", "kernel") if row["direction"] == "imported"]
    assert [row["prefix"] for row in rows] == ["10.8.0.0/16"]


def test_every_table_is_emptied_at_the_end(lab):
    node = PlacedNode(lab, HINTS)
    node.pipit.settings["kernel"]["export"]["on-exit"] = "flush"
    (speaker,) = node.peers(65001)
    announce_all(speaker)
    node.wait_places(MARKED)
    node.machine.ip("route", "add", "blackhole", "10.8.0.0/16", "proto", "static", "table", "100")
    assert node.pipit.terminate() == 0
    node.wait_places({prefix: set() for prefix in MARKED})
    assert set(node.routes("table", "100")) == {"10.8.0.0/16"}


def test_a_route_of_another_program_keeps_the_new_place_and_ours_the_old(lab):
    node = PlacedNode(lab, {})
    (speaker,) = node.peers(65001)
    announce_all(speaker)
    node.wait_places(PLAIN)
    ip = node.machine.ip
    for prefix in (ONE, SIX):
        ip("route", "add", "blackhole", prefix, "proto", "static", "metric", "50", "table", "100")
    node.mark(HINTS)
    node.pipit.reload()
    wait_for(lambda: node.pipit.pipit("show", "kernel").stdout.count("another program's") == 2, 10)
    node.wait_places(PLAIN)
    for prefix in (ONE, SIX):
        ip("route", "del", "blackhole", prefix, "proto", "static", "metric", "50", "table", "100")
    node.wait_places(MARKED)
