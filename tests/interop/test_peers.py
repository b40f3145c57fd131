"""The laboratory itself, without pipit: what one vendor says, another shows."""

import pytest
from lab.bird import Bird
from lab.route import Route, differences
from lab.speaker import Neighbor, link
from lab.vendors import NAMES, VENDORS

from conftest import need

pytestmark = pytest.mark.without_pipit

RICH = Route("192.0.2.0/24", origin="egp", as_path="64700 64701", med=7,
             communities=("64700:1", "64700:2"), large_communities=("64700:1:2",),
             extended_communities=("rt:64700:7",), aggregator="64701 192.0.2.9",
             atomic_aggregate=True, unknown={0xE0: "0102"})


def sayable(vendor, route):
    """The route without what the vendor cannot announce."""
    plain = Route(route.prefix)
    fields = set(Route.__dataclass_fields__) - vendor.says - {"prefix"}
    return route.but(**{name: getattr(plain, name) for name in fields})


@pytest.mark.parametrize("vendor", VENDORS[1:], ids=NAMES[1:])
def test_attributes_between_bird_and(lab, vendor):
    need(Bird, vendor)
    bird, peer = lab.add(Bird, asn=65000), lab.add(vendor, asn=65001)
    there, here = link(bird, peer)
    bird.start(there)
    peer.start(here)
    bird.wait_established()
    peer.wait_established()
    said = sayable(vendor, RICH)
    peer.announce(said)
    bird.announce(Route("198.51.100.0/24", communities=("65000:9",)))
    route = bird.wait_route("192.0.2.0/24")
    path = f"65001 {said.as_path}".strip()
    wanted = said.but(as_path=path, next_hop=peer.machine.v4, local_preference=100)
    assert not differences(route, wanted)
    route = peer.wait_route("198.51.100.0/24")
    assert (route.as_path, route.communities) == ("65000", ("65000:9",))
    bird.withdraw("198.51.100.0/24")
    peer.wait_no_route("198.51.100.0/24")


def test_link_local_session_of_frr_and_bird(lab):
    from lab.frr import Frr
    need(Bird, Frr)
    bird, frr = lab.add(Bird, asn=65000), lab.add(Frr, asn=65001)
    bird.start(Neighbor(frr.machine.link_local, 65001, families=("ipv6",), interface="e0"))
    frr.start(Neighbor(bird.machine.link_local, 65000, families=("ipv6",), interface="e0"))
    bird.wait_established()
