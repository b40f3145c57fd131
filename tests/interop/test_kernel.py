"""Kernel routes in and out, as `ip route` shows them."""

import json
import signal
import subprocess
import time

import pytest
from lab import wire
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for

EXPORT = {"table": "main", "protocol": "bgp", "metric": 32}
ONE, TWO = "10.1.0.0/16", "10.2.0.0/16"


class Node:
    """A pipit whose kernel section is `kernel`, with raw speakers around it."""

    def __init__(self, lab, kernel, router=None):
        self.lab = lab
        self.pipit = lab.add(Pipit, asn=65000)
        self.pipit.settings["kernel"] = kernel
        if router:
            self.pipit.settings["router"] = router
        self.machine = self.pipit.machine
        self.speakers = []

    def peers(self, *asns):
        """Starts pipit with a passive neighbor for each AS number, and connects them all."""
        machines = [self.lab.machine(f"far{i}") for i, _ in enumerate(asns)]
        self.pipit.start(*(Neighbor(m.v4, asn, passive=True, families=("ipv4", "ipv6"))
                           for m, asn in zip(machines, asns)))
        self.speakers = [RawSpeaker(m, self.machine.v4, asn).come_up()
                         for m, asn in zip(machines, asns)]
        self.lab.on_close(lambda: [s.close() for s in self.speakers])
        return self.speakers

    def routes(self, *words, family="-4"):
        """`ip route show` with `words`: {destination: entry}."""
        text = self.machine.ip("-j", family, "route", "show", *words)
        return {r["dst"]: r for r in json.loads(text or "[]")}

    def installed(self, family="-4"):
        return self.routes("proto", "bgp", family=family)

    def wait_installed(self, *prefixes, family="-4", timeout=10):
        wait_for(lambda: set(self.installed(family)) == set(prefixes), timeout,
                 lambda: f"{prefixes} in the kernel, there is {sorted(self.installed(family))}")

    def workload(self, name):
        """An interface as the node's agent makes one: a veth whose other end is up."""
        self.machine.ip("link", "add", name, "type", "veth", "peer", "name", "w-" + name)
        for end in (name, "w-" + name):
            self.machine.ip("link", "set", end, "up")


def announce(speaker, *prefixes, hop=None):
    path = wire.as_path() if speaker.asn == 65000 else wire.as_path(speaker.asn)
    preference = wire.local_preference() if speaker.asn == 65000 else b""
    speaker.send(wire.update(wire.origin() + path + wire.next_hop(hop or speaker.machine.v4)
                             + preference, wire.nlri(*prefixes)))


def withdraw(speaker, *prefixes):
    speaker.send(wire.update(withdrawn=wire.nlri(*prefixes)))


def hears(speaker, prefix, timeout=10):
    return wait_for(lambda: speaker.table().get(prefix), timeout,
                    lambda: f"{prefix} is announced, heard {sorted(speaker.table())}")


def loses(speaker, prefix, timeout=10):
    wait_for(lambda: prefix not in speaker.table(), timeout, f"{prefix} is withdrawn")


# -- import

def test_workload_routes_are_announced_and_withdrawn(lab):
    node = Node(lab, {"import": [{"interface": "cali*"}]})
    node.workload("cali1")
    node.workload("eth9")
    node.machine.ip("route", "add", "10.244.1.1/32", "dev", "cali1")
    (speaker,) = node.peers(65000)
    hears(speaker, "10.244.1.1/32")
    node.machine.ip("route", "add", "10.244.1.2/32", "dev", "cali1")
    node.machine.ip("-6", "route", "add", "fd00:10:244::2/128", "dev", "cali1")
    node.machine.ip("route", "add", "10.99.99.0/24", "dev", "eth9")
    hears(speaker, "10.244.1.2/32")
    hears(speaker, "fd00:10:244::2/128")
    node.machine.ip("route", "del", "10.244.1.2/32", "dev", "cali1")
    node.machine.ip("-6", "route", "del", "fd00:10:244::2/128", "dev", "cali1")
    loses(speaker, "10.244.1.2/32")
    loses(speaker, "fd00:10:244::2/128")
    assert set(speaker.table()) == {"10.244.1.1/32"}


def test_a_vanishing_interface_takes_its_routes_along(lab):
    node = Node(lab, {"import": [{"interface": "cali*"}]})
    node.workload("cali1")
    for i in range(20):
        node.machine.ip("route", "add", f"10.244.1.{i}/32", "dev", "cali1")
    (speaker,) = node.peers(65000)
    wait_for(lambda: len(speaker.table()) == 20, 10, lambda: str(len(speaker.table())))
    node.machine.ip("link", "del", "cali1")
    wait_for(lambda: not speaker.table(), 10, lambda: str(sorted(speaker.table())))


def test_a_link_that_goes_down_takes_its_routes_along(lab):
    node = Node(lab, {"import": [{"interface": "cali*"}]})
    node.workload("cali1")
    node.machine.ip("route", "add", "10.244.1.1/32", "dev", "cali1")
    (speaker,) = node.peers(65000)
    hears(speaker, "10.244.1.1/32")
    node.machine.ip("link", "set", "cali1", "down")
    loses(speaker, "10.244.1.1/32")


def test_routes_of_a_protocol_and_connected_ones(lab):
    node = Node(lab, {"import": [{"protocol": [80], "table": "main"},
                                 {"connected": True, "interface": "lo"}]})
    (speaker,) = node.peers(65000)
    node.machine.ip("route", "add", "blackhole", "10.244.5.0/26", "proto", "80")
    node.machine.ip("route", "add", "blackhole", "10.244.6.0/26", "proto", "81")
    node.machine.ip("addr", "add", "192.0.2.7/32", "dev", "lo")
    for prefix in ("10.244.5.0/26", "192.0.2.7/32"):
        hears(speaker, prefix)
    assert "10.244.6.0/26" not in speaker.table()
    node.machine.ip("addr", "del", "192.0.2.7/32", "dev", "lo")
    loses(speaker, "192.0.2.7/32")


def test_thousands_of_workload_routes_at_once(lab):
    node = Node(lab, {"import": [{"interface": "cali*"}]})
    node.workload("cali1")
    (speaker,) = node.peers(65000)
    prefixes = [f"10.{i // 256}.{i % 256}.1/32" for i in range(20000)]
    batch = node.pipit.folder / "routes"
    batch.write_text("".join(f"route add {p} dev cali1\n" for p in prefixes))
    node.machine.ip("-batch", batch)
    wait_for(lambda: set(speaker.table()) == set(prefixes), 60,
             lambda: f"{len(speaker.table())} of {len(prefixes)}", interval=0.3)
    node.machine.ip("link", "set", "cali1", "down")
    wait_for(lambda: not speaker.table(), 60, lambda: f"{len(speaker.table())} left", interval=0.3)


def test_own_routes_do_not_come_back_in(lab):
    node = Node(lab, {"import": [{"interface": "*"}], "export": EXPORT})
    one, two = node.peers(65001, 65000)
    announce(one, ONE)
    node.wait_installed(ONE)
    holds_for(lambda: [r["source"] for r in node.pipit.show_routes(ONE)
                       if r["source"] == "kernel"] == [], 1)
    withdraw(one, ONE)
    node.wait_installed()
    loses(two, ONE)


# -- export

def test_best_routes_enter_and_leave_the_kernel(lab):
    node = Node(lab, {"export": EXPORT})
    (speaker,) = node.peers(65001)
    announce(speaker, ONE, TWO)
    speaker.send(wire.update(wire.origin() + wire.as_path(65001)
                             + wire.reach_v6(speaker.machine.v6, "2001:db8:1::/48")))
    node.wait_installed(ONE, TWO)
    node.wait_installed("2001:db8:1::/48", family="-6")
    entry = node.installed()[ONE]
    assert (entry["gateway"], entry["metric"]) == (speaker.machine.v4, 32)
    assert node.installed("-6")["2001:db8:1::/48"]["gateway"] == speaker.machine.v6
    withdraw(speaker, ONE)
    node.wait_installed(TWO)
    speaker.drop()
    node.wait_installed()
    node.wait_installed(family="-6")


def hears_the_kernel(node, monitor):
    """Whether `ip monitor` has begun to listen: it tells of a route that nobody else looks at."""
    for what in ("replace", "del"):
        node.machine.ip("route", what, "blackhole", "198.18.0.1/32")
    return "198.18.0.1" in monitor.log()


def test_a_better_path_replaces_the_route_without_a_gap(lab):
    node = Node(lab, {"export": EXPORT})
    one, two = node.peers(65001, 65002)
    two.send(wire.update(wire.origin() + wire.as_path(65002, 7) + wire.next_hop(two.machine.v4),
                         wire.nlri(ONE)))
    node.wait_installed(ONE)
    monitor = node.pipit.spawn("stdbuf", "-oL", "ip", "-4", "monitor", "route", name="monitor")
    wait_for(lambda: hears_the_kernel(node, monitor), 5, "the monitor listens")
    announce(one, ONE)
    wait_for(lambda: node.installed()[ONE].get("gateway") == one.machine.v4, 10)
    withdraw(one, ONE)
    wait_for(lambda: node.installed()[ONE].get("gateway") == two.machine.v4, 10)
    wait_for(lambda: two.machine.v4 in monitor.log(), 5, monitor.log)
    assert "Deleted " + ONE not in monitor.log()


def test_equal_paths_share_the_load(lab):
    node = Node(lab, {"export": EXPORT},
                {"multipath": {"ebgp": 4, "ibgp": 1}, "best-path": {"multipath-relax": True}})
    speakers = node.peers(65001, 65002, 65003)
    for speaker in speakers:
        announce(speaker, ONE)

    def gateways():
        entry = node.installed().get(ONE, {})
        hops = entry.get("nexthops") or [entry]
        return {h.get("gateway") for h in hops}

    wait_for(lambda: gateways() == {s.machine.v4 for s in speakers}, 10, lambda: str(gateways()))
    withdraw(speakers[0], ONE)
    wait_for(lambda: gateways() == {s.machine.v4 for s in speakers[1:]}, 10,
             lambda: str(gateways()))
    withdraw(speakers[1], ONE)
    wait_for(lambda: gateways() == {speakers[2].machine.v4}, 10, lambda: str(gateways()))


def test_a_lost_next_hop_withdraws_its_routes(lab):
    node = Node(lab, {"export": EXPORT}, {"next-hops": {"via-default": False}})
    one, two = node.peers(65000, 65001)
    node.machine.ip("route", "add", "192.0.2.0/24", "via", one.machine.v4, "proto", "static")
    announce(one, ONE, hop="192.0.2.1")
    hears(two, ONE)
    node.wait_installed(ONE)
    assert node.installed()[ONE]["gateway"] == one.machine.v4
    node.machine.ip("route", "del", "192.0.2.0/24")
    loses(two, ONE, 2)
    node.wait_installed()
    node.machine.ip("route", "add", "192.0.2.0/24", "via", one.machine.v4, "proto", "static")
    hears(two, ONE, 2)
    node.wait_installed(ONE)


def test_a_deleted_route_comes_back_and_foreign_ones_stay(lab):
    node = Node(lab, {"export": EXPORT})
    (speaker,) = node.peers(65001)
    node.machine.ip("route", "add", ONE, "via", speaker.machine.v4, "metric", "500",
                    "proto", "static")
    announce(speaker, ONE, TWO)
    node.wait_installed(ONE, TWO)
    node.machine.ip("route", "del", TWO, "proto", "bgp")
    node.wait_installed(ONE, TWO)
    withdraw(speaker, ONE, TWO)
    node.wait_installed()
    assert ONE in node.routes("proto", "static")


@pytest.mark.parametrize("on_exit", ["keep", "flush"])
def test_what_stays_at_the_end(lab, on_exit):
    node = Node(lab, {"export": {**EXPORT, "on-exit": on_exit}})
    (speaker,) = node.peers(65001)
    announce(speaker, ONE)
    node.wait_installed(ONE)
    assert node.pipit.terminate() == 0
    assert set(node.installed()) == ({ONE} if on_exit == "keep" else set())


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["kill", "term"])
def test_routes_of_an_earlier_run_are_adopted_or_removed(lab, number):
    node = Node(lab, {"export": EXPORT})
    (speaker,) = node.peers(65001)
    announce(speaker, ONE, TWO)
    node.wait_installed(ONE, TWO)
    process = node.pipit.processes[0]
    process.send(number)
    process.child.wait(10)
    assert set(node.installed()) == {ONE, TWO}
    node.pipit.stop()
    node.pipit.start()
    speaker.close()
    speaker.come_up(timeout=30)
    announce(speaker, ONE)
    speaker.send(wire.END_OF_RIB)
    node.wait_installed(ONE, timeout=20)
    holds_for(lambda: set(node.installed()) == {ONE}, 0.5)


def test_originated_blackhole_is_installed(lab):
    node = Node(lab, {"export": EXPORT})
    node.pipit.settings["originate"] = [{"prefix": "10.244.1.0/26", "kernel": "blackhole"}]
    (speaker,) = node.peers(65001)
    hears(speaker, "10.244.1.0/26")
    node.wait_installed("10.244.1.0/26")
    assert node.installed()["10.244.1.0/26"]["type"] == "blackhole"


def test_export_policy_and_preferred_source(lab):
    node = Node(lab, {"export": {**EXPORT, "policy": "to-kernel",
                                 "preferred-source": "10.255.0.1"}})
    node.pipit.settings["sets"] = {"prefixes": {"wanted": ["10.1.0.0/16"]}}
    node.pipit.settings["policies"] = {
        "to-kernel": [{"match": {"prefix": "wanted"}, "then": "accept"}]}
    (speaker,) = node.peers(65001)
    announce(speaker, ONE, TWO)
    node.wait_installed(ONE)
    assert node.installed()[ONE]["prefsrc"] == "10.255.0.1"


def test_show_kernel_and_next_hops_tell_what_is(lab):
    node = Node(lab, {"import": [{"interface": "cali*"}], "export": EXPORT})
    node.workload("cali1")
    node.machine.ip("route", "add", "10.244.1.1/32", "dev", "cali1")
    (speaker,) = node.peers(65001)
    announce(speaker, ONE)
    node.wait_installed(ONE)
    text = json.dumps(node.pipit.ask("show", "kernel"))
    assert ONE in text and "10.244.1.1/32" in text
    hops = json.dumps(node.pipit.ask("show", "next-hops"))
    assert speaker.machine.v4 in hops
    node.pipit.announce(Route("10.3.0.0/16"))
    hears(speaker, "10.3.0.0/16")


def test_a_restart_moves_no_route_though_neighbors_come_back_one_by_one(lab):
    node = Node(lab, {"export": EXPORT}, {"multipath": {"ebgp": 4, "ibgp": 1},
                                          "best-path": {"multipath-relax": True}})
    one, two = node.peers(65001, 65002)

    def legs():
        return len(node.installed().get(ONE, {}).get("nexthops", []))

    for speaker in (one, two):
        announce(speaker, ONE)
    announce(one, TWO)
    wait_for(lambda: legs() == 2 and TWO in node.installed(), 10, lambda: str(node.installed()))
    node.pipit.processes[0].kill()
    node.pipit.stop()
    monitor = node.machine.command("stdbuf", "-oL", "ip", "-4", "monitor", "route")
    log = node.pipit.folder / "moves"
    began = time.monotonic()
    with log.open("w") as output, subprocess.Popen(monitor, stdout=output) as listening:
        try:
            node.pipit.start()
            one.close()
            one.come_up(timeout=30)
            announce(one, ONE)  # a path less, until the other one is there
            one.send(wire.END_OF_RIB + wire.end_of_rib_v6())
            wait_for(lambda: ONE in node.pipit.routes(), 10, "the first path")
            still = legs()
            two.close()
            two.come_up(timeout=30)
            announce(two, ONE)
            two.send(wire.END_OF_RIB + wire.end_of_rib_v6())
            node.wait_installed(ONE)  # and the route that nobody announced again goes
        finally:
            listening.terminate()
    if time.monotonic() - began > 9:
        pytest.skip("too slow a machine: after ten seconds routes may move")
    assert still == legs() == 2
    assert "Deleted " + TWO in log.read_text() and ONE not in log.read_text(), log.read_text()
