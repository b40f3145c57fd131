"""Neighbors that restart, crash or were misconfigured: who is damped, who is not, and what is said
about it. Times are printed and not judged."""

import time

import pytest
from lab import wire
from lab.bird import Bird
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor, link
from lab.waiting import wait_for

from conftest import need

RESTARTS = 10


def settled(pipit, address):
    """End-of-RIB went both ways."""
    family = pipit.family(address)
    return family.get("end_of_rib_sent") and family.get("end_of_rib_received")


def restart_and_measure(hub, node, address, restart):
    """Restarts `node` again and again; returns how long `hub` was without its route each time."""
    took = []
    for i in range(RESTARTS):
        wait_for(lambda: settled(hub, address), 30, lambda: hub.neighbor(address))
        count = hub.established_count(address)
        began = restart(i)
        wait_for(lambda c=count: hub.established_count(address) > c, 60,
                 lambda: hub.neighbor_details(address))
        took.append(time.monotonic() - began)
    hub.wait_route("10.7.0.0/16", 30)
    return took


def check_never_damped(hub, address, took):
    print(f"\nback after {', '.join(f'{t:.2f}' for t in took)} s")
    details = hub.neighbor_details(address)
    assert details["failures"] == 0, details
    assert details["connections"]["refused"] == 0, details
    assert details["established_count"] == RESTARTS + 1
    assert details["waiting"] is None


def test_a_node_restarts_ten_times_behind_a_reflector(lab):
    hub, node = lab.add(Pipit, "hub", 65000), lab.add(Pipit, "node", 65000)
    there, here = link(hub, node)
    there.reflector_client = True
    node.announced = {"10.7.0.0/16": Route("10.7.0.0/16")}
    hub.start(there)
    node.start(here)

    def restart(i):
        node.kill() if i % 2 else node.stop()
        began = time.monotonic()
        node.start()
        return began

    check_never_damped(hub, node.machine.v4,
                       restart_and_measure(hub, node, node.machine.v4, restart))


@pytest.mark.parametrize("how", ["process", "protocol"])
def test_bird_restarts_ten_times(lab, how):
    need(Bird)
    hub, bird = lab.add(Pipit, "hub", 65000), lab.add(Bird, asn=65000)
    there, here = link(hub, bird)
    bird.announced = {"10.7.0.0/16": Route("10.7.0.0/16")}
    hub.start(there)
    bird.start(here)

    def restart(_):
        if how == "process":
            bird.stop()
            began = time.monotonic()
            bird.start()
        else:
            began = time.monotonic()
            bird.reset(hub.machine.v4)
        return began

    check_never_damped(hub, bird.machine.v4,
                       restart_and_measure(hub, bird, bird.machine.v4, restart))


@pytest.mark.parametrize("end", [b"", wire.MARKER + b"\0\x15\3\3\1"],
                         ids=["closes", "UPDATE error"])
def test_a_crash_looping_neighbor_is_damped_outward_and_let_in(lab, end):
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).listen()
    pipit.start(Neighbor(far.v4, 65001))
    for failure in range(1, 5):
        speaker.accept(60).handshake()
        if end:
            speaker.send(wire.update() + end)  # End-of-RIB, and yet it crashes of what it got
        speaker.hang_up()
        wait_for(lambda f=failure: pipit.neighbor_details(far.v4)["failures_in_a_row"] == f, 10,
                 lambda: pipit.neighbor_details(far.v4))
    details = pipit.neighbor_details(far.v4)
    assert details["waiting"]["for"] == "damping", details
    assert "failure 4 in a row" in details["waiting"]["reason"]
    assert 0 < details["waiting"]["remaining_seconds"] <= 8
    assert "connection of the neighbor" in details["waiting"]["ended_by"]
    speaker.connect().handshake()  # and not refused
    pipit.wait_established(far.v4)
    details = pipit.neighbor_details(far.v4)
    assert details["waiting"] is None and details["connections"]["refused"] == 0, details
    speaker.close()


def test_a_mended_mistake_of_ours_is_tried_at_once(lab):
    one, two = lab.add(Pipit, "one", 65000), lab.add(Pipit, "two", 65001)
    patient = {"timers": {"idle-hold": 900, "idle-hold-max": 900}}
    wrong = Neighbor(two.machine.v4, 65009, options=patient)
    two.start(Neighbor(one.machine.v4, 65000, passive=True))
    one.start(wrong)
    waiting = wait_for(lambda: one.neighbor_details(two.machine.v4)["waiting"], 20)
    assert waiting["for"] == "damping" and waiting["remaining_seconds"] > 600, waiting
    text = one.pipit("show", "neighbor", one.neighbor(two.machine.v4)["name"]).stdout
    assert "Waiting" in text and "failure 1 in a row" in text, text
    assert "Until" in text and "a change of its configuration" in text, text
    one.reload(Neighbor(two.machine.v4, 65001, options=patient))
    one.wait_established(two.machine.v4)
    assert one.neighbor_details(two.machine.v4)["failures_in_a_row"] == 0


def test_show_neighbor_says_what_a_session_waits_for(lab):
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.start(Neighbor(far.v4, 65001),
                Neighbor("10.99.0.98", 65002, passive=True, name="quiet"))
    waiting = wait_for(lambda: pipit.neighbor_details(far.v4)["waiting"], 20)
    assert waiting["for"] == "connect-retry" and "refused" in waiting["reason"], waiting
    assert waiting["remaining_seconds"] <= 2, waiting
    assert pipit.neighbor_details("10.99.0.98")["waiting"]["for"] == "passive"
    pipit.shut(far.v4, "maintenance")
    waiting = pipit.neighbor_details(far.v4)["waiting"]
    assert waiting["for"] == "shutdown" and waiting["remaining_seconds"] is None, waiting
    assert "maintenance" in waiting["reason"] and "enable" in waiting["ended_by"], waiting
