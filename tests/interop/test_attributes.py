"""Path attributes on their way through: Partial bits, attributes and paths that are not wanted, and
GRACEFUL_SHUTDOWN against import policy. Options that change hold at once, for what was received
before, too."""

import json
import struct

import pytest
from lab import wire
from lab.frr import Frr
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import wait_for

from conftest import need

PREFIX, OTHER, MARK = "10.66.0.0/16", "10.67.0.0/16", "10.77.0.0/16"
OPT, OT, PARTIAL = 0x80, 0xC0, 0x20
A = wire.attribute
LARGE = struct.pack("!III", 65001, 1, 2)
EXTENDED = bytes.fromhex("0002fbf400000007")
AS_SET = b"\1\2" + struct.pack("!II", 64901, 64900)


class Scene:
    """far (eBGP) -> pipit -> near (iBGP), side (eBGP); all of them raw speakers."""

    def __init__(self, lab):
        self.pipit = lab.add(Pipit, asn=65000)
        self.machines = {name: lab.machine(name) for name in ("far", "near", "side")}
        self.asns = {"far": 65001, "near": 65000, "side": 65002}
        self.neighbors = {name: Neighbor(self.machines[name].v4, asn, name=name, passive=True)
                          for name, asn in self.asns.items()}
        self.pipit.settings["policies"] = {
            "prefer": [{"set": {"local-preference": 200}, "then": "accept"}]}
        self.pipit.start(*self.neighbors.values())
        self.speakers = {name: RawSpeaker(machine, self.pipit.machine.v4, self.asns[name]).come_up()
                         for name, machine in self.machines.items()}
        lab.on_close(lambda: [speaker.close() for speaker in self.speakers.values()])

    def announce(self, *prefixes, extra=b"", path=None, name="far"):
        path = wire.as_path(65001) if path is None else A(0x40, 2, path)
        attributes = wire.origin() + path + wire.next_hop(self.machines[name].v4)
        if name == "near":
            attributes += wire.local_preference()
        self.speakers[name].send(wire.update(attributes + extra, wire.nlri(*prefixes)))

    def withdraw(self, *prefixes, name="far"):
        self.speakers[name].send(wire.update(withdrawn=wire.nlri(*prefixes)))

    def settle(self, name="far"):
        """All that was sent before has been worked off."""
        self.announce(MARK, name=name, path=b"" if name == "near" else None)
        self.pipit.wait_route(MARK)
        self.withdraw(MARK, name=name)
        self.pipit.wait_no_route(MARK)

    def attributes(self, name, prefix):
        """What a speaker was sent: {code: (flags, value)}."""
        speaker = self.speakers[name]
        return wait_for(lambda: speaker.table().get(prefix), 10,
                        lambda: f"{name} is sent {prefix}: {speaker.story()}")

    def options(self, **options):
        """Other options of the neighbor far, while its session stays."""
        self.neighbors["far"].options = {k.replace("_", "-"): v for k, v in options.items()}
        count = self.pipit.established_count("far")
        self.pipit.reload(*self.neighbors.values())
        assert self.pipit.established_count("far") == count

    def explain(self, prefix):
        """(verdict, {stage: step}) of `explain PREFIX from far`."""
        done = self.pipit.pipit("--json", "explain", prefix, "from", "far", check=False)
        answer = json.loads(done.stdout)  # the status says whether it is accepted
        (path,) = answer["paths"]
        return answer["verdict"], {s["stage"]: s for s in path["steps"]}

    def refused(self):
        """Routes of far that import refused, by reason."""
        rows = self.pipit.neighbor_details("far")["refused_routes"]
        return {row["reason"]: row["routes"] for row in rows}

    def foretell(self):
        """The row about far of a dry run of the file as it would be."""
        self.pipit.file.write_text(self.pipit.configuration())
        rows = self.pipit.answer("reload", **{"dry-run": True})
        return next(r for r in rows if r.get("name") == "far")


@pytest.fixture(scope="module")
def scene(module_lab):
    return Scene(module_lab)


@pytest.fixture
def fresh(scene):
    """The scene without routes, and with the options that it began with, afterwards."""
    yield scene
    scene.withdraw(PREFIX, OTHER)
    scene.options()
    scene.settle()


TRANSITIVE = {
    7: struct.pack("!I", 65001) + b"\1\2\3\4",
    8: struct.pack("!HH", 65001, 7),
    16: EXTENDED,
    22: b"\0\6\0\1\0\xc0\0\2\1",
    32: LARGE,
    35: struct.pack("!I", 65001),
    99: b"\7\7",
}


@pytest.mark.parametrize("name", ["near", "side"])
def test_optional_transitive_attributes_keep_their_partial_bit(fresh, name):
    """RFC 4271 5: once set it stays; what this router knows and got without it leaves without."""
    fresh.announce(PREFIX, extra=b"".join(A(OT | PARTIAL, k, v) for k, v in TRANSITIVE.items()))
    fresh.announce(OTHER, extra=b"".join(A(OT, k, v) for k, v in TRANSITIVE.items()))
    marked, plain = fresh.attributes(name, PREFIX), fresh.attributes(name, OTHER)
    for code, value in TRANSITIVE.items():
        assert marked[code] == (OT | PARTIAL, value), code
        unknown = code in (22, 99)  # passed on without being understood
        assert plain[code] == (OT | PARTIAL if unknown else OT, value), code


def test_a_partial_bit_alone_is_a_change_and_is_sent(fresh):
    fresh.announce(PREFIX, extra=A(OT, 8, TRANSITIVE[8]))
    assert fresh.attributes("side", PREFIX)[8][0] == OT
    fresh.announce(PREFIX, extra=A(OT | PARTIAL, 8, TRANSITIVE[8]))
    wait_for(lambda: fresh.attributes("side", PREFIX)[8][0] == OT | PARTIAL, 10,
             "the bit arrives")


def test_a_confederation_path_of_an_internal_neighbor_goes_nowhere(fresh):
    fresh.speakers["near"].send(bytes.fromhex(
        "ffffffffffffffffffffffffffffffff003a020000001f4001010040020a03020000fd840000fd85"
        "4003040a6301034005040000006418646400"))
    fresh.settle("near")
    assert "100.100.0.0/24" not in fresh.pipit.routes()
    assert "100.100.0.0/24" not in fresh.speakers["side"].table()
    assert fresh.speakers["near"].alive() and fresh.speakers["side"].alive()
    assert fresh.pipit.neighbor_details("near")["update_errors"]["treated_as_withdraw"] == 1


def test_as_sets_are_refused_unless_they_are_accepted(fresh):
    refused = fresh.refused().get("as-set", 0)
    fresh.announce(PREFIX, OTHER, path=wire.as_sequence(65001) + AS_SET)
    fresh.settle()
    assert PREFIX not in fresh.pipit.routes() and PREFIX not in fresh.speakers["side"].table()
    assert fresh.refused()["as-set"] == refused + 2
    verdict, steps = fresh.explain(PREFIX)
    assert verdict == "not accepted: AS_SET in AS_PATH 65001 {64901,64900}"
    assert steps["as-sets"]["result"] == "stopped"
    assert steps["as-sets"]["rule"] == "RFC 9774 §3"
    assert "AS_SET in AS_PATH (RFC 9774 §3)" in fresh.pipit.pipit("show", "neighbor", "far").stdout
    fresh.neighbors["far"].options = {"as-sets": "accept"}
    assert fresh.foretell()["accepted"] == 2
    fresh.options(as_sets="accept")
    fresh.attributes("side", PREFIX)
    assert "as-sets: accept" in fresh.explain(PREFIX)[1]["as-sets"]["text"]
    fresh.options()
    wait_for(lambda: PREFIX not in fresh.speakers["side"].table(), 10, "it is withdrawn again")


def test_the_first_as_is_the_neighbors_unless_that_is_not_asked_for(fresh):
    fresh.announce(PREFIX, path=wire.as_sequence(64901, 65001))
    fresh.settle()
    assert PREFIX not in fresh.pipit.routes()
    verdict, steps = fresh.explain(PREFIX)
    assert verdict == "not accepted: AS_PATH 64901 65001 does not begin with AS 65001"
    assert steps["first-as"]["rule"] == "RFC 4271 §6.3"
    assert fresh.refused()["first-as"] == 1
    assert "AS_PATH does not begin with the neighbor's AS" in fresh.pipit.log()
    fresh.neighbors["far"].options = {"enforce-first-as": False}
    assert fresh.foretell()["accepted"] == 1
    fresh.options(enforce_first_as=False)
    assert fresh.attributes("side", PREFIX)[2][1] == wire.as_sequence(65000, 64901, 65001)
    assert "enforce-first-as: false" in fresh.explain(PREFIX)[1]["first-as"]["text"]


def test_unwanted_attributes_are_left_out_or_refuse_the_route(fresh):
    fresh.announce(PREFIX, extra=wire.med(7) + b"".join(A(OT, k, TRANSITIVE[k])
                                                        for k in (8, 22, 32, 99)))
    fresh.announce(OTHER)
    assert {8, 22, 32, 99} <= set(fresh.attributes("side", PREFIX))
    fresh.neighbors["far"].options = {"attributes": {"discard": ["pmsi-tunnel", 99]}}
    assert fresh.foretell()["changed"] == 1
    fresh.options(attributes={"discard": ["pmsi-tunnel", 99, "large-communities"]})
    wait_for(lambda: not {22, 32, 99} & set(fresh.attributes("side", PREFIX)), 10,
             "they are gone")
    assert 8 in fresh.attributes("side", PREFIX)
    assert (fresh.explain(PREFIX)[1]["discard-attributes"]["text"]
            == "without PMSI_TUNNEL, LARGE_COMMUNITIES, attribute 99 (attributes.discard)")
    fresh.options(attributes={"treat-as-withdraw": [99]})
    wait_for(lambda: PREFIX not in fresh.speakers["side"].table(), 10, "it is withdrawn")
    assert OTHER in fresh.speakers["side"].table()
    verdict, steps = fresh.explain(PREFIX)
    assert verdict == "not accepted: has attribute 99 (attributes.treat-as-withdraw)"
    assert steps["treat-as-withdraw"]["result"] == "stopped"
    fresh.options()
    assert {8, 22, 32, 99} <= set(fresh.attributes("side", PREFIX))


def test_graceful_shutdown_overrules_an_import_policy(fresh):
    fresh.options(**{"import": "prefer"})
    fresh.announce(PREFIX, extra=wire.communities("65535:0"))
    fresh.announce(OTHER)
    assert fresh.attributes("near", OTHER)[5][1] == struct.pack("!I", 200)
    assert fresh.attributes("near", PREFIX)[5][1] == struct.pack("!I", 0)
    _, steps = fresh.explain(PREFIX)
    assert list(steps)[-4:] == ["import-policy", "graceful-shutdown", "next-hop-resolution",
                                "decision"]
    assert steps["graceful-shutdown"]["result"] == "changed"


MALFORMED = {
    "10.90.0.0/16": A(OT, 22, b"\0\x70\0\0\0"),
    "10.91.0.0/16": A(OT, 22, b"\0\6\0\0"),
    "10.92.0.0/16": A(OT, 23, b"\0\1\0\4\1\0"),
    "10.93.0.0/16": A(OT, 23, b""),
    "10.94.0.0/16": A(OT, 40, b"\1\0\4\0\0\0\1"),
    "10.95.0.0/16": A(OT, 40, b"\3\0\7\0\0\0\0\0\0\0"),
    "10.96.0.0/16": A(OT, 35, b"\0" * 4),
}


def test_a_strict_internal_neighbor_is_not_sent_what_resets_it(lab):
    need(Frr)
    pipit, frr = lab.add(Pipit, asn=65000), lab.add(Frr, asn=65000)
    far = lab.machine("far")
    pipit.start(Neighbor(far.v4, 65001, name="far", passive=True), Neighbor(frr.machine.v4, 65000))
    frr.start(Neighbor(pipit.machine.v4, 65000))
    pipit.wait_established(frr.machine.v4)
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    lab.on_close(speaker.close)
    base = wire.origin() + wire.as_path(65001) + wire.next_hop(far.v4)
    for prefix, attribute in MALFORMED.items():
        speaker.send(wire.update(base + attribute, wire.nlri(prefix)))
    speaker.send(wire.update(base, wire.nlri(MARK)))
    frr.wait_route(MARK)
    assert speaker.alive(), speaker.story()
    assert pipit.established_count(frr.machine.v4) == 1
    # What PREFIX_SID says is discarded (RFC 8669 6), the others take their route with them.
    assert set(MALFORMED) & set(frr.routes()) == {"10.94.0.0/16", "10.95.0.0/16"}
