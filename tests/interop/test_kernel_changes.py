"""The host changes under pipit: links, addresses, next hops, routes of other programs."""

import pytest
from lab import wire
from lab.waiting import holds_for, wait_for

from test_kernel import (EXPORT, ONE, TWO, Node, announce, hears, hears_the_kernel, loses,
                         withdraw)

SIX = "2001:db8:1::/48"


def gateways(node, prefix):
    entry = node.installed("-6" if ":" in prefix else "-4").get(prefix, {})
    return {hop.get("gateway") for hop in entry.get("nexthops") or [entry]}


@pytest.mark.parametrize("prefix", [ONE, SIX], ids=["IPv4", "IPv6"])
def test_legs_of_a_route_come_and_go_without_a_gap(lab, prefix):
    node = Node(lab, {"export": EXPORT}, {"multipath": {"ebgp": 4, "ibgp": 1},
                                          "best-path": {"multipath-relax": True}})
    speakers = node.peers(65001, 65002, 65003)
    six = ":" in prefix

    def say(speaker):
        if six:
            speaker.send(wire.update(wire.origin() + wire.as_path(speaker.asn)
                                     + wire.reach_v6(speaker.machine.v6, prefix)))
        else:
            announce(speaker, prefix)

    def unsay(speaker):
        if six:
            speaker.send(wire.update(wire.unreach_v6(prefix)))
        else:
            withdraw(speaker, prefix)

    def leads_to(*wanted):
        hops = {s.machine.v6 if six else s.machine.v4 for s in wanted}
        wait_for(lambda: gateways(node, prefix) == hops, 10,
                 lambda: f"{prefix} via {hops}, it is {gateways(node, prefix)}")

    one, two, three = speakers
    say(one)
    leads_to(one)
    monitor = node.pipit.spawn("stdbuf", "-oL", "ip", "monitor", "route", name="monitor")
    wait_for(lambda: hears_the_kernel(node, monitor), 5, "the monitor listens")
    for action, speaker, wanted in ((say, two, (one, two)), (say, three, speakers),
                                    (unsay, one, (two, three)), (unsay, two, (three,)),
                                    (say, one, (one, three)), (unsay, three, (one,))):
        action(speaker)
        leads_to(*wanted)
    node.machine.ip("route", "add", "blackhole", "198.18.0.2/32")
    wait_for(lambda: "198.18.0.2" in monitor.log(), 5, monitor.log)
    assert "Deleted " + prefix not in monitor.log()


def test_links_and_addresses_that_flap_take_routes_along_and_bring_them_back(lab):
    node = Node(lab, {"export": EXPORT, "import": [{"interface": "cali*"}]},
                {"next-hops": {"via-default": False}})
    ip = node.machine.ip
    for name in ("cali1", "up1"):
        node.workload(name)
    ip("addr", "add", "192.0.2.1/24", "dev", "up1")
    inside, outside = node.peers(65000, 65001)
    announce(inside, ONE, hop="192.0.2.9")
    for _ in range(3):
        ip("route", "add", "10.244.0.1/32", "dev", "cali1")
        node.wait_installed(ONE)
        for prefix in (ONE, "10.244.0.1/32"):
            hears(outside, prefix)
        for name in ("cali1", "up1"):
            ip("link", "set", name, "down")
        node.wait_installed()
        for prefix in (ONE, "10.244.0.1/32"):
            loses(outside, prefix)
        for name in ("cali1", "up1"):
            ip("link", "set", name, "up")
        node.wait_installed(ONE)
        ip("addr", "del", "192.0.2.1/24", "dev", "up1")
        node.wait_installed()
        ip("addr", "add", "192.0.2.1/24", "dev", "up1")


def test_a_more_specific_route_of_the_host_moves_a_next_hop(lab):
    node = Node(lab, {"export": EXPORT})
    inside, other = node.peers(65000, 65000)
    ip = node.machine.ip
    ip("route", "add", "192.0.2.0/24", "via", inside.machine.v4, "proto", "static")
    announce(inside, ONE, hop="192.0.2.9")
    wait_for(lambda: gateways(node, ONE) == {inside.machine.v4}, 10, lambda: str(node.installed()))
    ip("route", "add", "192.0.2.9/32", "via", other.machine.v4, "proto", "static")
    wait_for(lambda: gateways(node, ONE) == {other.machine.v4}, 10, lambda: str(node.installed()))
    ip("route", "replace", "unreachable", "192.0.2.9/32", "proto", "static")
    node.wait_installed()
    ip("route", "del", "unreachable", "192.0.2.9/32")
    wait_for(lambda: gateways(node, ONE) == {inside.machine.v4}, 10, lambda: str(node.installed()))


def test_a_workload_of_this_host_wins_over_the_same_prefix_from_elsewhere(lab):
    node = Node(lab, {"export": EXPORT, "import": [{"interface": "cali*"}]})
    node.workload("cali1")
    inside, outside = node.peers(65000, 65001)
    route = ("10.244.0.5/32", "dev", "cali1")
    announce(inside, "10.244.0.5/32")
    node.wait_installed("10.244.0.5")
    node.machine.ip("route", "add", *route)
    node.wait_installed()
    hears(outside, "10.244.0.5/32")
    node.machine.ip("route", "del", *route)
    node.wait_installed("10.244.0.5")


def test_a_place_that_another_program_took_is_taken_back_when_it_leaves(lab):
    node = Node(lab, {"export": EXPORT})
    one, two = node.peers(65001, 65002)
    announce(one, ONE, TWO)
    node.wait_installed(ONE, TWO)
    ip = node.machine.ip
    ip("route", "replace", ONE, "via", two.machine.v4, "proto", "static", "metric", "32")
    wait_for(lambda: "another program's route" in node.pipit.pipit("show", "kernel").stdout, 5)
    holds_for(lambda: ONE in node.routes("proto", "static"), 0.5)
    ip("route", "replace", TWO, "via", two.machine.v4, "proto", "bgp", "metric", "32")
    wait_for(lambda: gateways(node, TWO) == {one.machine.v4}, 10, lambda: str(node.installed()))
    ip("route", "del", ONE, "proto", "static")
    wait_for(lambda: gateways(node, ONE) == {one.machine.v4}, 10, lambda: str(node.installed()))


def test_a_dry_run_foresees_other_import_rules(lab):
    """Of thousands of routes: what other rules would take, drop and change, and who would hear."""
    node = Node(lab, {"import": [{"interface": "cali*"}]})
    for name in ("cali1", "eth9"):
        node.workload(name)
    lines = [f"route add 10.{20 + i // 256}.{i % 256}.0/24 dev {'cali1' if i % 3 else 'eth9'}"
             for i in range(3000)]
    batch = node.pipit.folder / "routes"
    batch.write_text("\n".join(lines) + "\n")
    node.machine.ip("-batch", str(batch))
    (speaker,) = node.peers(65000)
    wait_for(lambda: len(speaker.table()) == 2000, 20, lambda: str(len(speaker.table())))

    node.pipit.settings["kernel"] = {"import": [{"interface": "eth9", "policy": ["none", "p"]}]}
    node.pipit.settings["policies"] = {
        "none": [{"match": {"prefix": ["192.0.2.0/24"]}, "then": "reject"}],
        "p": [{"match": {"prefix": ["10.20.0.0/16 le 24"]}, "then": "reject"},
              {"set": {"communities": {"add": ["65000:9"]}}, "then": "accept"}]}
    node.pipit.file.write_text(node.pipit.configuration())
    *rows, last = node.pipit.answer("reload", **{"dry-run": True, "routes": True})
    assert last["ok"]
    said = {(r["neighbor"], r["change"], r["prefix"]) for r in rows if "prefix" in r}
    counts = {r["name"]: r for r in rows if "name" in r}
    assert counts["kernel"]["accepted"] == 1000 - 86 and counts["kernel"]["rejected"] == 2000
    far = next(name for name in counts if name != "kernel")
    assert counts[far]["announced"] == 1000 - 86 and counts[far]["withdrawn"] == 2000
    before = set(speaker.table())
    assert before == {r[2] for r in said if r[:2] == ("kernel", "rejected")}

    node.pipit.pipit("reload")
    wait_for(lambda: len(speaker.table()) == 1000 - 86, 20, lambda: str(len(speaker.table())))
    assert set(speaker.table()) == {r[2] for r in said if r[:2] == (far, "announced")}
