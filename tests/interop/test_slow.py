"""Receivers that do not read: what they cost others, where it ends, what they get afterwards."""

import pytest
from lab import wire
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import wait_for

ASN = 65000
PREFIXES, ROUNDS = 40_000, 40
PER_MESSAGE, COMMUNITIES = 250, 700  # which fills messages: a round is 600 kB


class Reflector:
    """pipit with a sender, a receiver that reads and one that does not."""

    def __init__(self, lab, **timers):
        self.pipit = lab.add(Pipit, asn=ASN)
        self.pipit.quiet = True
        self.pipit.settings["router"] = {"next-hops": {"unresolved": "use"}}
        machines = [lab.machine(label) for label in ("source", "reads", "stalls")]
        options = {"timers": {"hold": 240, "keepalive": 80, **timers}}
        self.pipit.start(*(Neighbor(m.v4, ASN, passive=True, reflector_client=True,
                                    options=options) for m in machines))
        self.source, self.reads, self.stalls = (
            RawSpeaker(m, self.pipit.machine.v4, ASN).come_up(hold=240) for m in machines)
        self.stalls.reading = False
        self.name = self.pipit.neighbor(machines[2].v4)["name"]

    def announce(self, version):
        """All prefixes with MED `version`."""
        attributes = (wire.origin() + wire.as_path(65001) + wire.next_hop("192.0.2.1")
                      + wire.med(version) + wire.local_preference() + wire.communities(
                          *(f"{ASN}:{i}" for i in range(COMMUNITIES))))
        octets = b""
        for first in range(0, PREFIXES, PER_MESSAGE):
            octets += wire.update(attributes, wire.nlri(
                *(f"10.{i >> 8}.{i & 255}.0/24" for i in range(first, first + PER_MESSAGE))))
        self.source.send(octets)

    def group(self):
        return self.pipit.ask("show", "groups")[0]

    def versions(self, speaker):
        """The MED of every announcement that came, in order, with the number of its prefixes."""
        found = []
        for update in speaker.updates():
            if update.announced:
                med = int.from_bytes(update.attributes[4][1], "big")
                found.append((med, len(update.announced)))
        return found

    def wait_version(self, speaker, version):
        wait_for(lambda: sum(n for med, n in self.versions(speaker)
                             if med == version) >= PREFIXES, 60,
                 lambda: f"version {version}: {self.versions(speaker)[-3:]}")

    def close(self):
        for speaker in (self.source, self.reads, self.stalls):
            speaker.close()


@pytest.mark.timeout(240)
def test_a_receiver_that_does_not_read_gets_only_the_present_state_when_it_reads_on(lab):
    scene = Reflector(lab)
    before = scene.pipit.memory()
    for version in range(1, ROUNDS + 1):
        scene.announce(version)
        scene.wait_version(scene.reads, version)
        scene.reads.messages.clear()
        scene.reads.messages += [(wire.OPEN, b""), (wire.KEEPALIVE, b"")]
    wait_for(lambda: scene.group()["lagging"] == [scene.name], 10, lambda: str(scene.group()))
    assert scene.group()["slow_events"] >= 1
    queued = scene.pipit.neighbor_details(scene.stalls.machine.v4)["write_queue_octets"]
    assert queued < 16 << 20, queued
    assert scene.pipit.memory() - before < 64 << 20
    assert scene.pipit.state(scene.stalls.machine.v4) == "Established"

    scene.stalls.reading = True
    scene.wait_version(scene.stalls, ROUNDS)
    meds = [med for med, _ in scene.versions(scene.stalls)]
    assert meds == sorted(meds), "nothing goes back in time"
    outdated = sum(n for med, n in scene.versions(scene.stalls) if med != ROUNDS)
    assert outdated < 2 * PREFIXES, "only what the kernel had taken already"
    assert sum(n for med, n in scene.versions(scene.stalls) if med == ROUNDS) == PREFIXES
    wait_for(lambda: scene.group()["lagging"] == [], 10, lambda: str(scene.group()))
    assert scene.stalls.alive() and scene.reads.alive()
    scene.close()


@pytest.mark.timeout(180)
def test_the_send_hold_timer_ends_a_session_that_does_not_read(lab):
    """RFC 9687; the others are not concerned."""
    scene = Reflector(lab, **{"hold": 6, "keepalive": 2, "send-hold": 6})
    version = 0

    def ended():
        nonlocal version
        version += 1
        scene.announce(version)
        scene.wait_version(scene.reads, version)
        return scene.pipit.state(scene.stalls.machine.v4) != "Established"

    wait_for(ended, 120, lambda: str(scene.pipit.neighbor(scene.stalls.machine.v4)))
    details = scene.pipit.neighbor_details(scene.stalls.machine.v4)
    assert "Send Hold Timer Expired" in str(details["notification_sent"]), details
    assert scene.reads.alive() and scene.source.alive()
    wait_for(lambda: scene.group()["lagging"] == [], 10, lambda: str(scene.group()))
    scene.close()


@pytest.mark.timeout(240)
def test_explain_finds_a_route_wherever_it_waits(lab):
    """In the write queue of one that does not read, then in the group, at last it is there."""
    scene = Reflector(lab)
    last = PREFIXES - 1
    prefix = f"10.{last >> 8}.{last & 255}.0/24"

    def explain(receiver=scene.name):
        return scene.pipit.ask("explain", prefix, "to", receiver)

    reader = next(n["name"] for n in scene.pipit.ask("show", "neighbors")
                  if n["address"] == scene.reads.machine.v4)
    found = []
    for version in range(1, ROUNDS + 1):
        scene.announce(version)
        scene.wait_version(scene.reads, version)
        answer = explain()
        if answer["delivery"] not in found:
            found.append(answer["delivery"])
        if answer["delivery"] == "queued":
            assert answer["sent_not_before"] == answer["sent_not_after"]
            assert "in the write queue" in answer["steps"][-1]["text"]
            assert answer["write_queue_octets"] > 0
        if answer["delivery"] == "pending":
            break
    assert found[-2:] == ["queued", "pending"], found
    assert explain(reader)["delivery"] == "written"
    scene.stalls.reading = True
    wait_for(lambda: explain()["delivery"] == "written", 60)
    scene.close()
