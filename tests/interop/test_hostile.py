"""Peers that send rubbish, little, nothing, or do not read: pipit lives, and others see nothing."""

import random
import time

import pytest
from lab import wire
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import wait_for

PREFIXES = 60_000


class Scene:
    """pipit with a well-behaved neighbor and one that is not."""

    def __init__(self, lab):
        self.pipit = lab.add(Pipit, asn=65000)
        self.good_machine, self.bad_machine = lab.machine("good"), lab.machine("bad")
        self.pipit.start(Neighbor(self.good_machine.v4, 65001, passive=True),
                         Neighbor(self.bad_machine.v4, 65002, passive=True))
        self.good = RawSpeaker(self.good_machine, self.pipit.machine.v4, 65001).come_up()

    def bad(self):
        return RawSpeaker(self.bad_machine, self.pipit.machine.v4, 65002)

    def unharmed(self):
        assert self.good.alive(), self.good.story()
        assert self.pipit.established_count(self.good_machine.v4) == 1
        self.good.send(wire.update(
            wire.origin() + wire.as_path(65001) + wire.next_hop(self.good_machine.v4),
            wire.nlri("10.200.0.0/16")))
        self.pipit.wait_route("10.200.0.0/16")


@pytest.fixture
def scene(lab):
    made = Scene(lab)
    yield made
    made.unharmed()
    made.good.close()


def announcement(machine, asn, prefixes):
    """Many prefixes in as many messages as they need."""
    attributes = wire.origin() + wire.as_path(asn) + wire.next_hop(machine.v4)
    return b"".join(wire.update(attributes, wire.nlri(*prefixes[i:i + 900]))
                    for i in range(0, len(prefixes), 900))


def many(count):
    return [f"{20 + i // 65536}.{i // 256 % 256}.{i % 256}.0/24" for i in range(count)]


def test_garbage_instead_of_an_open(scene):
    noise = random.Random(1)
    for _ in range(5):
        speaker = scene.bad().connect(60)
        try:
            speaker.send(noise.randbytes(5000))
            speaker.wait_closed(10)
        except OSError:
            pass
        speaker.close()


def test_garbage_in_an_established_session(scene):
    speaker = scene.bad().come_up()
    speaker.send(random.Random(2).randbytes(20000))
    speaker.wait_closed(10)
    speaker.close()


def test_half_a_message_and_silence(scene):
    """The hold timer ends it."""
    speaker = scene.bad()
    speaker.keepalives = False
    speaker.come_up(hold=3)
    speaker.send(wire.update(wire.origin())[:25])
    assert speaker.notification(10)[:2] == (4, 0)
    speaker.close()


def test_half_an_open_and_the_end(scene):
    speaker = scene.bad().connect()
    speaker.send(wire.open_message(65002, scene.bad_machine.v4)[:20])
    speaker.close()
    scene.bad().come_up(timeout=60).close()


def test_one_octet_at_a_time(scene):
    speaker = scene.bad().connect()
    speaker.send_bytewise(wire.open_message(65002, scene.bad_machine.v4))
    wait_for(lambda: speaker.heard(wire.OPEN), 10, speaker.story)
    speaker.send_bytewise(wire.keepalive())
    speaker.send_bytewise(announcement(scene.bad_machine, 65002, many(300)))
    wait_for(lambda: scene.pipit.family(scene.bad_machine.v4).get("received") == 300, 10)
    speaker.close()


def test_many_messages_in_one_segment(scene):
    speaker = scene.bad().come_up()
    attributes = wire.origin() + wire.as_path(65002) + wire.next_hop(scene.bad_machine.v4)
    speaker.send(b"".join(wire.update(attributes, wire.nlri(p)) for p in many(5000)))
    wait_for(lambda: scene.pipit.family(scene.bad_machine.v4).get("received") == 5000, 10)
    speaker.close()


def test_connections_that_say_nothing_do_no_harm(scene):
    silent = [scene.bad().connect() for _ in range(5)]
    scene.unharmed()
    for speaker in silent:
        speaker.close()


def test_a_peer_that_stops_reading_holds_nobody_up(scene):
    """It has a place of its own in the stream; the memory of pipit stays bounded."""
    speaker = scene.bad().come_up()
    speaker.reading = False
    time.sleep(0.1)
    before = scene.pipit.memory()
    for asn in range(64600, 64610):
        attributes = (wire.origin() + wire.as_path(65001, asn)
                      + wire.next_hop(scene.good_machine.v4))
        prefixes = many(PREFIXES)
        for i in range(0, len(prefixes), 900):
            scene.good.send(wire.update(attributes, wire.nlri(*prefixes[i:i + 900])))
    wait_for(lambda: scene.pipit.family(scene.good_machine.v4).get("received") == PREFIXES, 30)
    assert scene.pipit.memory() - before < 128 << 20
    assert scene.pipit.established(scene.good_machine.v4)
    speaker.reading = True
    wait_for(lambda: set(speaker.table()) == set(many(PREFIXES)), 60,
             lambda: f"all that was announced arrives, {len(speaker.table())}", interval=0.5)
    paths = {a[2][1][-4:] for a in speaker.table().values()}
    assert paths == {(64609).to_bytes(4, "big")}
    speaker.close()


def test_mutations_of_good_messages(scene):
    """Whatever comes back, pipit stays and the neighbor can return."""
    noise = random.Random(3)
    good = announcement(scene.bad_machine, 65002, many(20))
    for _ in range(12):
        speaker = scene.bad().come_up(timeout=90)
        try:
            for _ in range(100):
                octets = bytearray(good)
                for _ in range(noise.randint(1, 4)):
                    octets[noise.randrange(19, len(octets))] = noise.randrange(256)
                speaker.send(octets)
        except OSError:
            pass
        speaker.close()
        scene.pipit.pipit("neighbor", scene.pipit.neighbor(scene.bad_machine.v4)["name"], "reset")


def test_without_descriptors_left_operators_still_get_answers(lab):
    """A hundred neighbors that connect and say nothing, and 64 descriptors."""
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    addresses = [f"10.99.1.{i}" for i in range(100)]
    far.ip("route", "add", "local", "10.99.1.0/24", "dev", "lo")
    pipit.machine.ip("route", "add", "10.99.1.0/24", "via", far.v4)
    limited = pipit.folder / "limited"
    limited.write_text(f"#!/bin/sh\nulimit -n 64\nexec {pipit.daemon} \"$@\"\n")
    limited.chmod(0o755)
    pipit.daemon = limited
    pipit.start(*(Neighbor(a, 65001, passive=True) for a in addresses))
    speakers = []
    for address in addresses:
        speaker = RawSpeaker(far, pipit.machine.v4, 65001, source=address)
        speakers.append(speaker.connect())
    wait_for(lambda: "Too many open files" in pipit.log(), 10, pipit.log)
    for _ in range(3):
        assert pipit.pipit("status", timeout=10).returncode == 0
    for speaker in speakers:
        speaker.close()
    speaker = RawSpeaker(far, pipit.machine.v4, 65001, source=addresses[0]).come_up(timeout=40)
    speaker.close()
