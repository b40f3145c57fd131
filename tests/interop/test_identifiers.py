"""Two routers with one BGP identifier."""

import pytest
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for

TWICE = "10.96.0.1"


def reflector(lab, *clients):
    """A pipit with raw speakers as clients: (name, identifier) each, Established."""
    pipit = lab.add(Pipit, asn=65000)
    machines = {name: lab.machine(name) for name, _ in clients}
    pipit.start(*(Neighbor(m.v4, 65000, name=n, passive=True, reflector_client=True)
                  for n, m in machines.items()))
    speakers = {}
    for name, identifier in clients:
        speakers[name] = RawSpeaker(machines[name], pipit.machine.v4, 65000,
                                    identifier=identifier).come_up()
        lab.on_close(speakers[name].close)
    pipit.wait_established(*(m.v4 for m in machines.values()))
    return pipit, speakers


def test_a_reflector_warns_of_clients_with_one_identifier(lab):
    pipit, speakers = reflector(lab, ("n1", TWICE), ("n2", TWICE), ("n3", "10.0.0.3"))
    (warning,) = [w for w in pipit.ask("status")["warnings"] if "identifier" in w]
    assert TWICE in warning and "n1, n2:" in warning
    shown = pipit.pipit("show", "neighbors").stdout
    assert f"n1: it has the same BGP identifier as n2, {TWICE}" in shown
    assert f"n2: it has the same BGP identifier as n1, {TWICE}" in shown
    assert "n3: " not in shown
    assert f"n2: it has the same BGP identifier as n1, {TWICE}" in pipit.log()
    speakers["n2"].close()
    wait_for(lambda: not [w for w in pipit.ask("status")["warnings"] if "identifier" in w], 10)


@pytest.mark.parametrize("asn", [65001, 65002])
def test_external_neighbors(lab, asn):
    """Of different ASes, or perhaps one router with two links, they may have one; not ours."""
    pipit = lab.add(Pipit, asn=65000)
    machines = {name: lab.machine(name) for name in ("one", "two")}
    asns = {"one": 65001, "two": asn}
    pipit.start(*(Neighbor(m.v4, asns[n], name=n, passive=True) for n, m in machines.items()))
    for name, machine in machines.items():
        speaker = RawSpeaker(machine, pipit.machine.v4, asns[name], identifier=TWICE).come_up()
        lab.on_close(speaker.close)
    pipit.wait_established(*(m.v4 for m in machines.values()))
    holds_for(lambda: not [w for w in pipit.ask("status")["warnings"] if "identifier" in w], 0.5)
    other = lab.machine("three")
    pipit.reload(*pipit.neighbors, Neighbor(other.v4, 65003, name="three", passive=True))
    speaker = RawSpeaker(other, pipit.machine.v4, 65003, identifier=pipit.router_id).come_up()
    lab.on_close(speaker.close)
    pipit.wait_established(other.v4)
    (warning,) = [w for w in pipit.ask("status")["warnings"] if "identifier" in w]
    assert f"{pipit.router_id}, which is ours, is that of three" in warning
