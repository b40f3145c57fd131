"""max-prefixes, and what RFC 8212 lets through."""

import pytest
from lab import wire
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for


def announcement(machine, asn, *prefixes):
    return wire.update(wire.origin() + wire.as_path(asn) + wire.next_hop(machine.v4),
                       wire.nlri(*prefixes))


def limited(lab, **limit):
    """pipit with one passive external neighbor whose prefixes are limited."""
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.start(Neighbor(far.v4, 65001, passive=True,
                         options={"families": {"ipv4-unicast": {"max-prefixes": limit}}}))
    return pipit, far, RawSpeaker(far, pipit.machine.v4, 65001).come_up()


FIVE = [f"10.{i}.0.0/16" for i in range(5)]


def test_warn_keeps_the_session(lab):
    pipit, far, speaker = limited(lab, limit=3, action="warn")
    speaker.send(announcement(far, 65001, *FIVE))
    wait_for(lambda: "limit" in pipit.log().lower() or "max-prefixes" in pipit.log(), 5,
             "a warning in the log")
    holds_for(speaker.alive, 1, speaker.story)
    speaker.close()


def test_stop_ends_the_session_until_an_operator_speaks(lab):
    pipit, far, speaker = limited(lab, limit=3, action="stop")
    speaker.send(announcement(far, 65001, *FIVE))
    code, subcode, data = speaker.notification()
    assert (code, subcode) == (6, 1)
    assert data in (b"", b"\0\1\1\0\0\0\3")
    speaker.close()
    wait_for(lambda: not pipit.routes(), 5, "the routes go")
    with pytest.raises((OSError, AssertionError)):
        RawSpeaker(far, pipit.machine.v4, 65001).come_up(timeout=5)
    pipit.pipit("neighbor", pipit.neighbor(far.v4)["name"], "reset")
    RawSpeaker(far, pipit.machine.v4, 65001).come_up().close()


def test_restart_comes_back_after_its_time(lab):
    pipit, far, speaker = limited(lab, limit=3, action="restart", **{"restart-after": "3s"})
    speaker.send(announcement(far, 65001, *FIVE))
    assert speaker.notification()[:2] == (6, 1)
    speaker.close()
    again = RawSpeaker(far, pipit.machine.v4, 65001).come_up(timeout=30)
    again.send(announcement(far, 65001, *FIVE[:3]))
    pipit.wait_route(FIVE[0])
    assert again.alive()
    again.close()


def test_at_the_limit_nothing_happens(lab):
    pipit, far, speaker = limited(lab, limit=3, action="stop")
    for _ in range(3):
        speaker.send(announcement(far, 65001, *FIVE[:3]))
    pipit.wait_route(FIVE[2])
    holds_for(speaker.alive, 0.5, speaker.story)
    speaker.send(wire.update(withdrawn=wire.nlri(FIVE[0])))
    speaker.send(announcement(far, 65001, FIVE[3]))
    pipit.wait_route(FIVE[3])
    assert speaker.alive()
    speaker.close()


def test_without_policy_an_external_neighbor_hears_and_says_nothing(lab):
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.announced = {"10.99.99.0/24": Route("10.99.99.0/24")}
    pipit.start(Neighbor(far.v4, 65001, passive=True, options={"import": None, "export": None}))
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    speaker.send(announcement(far, 65001, "10.1.0.0/16"))
    wait_for(lambda: pipit.family(far.v4).get("rejected") == 1, 5,
             lambda: str(pipit.neighbor(far.v4)))
    name = pipit.neighbor(far.v4)["name"]
    holds_for(lambda: not pipit.routes() and not speaker.table(), 0.5)
    for told in (pipit.pipit("status").stdout, pipit.pipit("show", "neighbor", name).stdout):
        assert "RFC 8212" in told
    speaker.close()


def test_default_policy_open_turns_rfc_8212_off(lab):
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.settings["router"] = {"default-policy": "open"}
    pipit.announced = {"10.99.99.0/24": Route("10.99.99.0/24")}
    pipit.start(Neighbor(far.v4, 65001, passive=True, options={"import": None, "export": None}))
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    speaker.send(announcement(far, 65001, "10.1.0.0/16"))
    pipit.wait_route("10.1.0.0/16")
    wait_for(lambda: "10.99.99.0/24" in speaker.table(), 5, speaker.story)
    speaker.close()


def test_an_internal_neighbor_needs_no_policy(lab):
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.announced = {"10.99.99.0/24": Route("10.99.99.0/24")}
    pipit.start(Neighbor(far.v4, 65000, passive=True, options={"import": None, "export": None}))
    speaker = RawSpeaker(far, pipit.machine.v4, 65000).come_up()
    wait_for(lambda: "10.99.99.0/24" in speaker.table(), 5, speaker.story)
    speaker.close()
