"""A recorded full table through pipit as reflector: every route arrives, every attribute equal."""

import gzip
import struct

import pytest
from lab import wire
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import wait_for

from conftest import shared_data

ASN = 3856
LIVE, WITH_AS_0 = 577_703, 4


def fold(stream, table):
    """Applies the UPDATEs of a byte stream to {NLRI in wire form: attributes as octets}; IPv4 in
    the plain fields only, which is all that the recording and its reflection use."""
    at, end = 0, len(stream)
    while at + 19 <= end:
        length, kind = struct.unpack_from("!HB", stream, at + 16)
        if kind == wire.UPDATE:
            first = at + 21
            size = struct.unpack_from("!H", stream, at + 19)[0]
            for prefix in prefixes(stream, first, first + size):
                table.pop(prefix, None)
            first += size
            size = struct.unpack_from("!H", stream, first)[0]
            attributes = stream[first + 2:first + 2 + size]
            for prefix in prefixes(stream, first + 2 + size, at + length):
                table[prefix] = attributes
        at += length
    return stream[at:]


def prefixes(stream, first, end):
    while first < end:
        after = first + 1 + (stream[first] + 7) // 8
        yield stream[first:after]
        first = after


def parsed(attributes):
    """{code: (flags without the extended-length bit, value)}."""
    found = {}
    while attributes:
        flags, code = attributes[0], attributes[1]
        if flags & 0x10:
            length, head = struct.unpack("!H", attributes[2:4])[0], 4
        else:
            length, head = attributes[2], 3
        found[code] = (flags & 0xEF, attributes[head:head + length])
        attributes = attributes[head + length:]
    return found


def has_as_0(path):
    while path:
        count = path[1]
        if 0 in struct.unpack(f"!{count}I", path[2:2 + 4 * count]):
            return True
        path = path[2 + 4 * count:]
    return False


def reflected(given, cluster):
    """What a reflector makes of the attributes it was given (RFC 4456 8, RFC 7606, RFC 7607)."""
    wanted = dict(given)
    wanted[10] = (0x80, cluster + given.get(10, (0, b""))[1])
    if 7 in given and given[7][1][:4] == b"\0\0\0\0":
        del wanted[7]  # AGGREGATOR with AS 0 is discarded
    for code, (flags, value) in given.items():
        if code > 40 or code in (20, 21):
            wanted[code] = (flags | 0x20, value)
    return wanted


def foretell(pipit):
    """A dry run that concerns every route costs about a walk of the table, and changes nothing."""
    rule = {"match": {"prefix": "0.0.0.0/0 le 32"}, "set": {"med": 4000000000}, "then": "accept"}
    pipit.settings["policies"] = {"p": [rule]}
    pipit.neighbors[1].options = {**pipit.neighbors[1].options, "export": "p"}
    pipit.file.write_text(pipit.configuration())
    before = pipit.worked()
    row, last = pipit.answer("reload", **{"dry-run": True})
    assert pipit.worked() - before < 1
    assert last["ok"] and row["change"] == "updated" and row["keys"] == ["export"]
    assert row["updated"] == LIVE - WITH_AS_0
    assert row["announced"] == row["withdrawn"] == 0
    assert pipit.control("status")["config_number"] == 1


@pytest.mark.timeout(300)
def test_full_table_is_reflected_unchanged(lab):
    recording = gzip.decompress(shared_data("full-table-2015.bgp.gz").read_bytes())
    given = {}
    fold(recording, given)
    assert len(given) == LIVE
    pipit = lab.add(Pipit, asn=ASN)
    pipit.settings["router"] = {"next-hops": {"unresolved": "use"}}
    source, sink = lab.machine("source"), lab.machine("sink")
    options = {"timers": {"hold": 240, "keepalive": 80}, "as-sets": "accept"}  # some have them
    pipit.start(*(Neighbor(m.v4, ASN, passive=True, reflector_client=True, options=options)
                  for m in (source, sink)))
    receiver = RawSpeaker(sink, pipit.machine.v4, ASN).come_up(hold=240)
    sender = RawSpeaker(source, pipit.machine.v4, ASN).come_up(hold=240)
    sender.send(recording)
    wait_for(lambda: pipit.family(source.v4).get("accepted") == LIVE - WITH_AS_0, 120,
             lambda: f"all routes are accepted: {pipit.family(source.v4)}", interval=0.5)
    wait_for(lambda: pipit.family(sink.v4).get("advertised") == LIVE - WITH_AS_0, 60,
             lambda: f"all routes are advertised: {pipit.family(sink.v4)}", interval=0.5)
    got = {}

    def all_there():
        got.clear()
        for body in receiver.heard(wire.UPDATE):
            fold(wire.message(wire.UPDATE, body), got)
        return len(got) >= LIVE - WITH_AS_0

    wait_for(all_there, 60, lambda: f"{len(got)} routes at the receiver", interval=1.0)
    assert len(got) == LIVE - WITH_AS_0
    cluster = bytes(map(int, pipit.router_id.split(".")))
    seen, wrong = {}, []
    for prefix, attributes in given.items():
        if prefix not in got:
            assert has_as_0(parsed(attributes)[2][1])
            continue
        pair = (attributes, got[prefix])
        if pair not in seen:
            seen[pair] = reflected(parsed(attributes), cluster) == parsed(got[prefix])
            if not seen[pair]:
                wrong.append((prefix.hex(), attributes.hex(), got[prefix].hex()))
    assert not wrong, f"{len(wrong)} attribute sets differ, first: {wrong[0]}"
    assert receiver.alive() and sender.alive()
    foretell(pipit)
    sender.close()
    wait_for(lambda: pipit.family(sink.v4).get("advertised") == 0, 60,
             lambda: f"all routes are withdrawn: {pipit.family(sink.v4)}", interval=0.5)
    receiver.close()
