"""Route reflection (RFC 4456): pipit between clients of different vendors, and as their client."""

import pytest
from lab import wire
from lab.bird import Bird
from lab.exabgp import ExaBgp
from lab.frr import Frr
from lab.gobgp import GoBgp
from lab.openbgpd import OpenBgpd
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route, differences
from lab.speaker import Neighbor, link
from lab.vendors import NAMES, VENDORS, present
from lab.waiting import holds_for, wait_for

from conftest import need
from test_peers import RICH, sayable

ASN = 65000


@pytest.fixture(scope="module")
def cluster(module_lab):
    """pipit as reflector of one client of every vendor."""
    pipit = module_lab.add(Pipit, asn=ASN)
    pipit.settings["router"] = {"asn": ASN, "id": pipit.router_id, "cluster-id": "192.0.2.99"}
    peers = {v.kind: module_lab.add(v, asn=ASN) for v in present()}
    pipit.start(*(Neighbor(p.machine.v4, ASN, families=("ipv4", "ipv6"), reflector_client=True)
                  for p in peers.values()))
    for peer in peers.values():
        peer.start(Neighbor(pipit.machine.v4, ASN, families=("ipv4", "ipv6")))
    return pipit, peers


@pytest.mark.parametrize("receiver", NAMES)
@pytest.mark.parametrize("sender", NAMES)
def test_reflected_between(cluster, sender, receiver):
    pipit, peers = cluster
    if sender == receiver or not {sender, receiver} <= set(peers):
        pytest.skip("the same, or not installed")
    source, peer = peers[sender], peers[receiver]
    pipit.wait_established(source.machine.v4, peer.machine.v4)
    number = NAMES.index(sender) * 10 + NAMES.index(receiver)
    said = sayable(type(source), RICH).but(prefix=f"192.1.{number}.0/24", local_preference=150)
    source.announce(said)
    route = peer.wait_route(said.prefix)
    wanted = said.but(next_hop=source.machine.v4, originator_id=source.router_id,
                      cluster_list=("192.0.2.99",))
    assert not differences(route, wanted, () if "unknown" in peer.shows else ("unknown",))
    source.withdraw(said.prefix)
    peer.wait_no_route(said.prefix)


def test_clients_and_non_clients(lab):
    pipit = lab.add(Pipit, asn=ASN)
    machines = {n: lab.machine(n) for n in ("client1", "client2", "plain1", "plain2")}
    pipit.start(*(Neighbor(m.v4, ASN, name=n, passive=True, reflector_client="client" in n)
                  for n, m in machines.items()))
    speakers = {n: RawSpeaker(m, pipit.machine.v4, ASN).come_up() for n, m in machines.items()}
    for number, (name, speaker) in enumerate(speakers.items(), 1):
        speaker.send(wire.update(
            wire.origin() + wire.as_path() + wire.next_hop(machines[name].v4)
            + wire.local_preference(), wire.nlri(f"10.{number}.0.0/16")))
    expected = {
        "client1": {"10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"},
        "client2": {"10.1.0.0/16", "10.3.0.0/16", "10.4.0.0/16"},
        "plain1": {"10.1.0.0/16", "10.2.0.0/16"},
        "plain2": {"10.1.0.0/16", "10.2.0.0/16"},
    }
    for name, prefixes in expected.items():
        wait_for(lambda n=name, p=prefixes: set(speakers[n].table()) == p, 10,
                 lambda n=name: f"{n} has {sorted(speakers[n].table())}")
    holds_for(lambda: set(speakers["plain1"].table()) == expected["plain1"], 0.5)
    for speaker in speakers.values():
        speaker.close()


def test_own_originator_id_and_cluster_id_are_ignored(lab):
    pipit, client = lab.add(Pipit, asn=ASN), lab.machine("client")
    pipit.start(Neighbor(client.v4, ASN, passive=True, reflector_client=True))
    speaker = RawSpeaker(client, pipit.machine.v4, ASN).come_up()
    own = bytes(map(int, pipit.router_id.split(".")))
    base = (wire.origin() + wire.as_path() + wire.next_hop(client.v4) + wire.local_preference())
    speaker.send(wire.update(base + wire.attribute(0x80, 9, own), wire.nlri("10.1.0.0/16")))
    speaker.send(wire.update(base + wire.attribute(0x80, 9, b"\1\2\3\4")
                             + wire.attribute(0x80, 10, b"\5\5\5\5" + own),
                             wire.nlri("10.2.0.0/16")))
    speaker.send(wire.update(base, wire.nlri("10.3.0.0/16")))
    pipit.wait_route("10.3.0.0/16")
    assert set(pipit.routes()) == {"10.3.0.0/16"}
    assert speaker.alive()
    speaker.close()


@pytest.mark.parametrize("reflector_class", [Bird, Frr], ids=["bird", "frr"])
@pytest.mark.parametrize("other_class", [GoBgp, OpenBgpd, ExaBgp],
                         ids=["gobgp", "openbgpd", "exabgp"])
def test_pipit_as_client_of(lab, reflector_class, other_class):
    need(reflector_class, other_class)
    reflector = lab.add(reflector_class, asn=ASN)
    pipit, other = lab.add(Pipit, asn=ASN), lab.add(other_class, asn=ASN)
    reflector.start(Neighbor(pipit.machine.v4, ASN, reflector_client=True),
                    Neighbor(other.machine.v4, ASN, reflector_client=True))
    for client in (pipit, other):
        client.start(Neighbor(reflector.machine.v4, ASN))
    pipit.wait_established()
    other.wait_established()
    said = sayable(other_class, RICH).but(local_preference=150)
    other.announce(said)
    pipit.announce(Route("198.51.100.0/24", communities=("65000:5",)))
    wanted = said.but(next_hop=other.machine.v4, originator_id=other.router_id,
                      cluster_list=(reflector.router_id,))
    assert not differences(pipit.wait_route(said.prefix), wanted)
    route = other.wait_route("198.51.100.0/24")
    assert (route.originator_id, route.next_hop) == (pipit.router_id, pipit.machine.v4)
    assert (route.as_path, route.communities) == ("", ("65000:5",))
    other.withdraw(said.prefix)
    pipit.wait_no_route(said.prefix)


def test_two_reflectors_of_one_cluster_do_not_loop(lab):
    first, second = lab.add(Pipit, "first", ASN), lab.add(Pipit, "second", ASN)
    client = lab.machine("client")
    for one, other in ((first, second), (second, first)):
        one.settings["router"] = {"asn": ASN, "id": one.router_id, "cluster-id": "192.0.2.99"}
        one.start(Neighbor(other.machine.v4, ASN),
                  Neighbor(client.v4, ASN, passive=True, reflector_client=True))
    first.wait_established(second.machine.v4)
    speakers = [RawSpeaker(client, r.machine.v4, ASN).come_up() for r in (first, second)]
    for speaker in speakers:
        speaker.send(wire.update(wire.origin() + wire.as_path() + wire.next_hop(client.v4)
                                 + wire.local_preference(), wire.nlri("10.1.0.0/16")))
    for reflector in (first, second):
        reflector.wait_route("10.1.0.0/16")
        rejected = len(reflector.show_routes("10.1.0.0/16"))
        assert rejected >= 1
    speakers[0].send(wire.update(withdrawn=wire.nlri("10.1.0.0/16")))
    speakers[1].send(wire.update(withdrawn=wire.nlri("10.1.0.0/16")))
    for reflector in (first, second):
        reflector.wait_no_route("10.1.0.0/16")
    for speaker in speakers:
        speaker.close()


def test_a_plain_internal_peer_hears_no_reflected_route(lab):
    """Without clients pipit is an ordinary internal speaker: what it learned by iBGP stays."""
    need(Bird)
    pipit, bird, plain = lab.add(Pipit, asn=ASN), lab.add(Bird, asn=ASN), lab.machine("plain")
    there, here = link(pipit, bird)
    pipit.start(there, Neighbor(plain.v4, ASN, passive=True))
    bird.start(here)
    speaker = RawSpeaker(plain, pipit.machine.v4, ASN).come_up()
    bird.announce(Route("10.1.0.0/16"))
    pipit.wait_route("10.1.0.0/16")
    holds_for(lambda: not speaker.table(), 0.5, lambda: str(speaker.table()))
    speaker.close()


def test_clients_without_policies_share_an_update_group(lab):
    pipit, machines = lab.add(Pipit, asn=ASN), [lab.machine(f"client{i}") for i in range(3)]
    pipit.start(*(Neighbor(m.v4, ASN, name=m.label, passive=True, reflector_client=True,
                           options={"import": None, "export": None}) for m in machines))
    speakers = [RawSpeaker(m, pipit.machine.v4, ASN).come_up() for m in machines]
    speakers[0].send(wire.update(wire.origin() + wire.as_path() + wire.local_preference()
                                 + wire.next_hop(machines[0].v4), wire.nlri("10.1.0.0/16")))
    wait_for(lambda: "10.1.0.0/16" in speakers[2].table(), 10, speakers[2].story)
    (group,) = pipit.ask("show", "groups")
    assert sorted(group["members"]) == ["client0", "client1", "client2"]
    assert (group["export_policy"], group["advertised"], group["messages"]) == ("accept", 1, 1)
    assert group["octets"] > 23
    for speaker in speakers:
        speaker.close()
