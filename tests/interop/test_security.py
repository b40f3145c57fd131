"""TCP MD5 (RFC 2385) and GTSM (RFC 5082)."""

import socket

import pytest
from lab import wire
from lab.bird import Bird
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor, link
from lab.vendors import NAMES, VENDORS
from lab.waiting import holds_for, wait_for

from conftest import need


@pytest.mark.parametrize("vendor", VENDORS, ids=NAMES)
def test_md5_and_gtsm_together_with(lab, vendor):
    need(vendor)
    pipit, peer = lab.add(Pipit, asn=65000), lab.add(vendor, asn=65001)
    four, six = (link(pipit, peer, password="s3cret", ttl_security=True),
                 link(pipit, peer, ("ipv6",), "v6", password="s3cret6", ttl_security=True))
    pipit.start(four[0], six[0])
    peer.start(four[1], six[1])
    pipit.wait_established()
    details = pipit.neighbor_details(peer.machine.v4)
    assert "s3cret" not in str(details) + pipit.pipit("show", "config").stdout + pipit.log()


@pytest.mark.parametrize("passive", [False, True], ids=["pipit-connects", "pipit-listens"])
@pytest.mark.parametrize("theirs", ["wrong", None], ids=["wrong", "absent"])
def test_no_session_with_another_password(lab, theirs, passive):
    need(Bird)
    pipit, bird = lab.add(Pipit, asn=65000), lab.add(Bird, asn=65001)
    pipit.start(Neighbor(bird.machine.v4, 65001, password="right", passive=passive))
    bird.start(Neighbor(pipit.machine.v4, 65000, password=theirs, passive=not passive))
    holds_for(lambda: not pipit.established(bird.machine.v4), 4)


def test_password_only_at_the_peer(lab):
    need(Bird)
    pipit, bird = lab.add(Pipit, asn=65000), lab.add(Bird, asn=65001)
    there, here = link(pipit, bird)
    here.password = "right"
    pipit.start(there)
    bird.start(here)
    holds_for(lambda: not pipit.established(bird.machine.v4), 4)


def test_each_neighbor_has_its_own_password(lab):
    pipit, one, two = lab.add(Pipit, asn=65000), lab.machine("one"), lab.machine("two")
    pipit.start(Neighbor(one.v4, 65001, password="first", passive=True),
                Neighbor(two.v4, 65002, password="second", passive=True))
    speakers = [RawSpeaker(one, pipit.machine.v4, 65001, password="first").come_up(),
                RawSpeaker(two, pipit.machine.v4, 65002, password="second").come_up()]
    with pytest.raises(OSError):
        RawSpeaker(one, pipit.machine.v4, 65001, password="second").connect(2)
    for speaker in speakers:
        assert speaker.alive()
        speaker.close()


@pytest.mark.parametrize("address", ["v4", "v6"])
@pytest.mark.parametrize("ttl,comes_up", [(255, True), (254, False), (64, False)])
def test_gtsm_takes_only_what_was_sent_with_ttl_255(lab, address, ttl, comes_up):
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.start(Neighbor(getattr(far, address), 65001, ttl_security=True, passive=True))
    speaker = RawSpeaker(far, getattr(pipit.machine, address), 65001, ttl=ttl)
    if comes_up:
        speaker.come_up()
        pipit.wait_established(getattr(far, address))
    else:
        with pytest.raises((OSError, AssertionError)):
            speaker.connect(3).handshake(timeout=3)
        assert not pipit.established(getattr(far, address))
    speaker.close()


TRIES = 25


def set_ttl(connection, ttl):
    if connection.family == socket.AF_INET6:
        connection.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, ttl)
    else:
        connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, ttl)


def at_once(far):
    """OPEN, KEEPALIVE and an UPDATE in one segment: all that a session needs of the neighbor."""
    capabilities = wire.multiprotocol(1) + wire.capability(65, (65001).to_bytes(4, "big"))
    return (wire.open_message(65001, far.v4, 90, capabilities) + wire.keepalive()
            + wire.update(wire.origin() + wire.as_path(65001) + wire.next_hop(far.v4),
                          wire.nlri("10.66.0.0/16")))


@pytest.mark.parametrize("address", ["v4", "v6"])
@pytest.mark.parametrize("from_afar", ["SYN", "data"])
def test_gtsm_beside_neighbors_without_it_lets_nothing_in_from_afar(lab, address, from_afar):
    pipit, far, other = lab.add(Pipit, asn=65000), lab.machine("far"), lab.machine("other")
    peer = getattr(far, address)
    pipit.start(Neighbor(peer, 65001, ttl_security=True, passive=True),
                Neighbor(getattr(other, address), 65002, passive=True))
    for _ in range(TRIES):
        speaker = RawSpeaker(far, getattr(pipit.machine, address), 65001,
                             ttl=1 if from_afar == "SYN" else 255).connect()
        set_ttl(speaker.socket, 1)
        try:
            speaker.send(at_once(far))
            if from_afar == "SYN":
                speaker.wait_closed()
        except OSError:
            pass  # refused before it was sent
        speaker.drop()
    details = pipit.neighbor_details(peer)
    assert details["established_count"] == 0, details
    assert details["messages"]["open"]["received"] == 0, details
    assert details["messages"]["update"]["received"] == 0, details
    if from_afar == "SYN":
        assert details["connections"]["low_ttl"] == TRIES, details
        text = pipit.pipit("show", "neighbor", pipit.neighbor(peer)["name"]).stdout
        assert f"{TRIES} for a TTL too low" in text, text
        assert "TTL 1" in pipit.log()
    near = RawSpeaker(far, getattr(pipit.machine, address), 65001, ttl=255).come_up()
    distant = RawSpeaker(other, getattr(pipit.machine, address), 65002, ttl=1).come_up()
    wait_for(lambda: pipit.established(peer), 10)
    near.close()
    distant.close()
