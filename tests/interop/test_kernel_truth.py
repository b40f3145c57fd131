"""What pipit says of the kernel is so: flaps while routes change, notifications that are lost, and
what nothing told of."""

import subprocess

import pytest
from lab import wire
from lab.waiting import wait_for

from test_kernel import EXPORT, Node, announce, withdraw

PART = 400  # prefixes in an UPDATE


def parts(prefixes):
    return [prefixes[i:i + PART] for i in range(0, len(prefixes), PART)]


def four(count):
    return [f"10.{64 + i // 256}.{i % 256}.0/24" for i in range(count)]


def six(count):
    return [f"2001:db8:{0x100 + i:x}::/48" for i in range(count)]


def announce_all(speaker, prefixes, hop=None):
    for some in parts(prefixes):
        announce(speaker, *some, hop=hop)


def withdraw_all(speaker, prefixes):
    for some in parts(prefixes):
        withdraw(speaker, *some)


def announce_six(speaker, prefixes, hop):
    for some in parts(prefixes):
        speaker.send(wire.update(wire.origin() + wire.as_path() + wire.local_preference()
                                 + wire.reach_v6(hop, *some)))


def withdraw_six(speaker, prefixes):
    for some in parts(prefixes):
        speaker.send(wire.update(wire.unreach_v6(*some)))


def kernel(node):
    return node.pipit.control("status")["kernel"]


def ours(node):
    """How many routes of ours the kernel has, of both families."""
    return len(node.installed()) + len(node.installed("-6"))


def batch(machine, lines):
    subprocess.run(machine.command("ip", "-batch", "-"), input="\n".join(lines) + "\n", text=True,
                   check=True, capture_output=True)


@pytest.mark.parametrize("deleted", [False, True], ids=["down and up", "deleted"])
def test_an_interface_that_flaps_while_routes_change_leaves_nothing_behind(lab, deleted):
    node = Node(lab, {"export": EXPORT}, {"multipath": {"ibgp": 2}})
    ip = node.machine.ip

    def bring_up():
        if deleted or not node.machine.ip("link", "show", "d1", check=False):
            node.workload("d1")
        ip("link", "set", "d1", "up")
        ip("addr", "replace", "192.0.2.1/24", "dev", "d1")
        ip("-6", "addr", "replace", "2001:db8:d1::1/64", "dev", "d1", "nodad")

    bring_up()
    inside, beside = node.peers(65000, 65000)
    near, far = four(1200), six(400)
    announce_all(beside, near)
    for cycle in range(8):
        lower, upper = (near[:600], near[600:]) if cycle % 2 else (near[600:], near[:600])
        announce_all(inside, lower, hop="192.0.2.9")
        announce_six(inside, far, "2001:db8:d1::9")
        ip("link", *(["del", "d1"] if deleted else ["set", "d1", "down"]))
        withdraw_all(beside, lower)
        withdraw_all(inside, upper)
        bring_up()
        announce_all(beside, upper)
        withdraw_six(inside, far[:200])
    withdraw_all(inside, near)
    withdraw_all(beside, near)
    withdraw_six(inside, far)
    wait_for(lambda: ours(node) == 0 and kernel(node)["exported"] == 0, 20,
             lambda: f"nothing is left, there is {sorted(node.installed())[:5]}, {kernel(node)}")
    assert kernel(node)["pending"] == 0


def overflow(node):
    """More notifications than a socket of any size holds, while nobody reads them."""
    machine = node.machine
    for _ in range(3):
        batch(machine, [f"route add blackhole 100.{64 + i // 65536}.{i // 256 % 256}.{i % 256}/32 "
                        "proto 99" for i in range(50_000)])
        machine.ip("route", "flush", "proto", "99")


def test_routes_that_others_delete_while_notifications_are_lost_come_back(lab):
    count = 20_000
    node = Node(lab, {"export": EXPORT})
    inside, = node.peers(65000)
    announce_all(inside, four(count))
    wait_for(lambda: kernel(node)["exported"] == count, 60, lambda: str(kernel(node)))
    daemon = node.pipit.processes[0]
    for flush in range(3):
        resyncs = kernel(node)["resyncs"]
        daemon.pause()
        overflow(node)
        node.machine.ip("route", "flush", "proto", "bgp")
        daemon.resume()

        def is_whole():
            said = kernel(node)
            if said["pending"] or said["failed"] or said["checking"] or said["resyncs"] == resyncs:
                return False  # it may not have seen yet that notifications were lost
            assert said["exported"] == ours(node) == count, (flush, said)
            return True

        wait_for(is_whole, 60, lambda: f"{ours(node)} in the kernel, {kernel(node)}")
    found = kernel(node)
    assert found["missing"] > 0
    assert "missing" in node.pipit.pipit("status").stdout
    assert "missing" in node.pipit.pipit("show", "kernel").stdout


def test_routes_that_are_flushed_again_and_again_come_back(lab):
    count = 8_000
    node = Node(lab, {"export": EXPORT})
    inside, = node.peers(65000)
    announce_all(inside, four(count))
    wait_for(lambda: kernel(node)["exported"] == count, 60, lambda: str(kernel(node)))
    for _ in range(4):
        node.machine.ip("route", "flush", "proto", "bgp")

    def is_whole():
        said = kernel(node)
        return not said["pending"] and not said["failed"] and ours(node) == count

    wait_for(is_whole, 60, lambda: f"{ours(node)} in the kernel, {kernel(node)}")


def test_an_audit_runs_now_and_then_and_says_what_it_found(lab):
    node = Node(lab, {"export": {**EXPORT, "audit": "1s"}})
    inside, = node.peers(65000)
    announce_all(inside, four(500))
    wait_for(lambda: kernel(node)["audits"] >= 2, 20, lambda: str(kernel(node)))
    said = kernel(node)
    assert (said["missing"], said["different"], said["leftover"]) == (0, 0, 0), said
    assert said["exported"] == ours(node) == 500
    assert "nothing to repair" in node.pipit.pipit("show", "kernel").stdout
    node.pipit.settings["kernel"]["export"]["audit"] = "off"
    node.pipit.reload()
    assert kernel(node)["exported"] == 500
