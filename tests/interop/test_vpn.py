"""VPN routes (RFC 4364, 4659) reflected between FRR and GoBGP: keys with a Route Distinguisher,
labels that come with them, route targets in policy; and what is shown, explained and foretold of
them."""

import json

import pytest
from lab import wire
from lab.frr import Frr
from lab.gobgp import GoBgp
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for

from conftest import need

ASN = 65000
FAMILIES = {"ipv4-vpn": {}, "ipv6-vpn": {}}


class VpnFrr(Frr):
    """Without a VRF: its routes are `network ... rd ... label ...`."""

    def configuration(self):
        text = super().configuration()
        for family in ("ipv4", "ipv6"):
            text = text.replace(f"address-family {family} unicast", f"address-family {family} vpn")
        return text

    def announce_vpn(self, prefix, rd, label, target):
        name = "rt" + "".join(c if c.isalnum() else "_" for c in target)
        family = "ipv6" if ":" in prefix else "ipv4"
        self.configure(f"route-map {name} permit 10", f"set extcommunity rt {target}", "exit",
                       f"router bgp {self.asn}", f"address-family {family} vpn",
                       f"network {prefix} rd {rd} label {label} route-map {name}")

    def withdraw_vpn(self, prefix, rd, label):
        family = "ipv6" if ":" in prefix else "ipv4"
        self.configure(f"router bgp {self.asn}", f"address-family {family} vpn",
                       f"no network {prefix} rd {rd} label {label}")

    def vpn_routes(self, family="ipv4"):
        """{"RD:prefix": (next hop, label, route targets)} of what was learned."""
        found = {}
        answer = json.loads(self.vtysh(f"show bgp {family} vpn json", check=False) or "{}")
        for rd, prefixes in answer.get("routes", {}).get("routeDistinguishers", {}).items():
            for prefix in prefixes:
                one = json.loads(self.vtysh(f"show bgp {family} vpn rd {rd} {prefix} json"))
                for path in one.get(rd, {}).get("paths", []):
                    if path["peer"]["peerId"] not in ("0.0.0.0", "::"):
                        targets = path.get("extendedCommunity", {}).get("string", "")
                        found[f"{rd}:{prefix}"] = (path["nexthops"][0]["ip"],
                                                   path.get("remoteLabel"), targets)
        return found


class VpnGoBgp(GoBgp):
    def configuration(self):
        text = super().configuration()
        for family in ("ipv4", "ipv6"):
            text = text.replace(f'"{family}-unicast"', f'"l3vpn-{family}-unicast"')
        return text

    @staticmethod
    def _table(prefix):
        return "vpnv6" if ":" in prefix else "vpnv4"

    def announce_vpn(self, prefix, rd, label, target, next_hop=None, local_preference=100):
        own = self.machine.v6 if ":" in prefix else self.machine.v4
        self.gobgp("global", "rib", "-a", self._table(prefix), "add", prefix, "label", label,
                   "rd", rd, "rt", target, "nexthop", next_hop or own,
                   "local-pref", local_preference)

    def withdraw_vpn(self, prefix, rd, label):
        self.gobgp("global", "rib", "-a", self._table(prefix), "del", prefix, "label", label,
                   "rd", rd)

    def vpn_routes(self, family="ipv4"):
        found = {}
        text = self.gobgp("-j", "global", "rib", "-a", f"vpnv{family[-1]}", check=False)
        for key, paths in (json.loads(text) if text.startswith("{") else {}).items():
            for path in paths:
                if not path.get("neighbor-ip"):
                    continue
                attributes = {a["type"]: a for a in path["attrs"]}
                targets = " ".join(f"RT:{c['value']}"
                                   for c in attributes.get(16, {}).get("value", []))
                found[key] = (attributes[14]["nexthop"], path["nlri"]["labels"][0], targets)
        return found


def client(machine, name, **options):
    return Neighbor(machine.v4, ASN, name=name, families=(), reflector_client=True,
                    options={"families": FAMILIES, **options})


class Reflection:
    def __init__(self, lab):
        self.pipit = lab.add(Pipit, asn=ASN)
        self.frr = lab.add(VpnFrr, asn=ASN)
        self.gobgp = lab.add(VpnGoBgp, asn=ASN)
        self.pipit.settings["kernel"] = {"export": {}}
        self.pipit.start(client(self.frr.machine, "frr"), client(self.gobgp.machine, "gobgp"))
        for peer in (self.frr, self.gobgp):
            peer.start(Neighbor(self.pipit.machine.v4, ASN, families=("ipv4", "ipv6")))
        self.pipit.wait_established(self.frr.machine.v4, self.gobgp.machine.v4)

    def wait(self, peer, key, value, family="ipv4"):
        wait_for(lambda: peer.vpn_routes(family).get(key) == value, 15,
                 lambda: f"{key} at {peer.kind}: {peer.vpn_routes(family)}")

    def wait_gone(self, peer, key, family="ipv4"):
        wait_for(lambda: key not in peer.vpn_routes(family), 15,
                 lambda: f"no {key} at {peer.kind}: {peer.vpn_routes(family)}")

    def shown(self, *words):
        return self.pipit.show_routes(*words)

    def wait_shown(self, *words, count=1):
        wait_for(lambda: len(self.shown(*words)) == count, 15,
                 lambda: f"{words}: {self.shown(*words)}")
        return self.shown(*words)


@pytest.fixture(scope="module")
def rr(module_lab):
    need(Frr, GoBgp)
    return Reflection(module_lab)


def test_the_families_are_negotiated_and_end_of_rib_is_sent(rr):
    # Neither sends the marker to who has not offered graceful restart; both are sent it.
    for name in ("frr", "gobgp"):
        families = rr.pipit.neighbor(name)["families"]
        assert set(families) == set(FAMILIES), families
        assert all(f["negotiated"] and f["end_of_rib_sent"] for f in families.values()), families
    for peer in (rr.frr, rr.gobgp):
        wait_for(lambda p=peer: p.got_end_of_rib(rr.pipit.machine.v4), 15,
                 lambda p=peer: f"End-of-RIB at {p.kind}")


@pytest.mark.parametrize("family,prefix,v6_key", [
    ("ipv4", "10.1.0.0/24", None), ("ipv6", "2001:db8:1::/48", "[2001:db8:1::]/48")])
def test_a_route_of_gobgp_reaches_frr_as_it_came(rr, family, prefix, v6_key):
    own = rr.gobgp.machine.v6 if family == "ipv6" else rr.gobgp.machine.v4
    rr.gobgp.announce_vpn(prefix, "65000:1", 100, "65000:7")
    rr.wait(rr.frr, f"65000:1:{prefix}", (own, 100, "RT:65000:7"), family)
    (row,) = rr.shown(f"65000:1:{v6_key or prefix}")
    assert (row["prefix"], row["rd"], row["label"]) == (prefix, "65000:1", 100)
    assert row["family"] == f"{family}-vpn" and row["next_hop"] == own
    assert row["extended_communities"] == ["rt:65000:7"]
    # Another label alone is another route to send.
    rr.gobgp.announce_vpn(prefix, "65000:1", 101, "65000:7")
    rr.wait(rr.frr, f"65000:1:{prefix}", (own, 101, "RT:65000:7"), family)
    rr.gobgp.withdraw_vpn(prefix, "65000:1", 101)
    rr.wait_gone(rr.frr, f"65000:1:{prefix}", family)
    assert rr.shown(f"65000:1:{v6_key or prefix}") == []


@pytest.mark.parametrize("family,prefix", [("ipv4", "10.2.0.0/24"), ("ipv6", "2001:db8:2::/48")])
def test_a_route_of_frr_reaches_gobgp_as_it_came(rr, family, prefix):
    own = rr.frr.machine.v6 if family == "ipv6" else rr.frr.machine.v4
    rr.frr.announce_vpn(prefix, "65000:2", 200, "65000:8")
    rr.wait(rr.gobgp, f"65000:2:{prefix}", (own, 200, "RT:65000:8"), family)
    rr.frr.withdraw_vpn(prefix, "65000:2", 200)
    rr.wait_gone(rr.gobgp, f"65000:2:{prefix}", family)


def test_one_prefix_in_two_vpns_is_two_routes(rr):
    rr.gobgp.announce_vpn("10.3.0.0/24", "65000:1", 31, "65000:1")
    rr.gobgp.announce_vpn("10.3.0.0/24", "192.0.2.9:2", 32, "65000:2")
    own = rr.gobgp.machine.v4
    rr.wait(rr.frr, "65000:1:10.3.0.0/24", (own, 31, "RT:65000:1"))
    rr.wait(rr.frr, "192.0.2.9:2:10.3.0.0/24", (own, 32, "RT:65000:2"))
    both = rr.wait_shown("10.3.0.0/24", "family", "ipv4-vpn", count=2)
    assert {r["rd"] for r in both} == {"65000:1", "192.0.2.9:2"}
    assert rr.shown("10.3.0.0/24") == []  # in no unicast table
    assert rr.shown("family", "ipv4-unicast") == []
    rr.gobgp.withdraw_vpn("10.3.0.0/24", "65000:1", 31)
    rr.wait_gone(rr.frr, "65000:1:10.3.0.0/24")
    assert "192.0.2.9:2:10.3.0.0/24" in rr.frr.vpn_routes()
    rr.gobgp.withdraw_vpn("10.3.0.0/24", "192.0.2.9:2", 32)
    rr.wait_gone(rr.frr, "192.0.2.9:2:10.3.0.0/24")


def test_an_ipv4_mapped_next_hop_resolves_over_ipv4(rr):
    rr.gobgp.announce_vpn("2001:db8:4::/48", "65000:1", 40, "65000:1",
                          next_hop="::ffff:" + rr.gobgp.machine.v4)
    (row,) = rr.wait_shown("65000:1:[2001:db8:4::]/48")
    assert row["best"], row
    wait_for(lambda: "65000:1:2001:db8:4::/48" in rr.frr.vpn_routes("ipv6"), 15,
             lambda: str(rr.frr.vpn_routes("ipv6")))
    rr.gobgp.withdraw_vpn("2001:db8:4::/48", "65000:1", 40)


def test_what_is_shown_reads_back(rr):
    rr.gobgp.announce_vpn("10.5.0.0/24", "65000:5", 50, "65000:5")
    rr.gobgp.announce_vpn("2001:db8:5::/48", "65000:5", 51, "65000:5")
    rr.wait_shown("65000:5:10.5.0.0/24")
    rr.wait_shown("65000:5:[2001:db8:5::]/48")
    text = rr.pipit.pipit("show", "routes").stdout
    for key, label in (("65000:5:10.5.0.0/24", 50), ("65000:5:[2001:db8:5::]/48", 51)):
        line = next(one for one in text.splitlines() if key in one.split())
        assert f"label {label}" in line, text
        (row,) = rr.shown(next(word for word in line.split() if word.startswith("65000:5:")))
        assert row["label"] == label
    # The longest match, all inside and all around stay in their VPN.
    assert rr.pipit.ask("show", "route", "65000:5:10.5.0.7")["routes"][0]["label"] == 50
    assert rr.pipit.pipit("show", "route", "65000:6:10.5.0.7", check=False).returncode != 0
    assert len(rr.shown("65000:5:10.0.0.0/8", "longer")) == 1
    assert rr.shown("65000:6:10.0.0.0/8", "longer") == []
    assert len(rr.shown("10.0.0.0/8", "longer", "family", "ipv4-vpn")) == 1
    assert len(rr.shown("neighbor", "frr", "advertised", "family", "ipv4-vpn")) == 1
    assert rr.shown("community", "rt:65000:5", "family", "ipv6-vpn")[0]["rd"] == "65000:5"
    assert rr.pipit.ask("status")["tables"]["ipv4-vpn"]["destinations"] == 1
    for prefix, label in (("10.5.0.0/24", 50), ("2001:db8:5::/48", 51)):
        rr.gobgp.withdraw_vpn(prefix, "65000:5", label)
        rr.wait_gone(rr.frr, f"65000:5:{prefix}", "ipv6" if ":" in prefix else "ipv4")


def test_explained(rr):
    rr.gobgp.announce_vpn("10.6.0.0/24", "65000:6", 60, "65000:6")
    rr.wait(rr.frr, "65000:6:10.6.0.0/24", (rr.gobgp.machine.v4, 60, "RT:65000:6"))
    key = "65000:6:10.6.0.0/24"
    why = rr.pipit.ask("explain", key)
    assert why["rd"] == "65000:6" and "only one" in why["verdict"], why
    assert why["candidates"][0]["label"] == 60
    came = rr.pipit.ask("explain", key, "from", "gobgp")
    assert came["verdict"] == "accepted, and the best path", came
    sent = rr.pipit.ask("explain", key, "to", "frr")
    assert sent["advertised"] and sent["delivery"] == "written", sent
    assert sent["sent"]["label"] == 60 and sent["sent"]["next_hop"] == rr.gobgp.machine.v4
    assert any("label means something there" in s["text"] for s in sent["steps"]), sent
    assert not rr.pipit.ask("explain", key, "to", "gobgp")["advertised"]
    kernel = rr.pipit.ask("explain", key, "to", "kernel")
    assert not kernel["advertised"] and "ipv4-vpn" in kernel["verdict"], kernel
    assert key in rr.pipit.pipit("explain", "65000:6:10.6.0.7", "to", "frr").stdout
    assert rr.pipit.pipit("explain", "65000:7:10.6.0.0/24", check=False).returncode != 0
    rr.gobgp.withdraw_vpn("10.6.0.0/24", "65000:6", 60)
    rr.wait_gone(rr.frr, key)


def test_refreshed_by_family(rr):
    rr.gobgp.announce_vpn("10.7.0.0/24", "65000:7", 70, "65000:7")
    rr.frr.announce_vpn("10.8.0.0/24", "65000:8", 80, "65000:8")
    rr.wait(rr.frr, "65000:7:10.7.0.0/24", (rr.gobgp.machine.v4, 70, "RT:65000:7"))
    rr.wait(rr.gobgp, "65000:8:10.8.0.0/24", (rr.frr.machine.v4, 80, "RT:65000:8"))

    def refreshes(name):
        return rr.pipit.ask("show", "neighbor", name)["messages"]

    before = refreshes("frr")
    rr.frr.vtysh(f"clear bgp ipv4 vpn {rr.pipit.machine.v4} in")
    wait_for(lambda: refreshes("frr") != before, 15, lambda: str(refreshes("frr")))
    rr.wait(rr.frr, "65000:7:10.7.0.0/24", (rr.gobgp.machine.v4, 70, "RT:65000:7"))
    rr.pipit.pipit("neighbor", "frr", "refresh", "in")
    holds_for(lambda: len(rr.shown("65000:8:10.8.0.0/24")) == 1, 1)
    rr.gobgp.withdraw_vpn("10.7.0.0/24", "65000:7", 70)
    rr.frr.withdraw_vpn("10.8.0.0/24", "65000:8", 80)
    rr.wait_gone(rr.frr, "65000:7:10.7.0.0/24")
    rr.wait_gone(rr.gobgp, "65000:8:10.8.0.0/24")


def test_nothing_of_it_comes_to_the_kernel(rr):
    rr.gobgp.announce_vpn("10.9.0.0/24", "65000:9", 90, "65000:9")
    rr.gobgp.announce_vpn("0.0.0.0/0", "65000:9", 91, "65000:9")
    rr.wait_shown("65000:9:10.9.0.0/24")
    rr.wait_shown("65000:9:0.0.0.0/0")
    assert rr.pipit.ask("show", "kernel") in ([], {})
    assert "10.9.0.0" not in rr.pipit.machine.run("ip", "route", "show", "table", "all")
    for prefix, label in (("10.9.0.0/24", 90), ("0.0.0.0/0", 91)):
        rr.gobgp.withdraw_vpn(prefix, "65000:9", label)
        rr.wait_gone(rr.frr, f"65000:9:{prefix}")


def test_route_targets_and_families_in_policy(lab):
    need(GoBgp)
    pipit, gobgp = lab.add(Pipit, asn=ASN), lab.add(VpnGoBgp, asn=ASN)
    receiver = lab.machine("receiver")
    pipit.settings["policies"] = {
        "in": [{"match": {"communities": {"any": ["rt:65000:66"]}}, "then": "reject"},
               {"match": {"family": "ipv6-vpn"},
                "set": {"communities": {"add": ["rt:65000:6"]}}, "then": "accept"},
               {"match": {"prefix": "10.0.0.0/8 le 32"}, "set": {"next-hop": "192.0.2.77"},
                "then": "accept"}]}
    pipit.start(client(gobgp.machine, "gobgp", **{"import": "in"}),
                client(receiver, "receiver", passive=True))
    gobgp.start(Neighbor(pipit.machine.v4, ASN, families=("ipv4", "ipv6")))
    gobgp.announce_vpn("10.1.0.0/24", "65000:1", 16, "65000:1")
    gobgp.announce_vpn("10.2.0.0/24", "65000:1", 17, "65000:66")
    gobgp.announce_vpn("11.0.0.0/24", "65000:1", 18, "65000:1")
    gobgp.announce_vpn("2001:db8::/48", "65000:1", 19, "65000:1")
    wait_for(lambda: len(pipit.show_routes()) == 2, 15, lambda: str(pipit.show_routes()))
    (first,) = pipit.show_routes("65000:1:10.1.0.0/24")
    assert first["next_hop"] == gobgp.machine.v4  # policy gives a labelled route no other one
    (second,) = pipit.show_routes("65000:1:[2001:db8::]/48")
    assert sorted(second["extended_communities"]) == ["rt:65000:1", "rt:65000:6"]
    rejected = pipit.show_routes("neighbor", "gobgp", "rejected")
    assert {r["prefix"] for r in rejected} == {"10.2.0.0/24", "11.0.0.0/24"}
    assert {r["rd"] for r in rejected} == {"65000:1"}

    pipit.settings["policies"]["in"][0]["match"]["communities"]["any"] = ["rt:65000:1"]
    pipit.file.write_text(pipit.configuration())
    changes = pipit.ask("reload", "--dry-run", "--routes")["changes"]
    routes = {(r["rd"], r["prefix"], r["change"]) for r in changes if "prefix" in r}
    assert {("65000:1", "10.1.0.0/24", "rejected"),
            ("65000:1", "2001:db8::/48", "rejected"),
            ("65000:1", "10.2.0.0/24", "accepted")} <= routes, routes
    pipit.pipit("reload")
    wait_for(lambda: {r["prefix"] for r in pipit.show_routes()} == {"10.2.0.0/24"}, 15,
             lambda: str(pipit.show_routes()))


def vpn_nlri(rd, prefix, label, withdrawn=False):
    octets = wire.nlri(prefix)
    field = b"\x80\x00\x00" if withdrawn else (label << 4 | 1).to_bytes(3, "big")
    number = b"".join((b"\0\0", rd[0].to_bytes(2, "big"), rd[1].to_bytes(4, "big")))
    return bytes([octets[0] + 88]) + field + number + octets[1:]


def mp_reach(next_hop, *routes):
    head = b"\0\1\x80\x0c" + bytes(8) + bytes(map(int, next_hop.split("."))) + b"\0"
    return wire.attribute(0x80, 14, head + b"".join(routes))


def test_limits_and_malformed_routes(lab):
    pipit, machine = lab.add(Pipit, asn=ASN), lab.machine("raw")
    limited = {"ipv4-vpn": {"max-prefixes": {"limit": 3, "action": "stop"}}}
    pipit.start(Neighbor(machine.v4, ASN, name="raw", passive=True, families=(),
                         options={"families": limited}))
    offered = wire.multiprotocol(1, 128)
    speaker = RawSpeaker(machine, pipit.machine.v4, ASN).come_up(capabilities=offered)
    base = wire.origin() + wire.as_path() + wire.local_preference()
    routes = [vpn_nlri((65000, i), "10.0.0.0/24", 16 + i) for i in range(3)]
    speaker.send(wire.update(mp_reach(machine.v4, *routes) + base))
    wait_for(lambda: len(pipit.show_routes("neighbor", "raw")) == 3, 10,
             lambda: str(pipit.show_routes()))
    assert {r["label"] for r in pipit.show_routes()} == {16, 17, 18}
    assert speaker.alive()
    speaker.send(wire.update(mp_reach(machine.v4, vpn_nlri((65000, 9), "10.0.0.0/24", 9)) + base))
    wait_for(lambda: pipit.state(machine.v4) != "Established", 10, "the session ends")
    assert pipit.show_routes() == []
    speaker.close()

    pipit.pipit("neighbor", "raw", "enable", check=False)
    pipit.reload(Neighbor(machine.v4, ASN, name="raw", passive=True, families=(),
                          options={"families": {"ipv4-vpn": {}}}))
    speaker = RawSpeaker(machine, pipit.machine.v4, ASN).come_up(capabilities=offered)
    short = vpn_nlri((65000, 1), "10.0.0.0/24", 16)
    speaker.send(wire.update(mp_reach(machine.v4, bytes([87]) + short[1:]) + base))
    wait_for(lambda: pipit.state(machine.v4) != "Established", 10, "the session is reset")
    assert pipit.show_routes() == []
    speaker.close()
