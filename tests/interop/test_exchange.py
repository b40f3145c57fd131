"""Policy that knows its neighbor: the action communities of an exchange's route server."""

import re

from lab import wire
from lab.bird import Bird
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor, link
from lab.waiting import holds_for, wait_for

from conftest import need

ASN = 64500
FAR = 4200000001  # fits no standard community

POLICIES = {
    "from-member": [
        {"match": {"prefix-origin": "registered"}, "then": "next-rule",
         "set": {"communities": {"add": [f"{ASN}:7:neighbor-as"]}}},
        {"match": {"not": {"prefix-origin": "registered"}}, "then": "reject"},
        {"then": "accept"}],
    "to-member": [
        {"match": {"communities": {"any": ["0:neighbor-as", f"{ASN}:0:neighbor-as"]}},
         "then": "reject"},
        {"match": {"communities": {"any": f"{ASN}:101:neighbor-as"}},
         "set": {"as-path": {"prepend": 1}}},
        {"match": {"group": "members"}, "set": {"communities": {"keep": f"{ASN}:7:*"}},
         "then": "accept"}],
}


def large(*values):
    data = b"".join(int(n).to_bytes(4, "big") for v in values for n in v.split(":"))
    return wire.attribute(wire.OPTIONAL | wire.TRANSITIVE, 32, data)


def standard(*values):
    data = b"".join(int(n).to_bytes(2, "big") for v in values for n in v.split(":"))
    return wire.attribute(wire.OPTIONAL | wire.TRANSITIVE, 8, data)


def test_action_communities_are_about_the_neighbor_that_is_sent_to(lab):
    need(Bird)
    near, far = lab.add(Bird, "near", 65002), lab.add(Bird, "far", FAR)
    server = lab.add(Pipit, asn=ASN)
    to_near, from_near = link(near, server)
    to_far, from_far = link(far, server)
    from_near.name, from_far.name = "near", "far"
    member = lab.machine("member")
    announcer = Neighbor(member.v4, 65001, name="member", passive=True)
    for neighbor in (from_near, from_far, announcer):
        neighbor.options.update({"group": "members", "import": None, "export": None})
    server.settings.update(
        groups={"all": {"import": "from-member", "export": "to-member"},
                "members": {"group": "all"}},
        sets={"prefix-origins": {"registered": ["65001 198.51.100.0/22 le 24"]}},
        policies=POLICIES)
    near.start(to_near)
    far.start(to_far)
    server.start(from_near, from_far, announcer)
    server.wait_established(from_near.address, from_far.address)
    speaker = RawSpeaker(member, server.machine.v4, 65001).come_up()

    def announce(prefix, *communities, path=(65001,)):
        speaker.send(wire.update(
            wire.origin() + wire.as_path(*path) + wire.next_hop(member.v4) +
            b"".join(communities), wire.nlri(prefix)))
    announce("198.51.100.0/24", standard("0:65002"))
    announce("198.51.101.0/24", large(f"{ASN}:0:{FAR}"))
    announce("198.51.102.0/24", large(f"{ASN}:101:65002"), standard("9:9"))
    announce("198.51.103.0/24")
    announce("203.0.113.0/24")                    # not the member's
    announce("198.51.103.0/25", path=(65001,))    # too long
    wait_for(lambda: len(near.routes()) == 3 and len(far.routes()) == 3, 20,
             lambda: f"{near.routes()} {far.routes()}")
    holds_for(lambda: len(near.routes()) == 3 and len(far.routes()) == 3, 0.5)
    assert set(near.routes()) == {"198.51.101.0/24", "198.51.102.0/24", "198.51.103.0/24"}
    assert set(far.routes()) == {"198.51.100.0/24", "198.51.102.0/24", "198.51.103.0/24"}
    assert near.routes()["198.51.102.0/24"].as_path == f"{ASN} {ASN} 65001"
    assert far.routes()["198.51.102.0/24"].as_path == f"{ASN} 65001"
    for route in (*near.routes().values(), *far.routes().values()):
        assert route.communities == ()
        assert route.large_communities == (f"{ASN}:7:65001",)
    text = server.pipit("explain", "198.51.100.0/24", "to", "near").stdout
    assert "0:neighbor-as" in text and re.search(r"reject", text), text
    # What asks for the neighbor splits groups, and only that does.
    groups = [g for g in server.ask("show", "groups") if g["family"] == "ipv4-unicast"]
    assert sum(len(g["members"]) for g in groups) == 3 and len(groups) == 3, groups
    server.settings["policies"] = {**POLICIES, "to-member": [{"then": "accept"}]}
    server.reload()
    wait_for(lambda: ["far", "near"] in [sorted(g["members"])
                                         for g in server.ask("show", "groups")],
             10, lambda: f"both have one group: {server.ask('show', 'groups')}")
    wait_for(lambda: len(near.routes()) == 4 and len(far.routes()) == 4, 10,
             lambda: f"{near.routes()} {far.routes()}")
    speaker.close()
