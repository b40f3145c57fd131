"""An exchange: pipit as its route server, and as a client of one (RFC 7947)."""

import struct

from lab import wire
from lab.bird import Bird
from lab.frr import Frr
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor
from lab.waiting import wait_for

from conftest import need

SERVER = 65000
NON_TRANSITIVE = bytes.fromhex("4004fde900000001")


def client_of(server, asn=SERVER):
    return Neighbor(server.machine.v4, asn)


def server_for(speaker):
    return Neighbor(speaker.machine.v4, speaker.asn, route_server_client=True)


def test_as_the_route_server_of_an_exchange(lab):
    need(Bird, Frr)
    pipit, bird, frr = (lab.add(vendor, asn=asn) for vendor, asn in (
        (Pipit, SERVER), (Bird, 65001), (Frr, 65002)))
    machine, beyond = lab.machine("raw"), lab.machine("beyond")
    outside = lab.machine("outside")  # an ordinary external neighbor of the server
    pipit.start(server_for(bird), server_for(frr),
                Neighbor(machine.v4, 65003, name="raw", passive=True, route_server_client=True),
                Neighbor(outside.v4, 65004, name="outside", passive=True))
    bird.start(client_of(pipit))
    frr.start(client_of(pipit))
    raw, other = (RawSpeaker(m, pipit.machine.v4, asn).come_up()
                  for m, asn in ((machine, 65003), (outside, 65004)))
    lab.on_close(lambda: [raw.close(), other.close()])
    pipit.wait_established()

    def attributes(speaker, prefix):
        return wait_for(lambda: speaker.table().get(prefix), 15,
                        lambda: f"{prefix} arrives: {speaker.story()}")

    # From the raw client: everything that RFC 7947 2.2 tells a route server to leave alone.
    raw.send(wire.update(
        wire.origin() + wire.as_path(65003, 64900) + wire.next_hop(beyond.v4) + wire.med(30)
        + wire.communities("65535:65281", "0:65001") + wire.attribute(0xC0, 16, NON_TRANSITIVE),
        wire.nlri("10.3.0.0/16")))
    for client in (bird, frr):
        route = client.wait_route("10.3.0.0/16")
        assert (route.as_path, route.next_hop, route.med) == ("65003 64900", beyond.v4, 30)
        assert route.communities == ("0:65001", "65535:65281")
    # The same community keeps it from an ordinary neighbor.
    bird.announce(Route("10.1.0.0/16", communities=("65001:1",)))
    frr.announce(Route("10.2.0.0/16", med=20, communities=("65002:1",)))
    assert bird.wait_route("10.2.0.0/16", as_path="65002", med=20).next_hop == frr.machine.v4
    route = frr.wait_route("10.1.0.0/16", as_path="65001")
    assert (route.next_hop, route.communities) == (bird.machine.v4, ("65001:1",))
    got = attributes(raw, "10.1.0.0/16")
    assert got[2][1] == wire.as_sequence(65001) and 5 not in got
    got = attributes(raw, "10.2.0.0/16")
    assert (got[2][1], got[4][1]) == (wire.as_sequence(65002), struct.pack("!I", 20))
    # To an ordinary neighbor it is an ordinary router.
    got = attributes(other, "10.2.0.0/16")
    assert got[2][1] == wire.as_sequence(SERVER, 65002) and 4 not in got
    assert "10.3.0.0/16" not in other.table()
    answer = pipit.ask("explain", "10.3.0.0/16", "to", pipit.neighbor_name(server_for(bird)))
    steps = {s["stage"]: s["text"] for s in answer["steps"]}
    assert "is a route server and not put in front" in steps["as-path"]
    assert "RFC 7947" in steps["next-hop"] and "clear-med" not in steps
    groups = pipit.ask("show", "groups")
    clients = [len(g["members"]) for g in groups if "route server client" in g["type"]]
    assert sorted(clients) == [1, 2]  # the raw one takes no extended messages
    assert pipit.neighbor_details("raw")["route_server_client"] is True


def test_what_the_server_says_itself_has_its_as_in_front(lab):
    need(Bird)
    pipit, bird = lab.add(Pipit, asn=SERVER), lab.add(Bird, asn=65001)
    pipit.announce(Route("10.9.0.0/16"))
    pipit.start(server_for(bird))
    bird.start(client_of(pipit))
    assert bird.wait_route("10.9.0.0/16", as_path=str(SERVER)).next_hop == pipit.machine.v4


def test_as_a_client_of_a_route_server(lab):
    need(Bird)
    pipit, server, member = (lab.add(vendor, label, asn) for vendor, label, asn in (
        (Pipit, "pipit", 65001), (Bird, "server", SERVER), (Bird, "member", 65002)))
    neighbor = Neighbor(server.machine.v4, SERVER, name="rs")
    pipit.announce(Route("10.1.0.0/16"))
    pipit.start(neighbor)
    server.start(server_for(pipit), server_for(member))
    member.announce(Route("10.2.0.0/16", communities=("65002:1",)))
    member.start(client_of(server))
    pipit.wait_established()
    assert member.wait_route("10.1.0.0/16", as_path="65001").next_hop == pipit.machine.v4

    def refused():
        rows = pipit.neighbor_details("rs")["refused_routes"]
        return [row["reason"] for row in rows if row["routes"]]
    wait_for(lambda: refused() == ["first-as"], 15, lambda: f"refused: {refused()}")
    assert pipit.routes() == {}
    text = pipit.pipit("explain", "10.2.0.0/16", "from", "rs", check=False).stdout
    assert f"AS_PATH 65002 does not begin with AS {SERVER}" in text
    neighbor.options = {"enforce-first-as": False}
    pipit.reload(neighbor)
    route = pipit.wait_route("10.2.0.0/16", as_path="65002")
    assert (route.next_hop, route.communities) == (member.machine.v4, ("65002:1",))
    assert pipit.established_count("rs") == 1
