"""Wrong UPDATEs (RFC 7606): the session stays up where the RFC says so, the routes are treated as
withdrawn, and BIRD downstream never notices."""

import struct

import pytest
from lab import wire
from lab.bird import Bird
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for

from conftest import need

PREFIX, MARK = "10.66.0.0/16", "10.77.0.0/16"


class Chain:
    """raw speaker -> pipit -> BIRD; the raw speaker has an external and an internal session."""

    def __init__(self, lab):
        self.pipit, self.far = lab.add(Pipit, asn=65000), lab.machine("far")
        self.near = lab.machine("near")
        self.bird = lab.add(Bird, asn=65002)
        self.pipit.start(Neighbor(self.far.v4, 65001, passive=True, families=("ipv4", "ipv6"),
                                  options={"as-sets": "accept"}),
                         Neighbor(self.near.v4, 65000, passive=True, families=("ipv4", "ipv6"),
                                  reflector_client=True),
                         Neighbor(self.bird.machine.v4, 65002, families=("ipv4", "ipv6")))
        self.bird.start(Neighbor(self.pipit.machine.v4, 65000, families=("ipv4", "ipv6")))
        self.pipit.wait_established(self.bird.machine.v4)
        self.speakers = {}

    def speaker(self, kind):
        """The raw speaker of a kind, its session Established."""
        made = self.speakers.get(kind)
        if made is None or not made.alive():
            if made is not None:
                made.close()
            machine, asn = (self.far, 65001) if kind == "external" else (self.near, 65000)
            self.pipit.reset(machine.v4)  # ends what damping is left of the case before
            made = RawSpeaker(machine, self.pipit.machine.v4, asn).come_up(timeout=60)
            self.speakers[kind] = made
        return made

    def base(self, kind, without=()):
        """Good attributes by code, less those of `without`."""
        path = wire.as_path(65001) if kind == "external" else wire.as_path()
        good = {1: wire.origin(), 2: path, 3: wire.next_hop(self.machine(kind).v4)}
        if kind == "internal":
            good[5] = wire.local_preference()
        return b"".join(v for k, v in good.items() if k not in without)

    def machine(self, kind):
        return self.far if kind == "external" else self.near

    def announce(self, kind, *prefixes):
        self.speaker(kind).send(wire.update(self.base(kind), wire.nlri(*prefixes)))

    def settle(self, kind):
        """Everything sent before has been worked off when the marker arrived, and gone again."""
        self.announce(kind, MARK)
        self.pipit.wait_route(MARK)
        self.speaker(kind).send(wire.update(withdrawn=wire.nlri(MARK)))
        self.pipit.wait_no_route(MARK)


@pytest.fixture(scope="module")
def chain(module_lab):
    need(Bird)
    made = Chain(module_lab)
    yield made
    for speaker in made.speakers.values():
        speaker.close()


both_kinds = pytest.mark.parametrize("kind", ["external", "internal"])
A, WK, OPT, OT = wire.attribute, 0x40, 0x80, 0xC0

# name: (codes left out of the good attributes, octets put in their place)
WITHDRAWN = {
    "ORIGIN of 2 octets": ((1,), A(WK, 1, b"\0\0")),
    "ORIGIN of 0 octets": ((1,), A(WK, 1, b"")),
    "ORIGIN 3": ((1,), A(WK, 1, b"\3")),
    "ORIGIN with optional flag": ((1,), A(0xC0, 1, b"\0")),
    "AS_PATH with a segment cut off": ((2,), A(WK, 2, b"\2\2\0\0\xfd\xe9")),
    "AS_PATH with segment type 0": ((2,), A(WK, 2, b"\0\1\0\0\xfd\xe9")),
    "AS_PATH with an empty segment": ((2,), A(WK, 2, b"\2\0")),
    "AS_PATH with one octet": ((2,), A(WK, 2, b"\2")),
    "AS_PATH with AS 0": ((2,), A(WK, 2, wire.as_sequence(65001, 0))),
    "NEXT_HOP of 3 octets": ((3,), A(WK, 3, b"\x0a\x63\0")),
    "NEXT_HOP of 16 octets": ((3,), A(WK, 3, b"\0" * 16)),
    "MULTI_EXIT_DISC of 3 octets": ((), A(OPT, 4, b"\0\0\1")),
    "COMMUNITIES of 3 octets": ((), A(OT, 8, b"\0\1\0")),
    "EXTENDED COMMUNITIES of 7 octets": ((), A(OT, 16, b"\0" * 7)),
    "LARGE_COMMUNITY of 11 octets": ((), A(OT, 32, b"\0" * 11)),
    "PMSI_TUNNEL of an undefined type": ((), A(OT, 22, b"\0\x70\0\0\0")),
    "PMSI_TUNNEL of 4 octets": ((), A(OT, 22, b"\0\6\0\0")),
    "TUNNEL_ENCAPSULATION cut off": ((), A(OT, 23, b"\0\1\0\4\1\0")),
    "ONLY_TO_CUSTOMER of AS 0": ((), A(OT, 35, b"\0" * 4)),
    "PREFIX_SID with half an SRv6 SID": ((), A(OT, 40, b"\5\0\5\0\1\0\x15\x20")),
    "ATTR_SET of 3 octets": ((), A(OT, 128, b"\0\0\1")),
    "no ORIGIN": ((1,), b""),
    "no AS_PATH": ((2,), b""),
    "no NEXT_HOP": ((3,), b""),
    "no attribute at all": ((1, 2, 3, 5), b""),
}

DISCARDED = {
    "ATOMIC_AGGREGATE of 1 octet": A(WK, 6, b"\0"),
    "AGGREGATOR of 7 octets": A(OT, 7, b"\0" * 7),
    "ORIGIN a second time": A(WK, 1, b"\2"),
    "AS4_PATH from a 4-octet speaker": A(OT, 17, wire.as_sequence(64999)),
    "PREFIX_SID with a Label-Index of 4 octets": A(OT, 40, b"\1\0\4\0\0\0\1"),
    "AIGP of 7 octets": A(OPT, 26, b"\1\0\7\0\0\0\1"),
    "AIGP that is transitive": A(OT, 26, b"\1\0\x0b" + b"\0" * 8),
}


def expect_gone(chain, kind):
    chain.settle(kind)
    assert PREFIX not in chain.pipit.routes()
    assert chain.speaker(kind).alive(), chain.speaker(kind).story()
    chain.bird.wait_no_route(PREFIX)
    assert chain.bird.established(chain.pipit.machine.v4)


@both_kinds
@pytest.mark.parametrize("name", WITHDRAWN)
def test_treat_as_withdraw(chain, kind, name):
    without, instead = WITHDRAWN[name]
    chain.announce(kind, PREFIX)
    chain.bird.wait_route(PREFIX)
    speaker = chain.speaker(kind)
    speaker.send(wire.update(chain.base(kind, without) + instead, wire.nlri(PREFIX)))
    expect_gone(chain, kind)


@both_kinds
@pytest.mark.parametrize("name", DISCARDED)
def test_attribute_discard(chain, kind, name):
    speaker = chain.speaker(kind)
    speaker.send(wire.update(chain.base(kind) + DISCARDED[name], wire.nlri(PREFIX)))
    route = chain.pipit.wait_route(PREFIX)
    assert (route.origin, route.aggregator, route.atomic_aggregate) == ("igp", None, False)
    assert route.unknown == {}
    assert speaker.alive(), speaker.story()
    chain.bird.wait_route(PREFIX, origin="igp")
    speaker.send(wire.update(withdrawn=wire.nlri(PREFIX)))
    expect_gone(chain, kind)


def test_internal_only_attributes_from_outside_are_discarded(chain):
    extra = (wire.local_preference(900) + A(OPT, 9, b"\1\2\3\4") + A(OPT, 10, b"\5\5\5\5"))
    speaker = chain.speaker("external")
    speaker.send(wire.update(chain.base("external") + extra, wire.nlri(PREFIX)))
    route = chain.pipit.wait_route(PREFIX)
    assert route.local_preference != 900
    assert (route.originator_id, route.cluster_list) == (None, ())
    speaker.send(wire.update(withdrawn=wire.nlri(PREFIX)))
    expect_gone(chain, "external")


@pytest.mark.parametrize("extra", [A(OPT, 9, b"\1\2\3"), A(OPT, 10, b"\1\2\3"),
                                   A(WK, 5, b"\0\0\1")],
                         ids=["ORIGINATOR_ID of 3", "CLUSTER_LIST of 3", "LOCAL_PREF of 3"])
def test_wrong_internal_attributes_are_treated_as_withdraw(chain, extra):
    chain.announce("internal", PREFIX)
    chain.pipit.wait_route(PREFIX)
    without = (5,) if extra[1] == 5 else ()
    chain.speaker("internal").send(
        wire.update(chain.base("internal", without) + extra, wire.nlri(PREFIX)))
    expect_gone(chain, "internal")


@both_kinds
def test_last_attribute_overruns_the_attributes(chain, kind):
    chain.announce(kind, PREFIX)
    chain.pipit.wait_route(PREFIX)
    overrun = b"\x80\x04\xff\0\0"
    chain.speaker(kind).send(wire.update(chain.base(kind) + overrun, wire.nlri(PREFIX)))
    expect_gone(chain, kind)


RESET = {
    "withdrawn routes longer than the message": wire.message(wire.UPDATE, b"\xff\xff\0\0"),
    "attributes longer than the message": wire.message(wire.UPDATE, b"\0\0\xff\xff"),
    "three octets": wire.message(wire.UPDATE, b"\0\0\0"),
}


@pytest.mark.parametrize("name", RESET)
def test_what_cannot_be_parsed_resets_the_session(chain, name):
    speaker = chain.speaker("external")
    speaker.send(RESET[name])
    assert speaker.notification()[:2] in ((3, 1), (1, 2))
    assert chain.bird.established(chain.pipit.machine.v4)


@pytest.mark.parametrize("field", [b"\x21\x0a\0\0\0\0", b"\xff\x0a", b"\x18\x0a\0"],
                         ids=["length 33", "length 255", "cut off"])
def test_wrong_nlri_resets_the_session(chain, field):
    speaker = chain.speaker("external")
    speaker.send(wire.update(chain.base("external"), field))
    assert speaker.notification()[:2] == (3, 10)
    assert chain.bird.established(chain.pipit.machine.v4)


def test_second_mp_reach_resets_the_session(chain):
    speaker = chain.speaker("external")
    reach = wire.reach_v6(chain.far.v6, "2001:db8:66::/48")
    speaker.send(wire.update(chain.base("external", (3,)) + reach + reach))
    assert speaker.notification()[:2] == (3, 1)


def test_unknown_well_known_attribute_resets_or_withdraws(chain):
    """RFC 4271 6.3 says 3/2; RFC 7606 leaves that as it is."""
    speaker = chain.speaker("external")
    speaker.send(wire.update(chain.base("external") + A(WK, 99, b"\1"), wire.nlri(PREFIX)))
    assert speaker.notification()[:2] == (3, 2)


@both_kinds
@pytest.mark.parametrize("length", [0, 1, 4, 300, 3500])
def test_unknown_transitive_attribute_passes_with_partial_bit(chain, kind, length):
    value = bytes(i % 251 for i in range(length))
    speaker = chain.speaker(kind)
    other = chain.speaker("internal" if kind == "external" else "external")
    speaker.send(wire.update(chain.base(kind) + A(0xC0 | 0x05, 0xE0, value), wire.nlri(PREFIX)))
    attributes = wait_for(lambda: other.table().get(PREFIX), 10, other.story)
    flags, passed = attributes[0xE0]
    assert passed == value
    assert flags & 0xEF == 0xE0  # optional, transitive, partial, unused bits zero
    speaker.send(wire.update(withdrawn=wire.nlri(PREFIX)))
    wait_for(lambda: PREFIX not in other.table(), 10, other.story)


def test_unknown_non_transitive_attribute_is_dropped(chain):
    speaker, other = chain.speaker("external"), chain.speaker("internal")
    speaker.send(wire.update(chain.base("external") + A(OPT, 0xE1, b"\1"), wire.nlri(PREFIX)))
    attributes = wait_for(lambda: other.table().get(PREFIX), 10, other.story)
    assert 0xE1 not in attributes
    speaker.send(wire.update(withdrawn=wire.nlri(PREFIX)))


def test_host_bits_of_a_prefix_are_masked(chain):
    speaker = chain.speaker("external")
    speaker.send(wire.update(chain.base("external"), b"\x0f\x0a\x43"))
    chain.pipit.wait_route("10.66.0.0/15")
    speaker.send(wire.update(withdrawn=b"\x0f\x0a\x42"))
    chain.pipit.wait_no_route("10.66.0.0/15")


def test_extended_length_of_short_attributes_is_fine(chain):
    speaker = chain.speaker("external")
    attributes = (A(0x50, 1, b"\0") + A(0x50, 2, wire.as_sequence(65001))
                  + A(0x50, 3, bytes(map(int, chain.far.v4.split(".")))))
    speaker.send(wire.update(attributes, wire.nlri(PREFIX)))
    chain.pipit.wait_route(PREFIX)
    speaker.send(wire.update(withdrawn=wire.nlri(PREFIX)))


def test_end_of_rib_withdraws_nothing(chain):
    chain.announce("external", PREFIX)
    chain.pipit.wait_route(PREFIX)
    chain.speaker("external").send(wire.END_OF_RIB + wire.end_of_rib_v6())
    holds_for(lambda: PREFIX in chain.pipit.routes(), 0.5)
    chain.speaker("external").send(wire.update(withdrawn=wire.nlri(PREFIX)))


def test_thousands_of_withdrawals_in_one_message(chain):
    speaker = chain.speaker("external")
    prefixes = [f"10.{i // 256}.{i % 256}.0/24" for i in range(900)]
    speaker.send(wire.update(chain.base("external"), wire.nlri(*prefixes)))
    wait_for(lambda: chain.pipit.family(chain.far.v4)["received"] == 900, 10)
    speaker.send(wire.update(withdrawn=wire.nlri(*prefixes)))
    wait_for(lambda: chain.pipit.family(chain.far.v4)["received"] == 0, 10)


@pytest.mark.parametrize("path,wanted", [
    (wire.as_sequence(65001, *range(1, 255)) + wire.as_sequence(7, 8),
     "65001 " + " ".join(map(str, range(1, 255))) + " 7 8"),
    (wire.as_sequence(65001) + b"\1\2" + struct.pack("!II", 64901, 64900), "65001 {64900,64901}"),
], ids=["257 ASes", "a set"])
def test_long_and_strange_paths(chain, path, wanted):
    speaker = chain.speaker("external")
    speaker.send(wire.update(wire.origin() + A(WK, 2, path) + wire.next_hop(chain.far.v4),
                             wire.nlri(PREFIX)))
    assert chain.pipit.wait_route(PREFIX).as_path == wanted
    seen = chain.bird.wait_route(PREFIX).as_path
    if seen.endswith("..."):  # birdc cuts what is longer than its line
        seen, wanted = seen[:-3], wanted[:len(seen) - len("65000 ") - 3]
    assert seen == "65000 " + wanted
    speaker.send(wire.update(withdrawn=wire.nlri(PREFIX)))
    chain.pipit.wait_no_route(PREFIX)


@both_kinds
@pytest.mark.parametrize("path", [
    b"\3\1" + struct.pack("!I", 64512) + wire.as_sequence(65001),
    b"\3\2" + struct.pack("!II", 0xFD84, 0xFD85),
    wire.as_sequence(65001) + b"\4\1" + struct.pack("!I", 64512)],
    ids=["sequence in front", "sequence alone", "set behind"])
def test_confederation_segments_are_treated_as_withdraw(chain, kind, path):
    """This router is in no confederation (RFC 5065 5)."""
    chain.announce(kind, PREFIX)
    chain.bird.wait_route(PREFIX)
    chain.speaker(kind).send(wire.update(chain.base(kind, (2,)) + A(WK, 2, path),
                                         wire.nlri(PREFIX)))
    expect_gone(chain, kind)


def test_own_as_in_the_path_is_not_used(chain):
    speaker = chain.speaker("external")
    speaker.send(wire.update(wire.origin() + wire.as_path(65001, 65000)
                             + wire.next_hop(chain.far.v4), wire.nlri(PREFIX)))
    expect_gone(chain, "external")


@pytest.mark.parametrize("hop", ["0.0.0.0", "127.0.0.1", "224.0.0.1", "pipit"])
def test_impossible_next_hops_are_not_used(chain, hop):
    address = chain.pipit.machine.v4 if hop == "pipit" else hop
    speaker = chain.speaker("external")
    speaker.send(wire.update(wire.origin() + wire.as_path(65001) + wire.next_hop(address),
                             wire.nlri(PREFIX)))
    chain.settle("external")
    assert PREFIX not in chain.pipit.routes()
    assert chain.speaker("external").alive()
    chain.speaker("external").send(wire.update(withdrawn=wire.nlri(PREFIX)))
