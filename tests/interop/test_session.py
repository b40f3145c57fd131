"""Sessions: what an OPEN may say, headers, hold timer, collisions, passive, link-local, the end."""

import ipaddress
import socket
import struct
import threading

import pytest
from lab import wire
from lab.bird import Bird
from lab.frr import Frr
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor, link
from lab.waiting import holds_for, wait_for

from conftest import need


@pytest.fixture
def fresh(lab):
    """pipit that waits for one external raw speaker; no back-off left by another test."""
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.start(Neighbor(far.v4, 65001, passive=True))
    return pipit, far


def refused(fresh, **words):
    """Connects, says the OPEN of `words`, and returns the NOTIFICATION that comes back."""
    pipit, far = fresh
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).connect(20)
    try:
        speaker.send(wire.open_message(**{"asn": 65001, "identifier": far.v4, **words}))
        return speaker.notification(20)
    finally:
        speaker.close()


@pytest.mark.parametrize("words,code,data", [
    ({"version": 3}, (2, 1), b"\0\4"),
    ({"asn": 65009}, (2, 2), None),
    ({"asn": 0, "capabilities": wire.multiprotocol(1)}, (2, 2), None),
    ({"identifier": "0.0.0.0"}, (2, 3), None),
    ({"hold": 1}, (2, 6), None),
    ({"hold": 2}, (2, 6), None),
], ids=["version 3", "another AS", "AS 0", "identifier 0", "hold 1", "hold 2"])
def test_open_is_refused(fresh, words, code, data):
    got = refused(fresh, **words)
    assert got[:2] == code
    assert data is None or got[2] == data


@pytest.mark.parametrize("octets,code", [
    (b"\0" * 16 + b"\0\x13\4", (1, 1)),
    (wire.MARKER + b"\0\x12\4", (1, 2)),
    (wire.MARKER + b"\xff\xff\2", (1, 2)),
    (wire.MARKER + b"\0\x13\0", (1, 3)),
    (wire.MARKER + b"\0\x13\x63", (1, 3)),
    (wire.MARKER + b"\0\x14\4\0", (1, 2)),
], ids=["marker", "length 18", "length 65535", "type 0", "type 99", "keepalive of 20"])
def test_header_is_refused(fresh, octets, code):
    pipit, far = fresh
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    speaker.send(octets)
    assert speaker.notification()[:2] == code
    speaker.wait_closed()
    speaker.close()


def test_keepalive_of_20_octets_says_its_length(fresh):
    pipit, far = fresh
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    speaker.send(wire.MARKER + struct.pack("!HB", 20, 4) + b"\0")
    assert speaker.notification() == (1, 2, b"\0\x14")
    speaker.close()


def test_update_before_the_session_is_up_is_an_fsm_error(fresh):
    pipit, far = fresh
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).connect().open()
    wait_for(lambda: speaker.heard(wire.OPEN), 10, "the OPEN")
    speaker.send(wire.update())
    assert speaker.notification()[:2] == (5, 2)
    speaker.close()


def test_second_open_of_an_established_session_is_an_fsm_error(fresh):
    pipit, far = fresh
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    speaker.open()
    assert speaker.notification()[:2] in ((5, 3), (6, 7))
    speaker.close()


def test_open_without_capabilities_gives_an_ipv4_session(fresh):
    pipit, far = fresh
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up(capabilities=b"")
    two_octets = wire.attribute(0x40, 2, b"\2\1" + struct.pack("!H", 65001))
    speaker.send(wire.update(wire.origin() + two_octets + wire.next_hop(far.v4),
                             wire.nlri("10.1.0.0/16")))
    assert pipit.wait_route("10.1.0.0/16").as_path == "65001"
    speaker.close()


def test_unknown_and_repeated_capabilities_are_ignored(fresh):
    pipit, far = fresh
    capabilities = (wire.capability(200, b"abc") + wire.multiprotocol(1) + wire.multiprotocol(1)
                    + wire.capability(201) + wire.capability(65, struct.pack("!I", 65001)))
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up(capabilities=capabilities)
    codes = {c["code"] for c in pipit.neighbor_details(far.v4)["capabilities"] if c["received"]}
    assert {200, 201} <= codes
    speaker.close()


def test_hold_time_0_means_no_keepalives(fresh):
    pipit, far = fresh
    speaker = RawSpeaker(far, pipit.machine.v4, 65001)
    speaker.keepalives = False
    speaker.come_up(hold=0)
    holds_for(lambda: speaker.alive() and len(speaker.heard(wire.KEEPALIVE)) == 1, 4,
              speaker.story)
    speaker.close()


def test_hold_time_is_the_smaller_one(fresh):
    pipit, far = fresh
    speaker = RawSpeaker(far, pipit.machine.v4, 65001)
    speaker.keepalives = False
    speaker.come_up(hold=3)
    assert speaker.notification(6)[:2] == (4, 0)
    wait_for(lambda: len(speaker.heard(wire.KEEPALIVE)) >= 3, 1, speaker.story)
    speaker.close()


def test_silence_of_the_peer_ends_the_session_and_its_routes(lab):
    need(Bird)
    pipit, bird, watcher = lab.add(Pipit, asn=65000), lab.add(Bird, asn=65001), lab.machine("far")
    there, here = link(pipit, bird, hold=3, keepalive=1)
    pipit.start(there, Neighbor(watcher.v4, 65002, passive=True))
    bird.start(here)
    speaker = RawSpeaker(watcher, pipit.machine.v4, 65002).come_up()
    bird.announce(Route("10.1.0.0/16"))
    wait_for(lambda: "10.1.0.0/16" in speaker.table(), 10, speaker.story)
    bird.pause()
    wait_for(lambda: not pipit.established(bird.machine.v4), 10, "the hold timer expires")
    sent = pipit.neighbor_details(bird.machine.v4)["notification_sent"]
    assert (sent["code"], sent["subcode"]) == (4, 0)
    wait_for(lambda: "10.1.0.0/16" not in speaker.table(), 5, "the route is withdrawn")
    bird.resume()
    pipit.wait_established(bird.machine.v4, timeout=60)
    speaker.close()


def test_a_cut_cable_is_noticed_by_the_hold_timer(lab):
    need(Bird)
    pipit, bird = lab.add(Pipit, asn=65000), lab.add(Bird, asn=65001)
    there, here = link(pipit, bird, hold=3, keepalive=1)
    pipit.start(there)
    bird.start(here)
    pipit.wait_established()
    lab.network.cut("bird")
    wait_for(lambda: not pipit.established(bird.machine.v4), 10, "the hold timer expires")
    lab.network.mend("bird")
    pipit.wait_established(bird.machine.v4, timeout=60)


@pytest.mark.parametrize("end", ["close", "drop"])
def test_an_ended_connection_is_noticed_at_once(fresh, end):
    pipit, far = fresh
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    pipit.wait_established(far.v4)
    getattr(speaker, end)()
    wait_for(lambda: not pipit.established(far.v4), 2, "the session ends")


@pytest.mark.parametrize("wins", ["pipit", "peer"])
def test_collision_keeps_the_connection_of_the_higher_identifier(lab, wins):
    """RFC 4271 6.8, 100 times: a speaker connects to pipit while pipit connects to it."""
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    identifier = "9.9.9.9" if wins == "pipit" else "223.9.9.9"
    listening = RawSpeaker(far, pipit.machine.v4, 65001, identifier).listen()
    pipit.start(Neighbor(far.v4, 65001))
    name = pipit.neighbor(far.v4)["name"]
    for _ in range(100):
        listening.accept(30)
        calling = RawSpeaker(far, pipit.machine.v4, 65001, identifier).connect()
        winner, loser = (listening, calling) if wins == "pipit" else (calling, listening)
        for speaker in (calling, listening):
            speaker.open()
        code = loser.notification(10)[:2]
        assert code == (6, 7), loser.story()
        wait_for(lambda w=winner: w.heard(wire.OPEN), 5, winner.story)
        winner.send(wire.keepalive())
        wait_for(lambda w=winner: w.established(), 5, winner.story)
        pipit.wait_established(far.v4)
        assert winner.alive(), winner.story()
        calling.close()
        listening.hang_up()
        pipit.pipit("neighbor", name, "reset")
    listening.close()


def test_collision_storm_with_bird_ends_in_one_session(lab):
    """Both sides connect at once, again and again; there is always exactly one session after."""
    need(Bird)
    pipit, bird = lab.add(Pipit, asn=65000), lab.add(Bird, asn=65001)
    there, here = link(pipit, bird)
    pipit.start(there)
    bird.start(here)
    pipit.wait_established()
    name = pipit.neighbor(bird.machine.v4)["name"]
    for _ in range(10):
        for action in (lambda: pipit.pipit("neighbor", name, "disable"),
                       lambda: bird.shut(pipit.machine.v4)):
            action()
        both = [threading.Thread(target=pipit.pipit, args=("neighbor", name, "enable")),
                threading.Thread(target=bird.unshut, args=(pipit.machine.v4,))]
        for thread in both:
            thread.start()
        for thread in both:
            thread.join()
        pipit.wait_established(timeout=30)
        bird.wait_established(timeout=30)
    connections = pipit.machine.run("ss", "-Htn", "state", "established", "( sport = :179 or "
                                    "dport = :179 )").strip().splitlines()
    assert len(connections) == 1


def test_passive_neighbors_are_not_called(fresh):
    pipit, far = fresh
    listener = RawSpeaker(far, pipit.machine.v4, 65001).listen()
    with pytest.raises(socket.timeout):
        listener.accept(4)
    listener.close()
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    pipit.wait_established(far.v4)
    speaker.close()


def test_a_stranger_is_not_served(fresh):
    pipit, _ = fresh
    stranger = pipit.lab.machine("stranger")
    speaker = RawSpeaker(stranger, pipit.machine.v4, 65001)
    try:
        speaker.connect(3).open()
        speaker.wait_closed(5)
        assert not speaker.heard(wire.OPEN)
    except OSError:
        pass
    speaker.close()


@pytest.mark.parametrize("vendor", [Bird, Frr], ids=["bird", "frr"])
def test_session_between_link_local_addresses(lab, vendor):
    need(vendor)
    pipit, peer = lab.add(Pipit, asn=65000), lab.add(vendor, asn=65001)
    there, here = link(pipit, peer, ("ipv6",), "link_local", interface="e0")
    pipit.start(there)
    peer.start(here)
    pipit.wait_established()
    peer.announce(Route("2001:db8:1::/48"))
    pipit.announce(Route("2001:db8:2::/48"))
    assert pipit.wait_route("2001:db8:1::/48").as_path == "65001"
    peer.wait_route("2001:db8:2::/48")


def test_sigterm_says_goodbye_and_exits_0(lab):
    pipit, machines = lab.add(Pipit, asn=65000), [lab.machine(f"far{i}") for i in range(3)]
    pipit.start(*(Neighbor(m.v4, 65001 + i, passive=True) for i, m in enumerate(machines)))
    speakers = [RawSpeaker(m, pipit.machine.v4, 65001 + i).come_up()
                for i, m in enumerate(machines)]
    assert pipit.terminate() == 0
    for speaker in speakers:
        assert speaker.notification()[:2] == (6, 2)
        speaker.wait_closed()
        speaker.close()


def test_flapping_sessions_leak_nothing(fresh):
    pipit, far = fresh
    RawSpeaker(far, pipit.machine.v4, 65001).come_up().close()
    before = pipit.descriptors()
    for _ in range(10):
        RawSpeaker(far, pipit.machine.v4, 65001).connect(30).close()
    wait_for(lambda: pipit.descriptors() <= before, 10, lambda: str(pipit.descriptors()))


def test_next_hops_of_our_own_follow_the_addresses_of_the_host(lab):
    """An IPv4 session carries IPv6 routes, and the IPv6 address comes and changes later."""
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    old, new = pipit.machine.v6, "fd99::aa"
    pipit.machine.ip("addr", "del", f"{old}/64", "dev", "e0")
    pipit.machine.ip("addr", "flush", "dev", "e0", "scope", "link")
    pipit.announced = {"2001:db8:1::/48": Route("2001:db8:1::/48")}
    pipit.start(Neighbor(far.v4, 65001, passive=True, families=("ipv4", "ipv6")))
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    pipit.wait_established(far.v4)

    def told():
        reach = speaker.table().get("2001:db8:1::/48", {}).get(14, (0, b""))[1]
        return str(ipaddress.IPv6Address(reach[4:20])) if reach else None

    for address in (old, new):
        pipit.machine.ip("addr", "add", f"{address}/64", "dev", "e0", "nodad")
        wait_for(lambda a=address: told() == a, 5, lambda: f"next hop {told()}")
        pipit.machine.ip("addr", "del", f"{address}/64", "dev", "e0")
        wait_for(lambda: told() is None, 5, lambda: f"withdrawn, next hop {told()}")
    assert pipit.established_count(far.v4) == 1 and speaker.alive()
    speaker.close()


def test_level_trace_of_bgp_writes_every_message_until_a_reload_takes_it_back(lab):
    """With `log: {levels: {bgp: trace}}` the octets of a session stand in the log."""
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.settings["log"] = {"level": "info", "levels": {"bgp": "trace"}}
    pipit.start(Neighbor(far.v4, 65001, passive=True))
    name = pipit.neighbor(far.v4)["name"]
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()

    def keepalives():
        return pipit.ask("show", "neighbor", name)["messages"]["keepalive"]["received"]

    try:
        octets = wire.keepalive().hex()
        for line in (f"{name}: received KEEPALIVE, 19 octets: {octets}",
                     f"{name}: sends KEEPALIVE, 19 octets: {octets}",
                     f"{name}: received OPEN, ", f"{name}: sends OPEN, "):
            assert line in pipit.log()
        pipit.settings["log"] = {"level": "info", "levels": {"bgp": "debug"}}
        pipit.reload()
        written, before = pipit.log().count("KEEPALIVE"), keepalives()
        speaker.send(wire.keepalive())
        wait_for(lambda: keepalives() > before, 10)
        assert pipit.log().count("KEEPALIVE") == written
        pipit.settings["log"] = {"level": "info", "levels": {"bgp": "trace"}}
        pipit.reload()
        speaker.send(wire.keepalive())
        wait_for(lambda: pipit.log().count("received KEEPALIVE") > written // 2, 10)
    finally:
        speaker.close()
