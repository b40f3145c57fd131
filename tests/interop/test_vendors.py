"""pipit between eBGP peers of all vendors: sessions, End-of-RIB, attributes both ways, withdrawals,
refresh, reset, shutdown."""

import pytest
from lab.exabgp import ExaBgp
from lab.pipit import Pipit
from lab.route import Route, differences
from lab.speaker import link
from lab.vendors import NAMES, VENDORS, present
from lab.waiting import wait_for

from test_peers import RICH, sayable

ASN = {v.kind: 65001 + i for i, v in enumerate(VENDORS)}


class Star:
    """pipit in the middle, every vendor that is installed around it, each with an IPv4 session for
    IPv4 routes and an IPv6 session for both families."""

    def __init__(self, lab):
        self.pipit = lab.add(Pipit, asn=65000)
        self.peers = {v.kind: lab.add(v, asn=ASN[v.kind]) for v in present()}
        inside, outside = [], {}
        for kind, peer in self.peers.items():
            pairs = [link(self.pipit, peer), link(self.pipit, peer, ("ipv6",), "v6")]
            inside += [there for there, _ in pairs]
            outside[kind] = [here for _, here in pairs]
        for neighbor in inside:
            neighbor.options = {"as-sets": "accept"}  # refused unless asked for (RFC 9774)
        self.pipit.start(*inside)
        for kind, peer in self.peers.items():
            peer.start(*outside[kind])

    def peer(self, kind):
        if kind not in self.peers:
            pytest.skip(f"{kind} is not installed")
        return self.peers[kind]

    def number(self, kind):
        return self.peer(kind).machine.v4.rsplit(".", 1)[1]

    def up(self, kind):
        """The peer, once both its sessions are Established."""
        peer = self.peer(kind)
        peer.wait_established()
        self.pipit.wait_established(peer.machine.v4, peer.machine.v6)
        return peer


@pytest.fixture(scope="module")
def star(module_lab):
    return Star(module_lab)


each_vendor = pytest.mark.parametrize("kind", NAMES)


@each_vendor
def test_sessions_come_up_over_ipv4_and_ipv6(star, kind):
    peer = star.up(kind)
    entry = star.pipit.neighbor(peer.machine.v4)
    assert entry["asn"] == peer.asn and entry["type"] == "external"
    assert entry["established_count"] == 1


@each_vendor
def test_end_of_rib_reaches_the_peer(star, kind):
    peer = star.up(kind)
    wait_for(lambda: peer.got_end_of_rib(star.pipit.machine.v4), 10, f"End-of-RIB at {kind}")


def test_end_of_rib_of_exabgp_is_understood(star):
    peer = star.up("exabgp")
    wait_for(lambda: star.pipit.family(peer.machine.v4).get("end_of_rib_received"), 10,
             lambda: f"End-of-RIB seen: {star.pipit.neighbor(peer.machine.v4)}")


@each_vendor
def test_what_the_peer_says_is_what_pipit_shows(star, kind):
    peer = star.up(kind)
    said = sayable(type(peer), RICH.but(prefix=f"192.0.{star.number(kind)}.0/24"))
    peer.announce(said)
    route = star.pipit.wait_route(said.prefix)
    wanted = said.but(as_path=f"{peer.asn} {said.as_path}".strip(), next_hop=peer.machine.v4)
    assert not differences(route, wanted, but=("local_preference",))
    peer.withdraw(said.prefix)
    star.pipit.wait_no_route(said.prefix)


@each_vendor
def test_ipv6_routes_of_the_peer_come_and_go(star, kind):
    peer = star.up(kind)
    prefix = f"2001:db8:{star.number(kind)}::/48"
    peer.announce(Route(prefix))
    route = star.pipit.wait_route(prefix)
    assert route.next_hop == peer.machine.v6
    assert route.as_path == str(peer.asn)
    peer.withdraw(prefix)
    star.pipit.wait_no_route(prefix)


@each_vendor
def test_attributes_pass_through_pipit(star, kind):
    source, peer = star.up("exabgp"), star.up(kind)
    if peer is source:
        pytest.skip("the source itself")
    said = RICH.but(prefix=f"198.51.{star.number(kind)}.0/24", as_path="64700 {64701,64702}",
                    unknown={0xE0: "0102030405"})
    source.announce(said)
    route = peer.wait_route(said.prefix)
    wanted = said.but(as_path=f"65000 65005 {said.as_path}", next_hop=source.machine.v4, med=None)
    local = ("local_preference",)
    assert not differences(route, wanted, local if "unknown" in peer.shows
                           else (*local, "unknown"))
    source.withdraw(said.prefix)
    peer.wait_no_route(said.prefix)


@each_vendor
def test_routes_of_a_peer_do_not_go_back_to_it(star, kind):
    peer = star.up(kind)
    prefix = f"203.0.{star.number(kind)}.0/24"
    peer.announce(Route(prefix))
    star.pipit.wait_route(prefix)
    name = star.pipit.neighbor(peer.machine.v4)["name"]
    advertised = star.pipit.show_routes("neighbor", name, "advertised")
    assert prefix not in [r["prefix"] for r in advertised]
    peer.withdraw(prefix)


@each_vendor
def test_pipits_own_routes_come_and_go(star, kind):
    peer = star.up(kind)
    four, six = f"100.64.{star.number(kind)}.0/24", f"2001:db8:a:{star.number(kind)}::/64"
    star.pipit.announce(Route(four, communities=("65000:77",)), Route(six))
    route = peer.wait_route(four)
    assert (route.as_path, route.next_hop) == ("65000", star.pipit.machine.v4)
    assert route.communities == ("65000:77",)
    assert peer.wait_route(six).next_hop == star.pipit.machine.v6
    star.pipit.withdraw(four, six)
    peer.wait_no_route(four)
    peer.wait_no_route(six)


@each_vendor
def test_refresh_is_asked_for_and_answered(star, kind):
    peer = star.up(kind)
    address, prefix = peer.machine.v4, f"203.1.{star.number(kind)}.0/24"
    peer.announce(Route(prefix))
    star.pipit.wait_route(prefix)
    asked = kind != "exabgp"  # 4.2.21 loses the session over a request when it knows RFC 7313
    if asked:
        star.pipit.refresh(address)
    peer.refresh(star.pipit.machine.v4)

    def refreshed():
        count = star.pipit.neighbor_details(address)["messages"]["route-refresh"]
        # FRR and GoBGP keep what they received and need not ask.
        asks = kind in ("bird", "openbgpd", "exabgp")
        return (count["sent"] or not asked) and (count["received"] or not asks)

    wait_for(refreshed, 10, lambda: str(star.pipit.neighbor_details(address)["messages"]))
    assert star.pipit.established(address) and peer.established(star.pipit.machine.v4)
    assert prefix in star.pipit.routes()
    peer.withdraw(prefix)
    star.pipit.wait_no_route(prefix)


@each_vendor
def test_reset_by_pipit_brings_the_session_back(star, kind):
    peer = star.up(kind)
    count = star.pipit.established_count(peer.machine.v4)
    star.pipit.reset(peer.machine.v4)
    wait_for(lambda: star.pipit.established_count(peer.machine.v4) > count, 60,
             lambda: f"established again: {star.pipit.neighbor(peer.machine.v4)}")


@each_vendor
def test_reset_by_the_peer_brings_the_session_back(star, kind):
    peer = star.up(kind)
    count = star.pipit.established_count(peer.machine.v4)
    peer.reset(star.pipit.machine.v4)
    wait_for(lambda: star.pipit.established_count(peer.machine.v4) > count, 60,
             lambda: f"established again: {star.pipit.neighbor(peer.machine.v4)}")


def notification_of(pipit, address, direction):
    return pipit.neighbor_details(address).get(f"notification_{direction}") or {}


@pytest.mark.parametrize("kind", [v.kind for v in VENDORS if v is not ExaBgp])
def test_shutdown_message_of_the_peer_is_shown(star, kind):
    peer = star.up(kind)
    peer.shut(star.pipit.machine.v4, "maintenance")
    address = peer.machine.v4
    wait_for(lambda: not star.pipit.established(address), 10, "the session ends")
    told = notification_of(star.pipit, address, "received")
    assert (told["code"], told["subcode"]) == (6, 2)
    if kind != "openbgpd" or told["message"]:
        assert "maintenance" in told["message"] or kind in ("frr", "gobgp")  # some send no text
    peer.unshut(star.pipit.machine.v4)
    star.pipit.wait_established(address, timeout=60)


@each_vendor
def test_shutdown_message_of_pipit_reaches_the_peer(star, kind):
    peer = star.up(kind)
    address, before = peer.machine.v4, len(peer.log())
    star.pipit.shut(address, "back at noon")
    wait_for(lambda: not peer.established(star.pipit.machine.v4), 10, "the session ends")
    assert star.pipit.neighbor(address).get("shutdown") is True
    told = notification_of(star.pipit, address, "sent")
    assert (told["code"], told["subcode"], told["message"]) == (6, 2, "back at noon")
    if kind in ("bird", "openbgpd"):
        wait_for(lambda: "back at noon" in peer.log()[before:], 5, "the message in the peer's log")
    star.pipit.unshut(address)
    peer.hasten(star.pipit.machine.v4)
    star.pipit.wait_established(address, timeout=60)
