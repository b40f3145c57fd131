"""Sessions that do not come up say why: one cause at a time, in `show neighbors`, the log, `status`
and `explain neighbor`."""

import struct

import pytest
from lab import wire
from lab.bird import Bird
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import wait_for

from conftest import need


class Trial:
    """pipit, which connects to `address`, and what it says about that."""

    def __init__(self, lab, address=None, **words):
        self.pipit, self.far = lab.add(Pipit, asn=65000), lab.machine("far")
        self.address = address or self.far.v4
        self.neighbor = Neighbor(self.address, words.pop("asn", 65001), name="far", **words)

    def start(self):
        self.pipit.start(self.neighbor)
        return self

    def row(self):
        return self.pipit.neighbor("far")

    def says(self, *texts, member="connect_error"):
        """Waits until the neighbor's line says all of it; the log, `status`, the table and `explain
        neighbor` then say the first of it, too."""
        wait_for(lambda: all(t in (self.row().get(member) or "") for t in texts), 40,
                 lambda: f"{texts} in {self.row()}")
        assert self.row()["state"] != "Established"
        wait_for(lambda: texts[0] in self.pipit.log(), 40, lambda: self.pipit.log()[-3000:])
        wait_for(lambda: [d for d in self.pipit.ask("status")["down"]
                          if d["name"] == "far" and texts[0] in d["reason"]], 10,
                 lambda: str(self.pipit.ask("status")["down"]))
        wait_for(lambda: texts[0][:40] in self.pipit.pipit("show", "neighbors").stdout, 10,
                 lambda: self.pipit.pipit("show", "neighbors").stdout)
        wait_for(lambda: texts[0] in self.pipit.pipit("show", "neighbor", "far").stdout, 10,
                 lambda: self.pipit.pipit("show", "neighbor", "far").stdout)

    def stops_at(self, stage, *advice):
        """`explain neighbor` ends at that step, and advises these words."""
        def ends():
            found = self.pipit.ask("explain", "neighbor", "far")
            last = found["steps"][-1]
            return (last["stage"], last["result"]) == (stage, "stopped") and found
        found = wait_for(ends, 20, lambda: str(self.pipit.ask("explain", "neighbor", "far")))
        for text in advice:
            assert text in " ".join(found["advice"]), found
        text = self.pipit.pipit("explain", "neighbor", "far").stdout
        assert "NO" in text and "What to do" in text, text
        return found


def test_no_listener(lab):
    trial = Trial(lab).start()
    trial.says("connection refused: RST from 10.99.0.2 port 179")
    found = trial.stops_at("tcp", "have it listen on port 179")
    assert [s["stage"] for s in found["steps"]] == ["configuration", "address", "route",
                                                    "source-address", "tcp"]
    assert "10.99.0.0/24, on the link dev e0" in found["steps"][2]["text"]


def test_no_listener_over_ipv6(lab):
    trial = Trial(lab)
    trial.address = trial.neighbor.address = trial.far.v6
    trial.neighbor.families = ("ipv6",)
    trial.start()
    trial.says("connection refused: RST from fd99::2 port 179")


def test_a_firewall_drops_everything(lab):
    trial = Trial(lab)
    trial.far.ip("route", "add", "blackhole", trial.pipit.machine.v4 + "/32")
    trial.start()
    trial.says("unanswered in", "SYN", "a firewall, or an MD5 password there")
    trial.stops_at("tcp", "firewall")
    history = trial.pipit.neighbor_details(trial.address)["history"]
    assert history[0]["to"] == "Active" and "unanswered" in history[0]["reason"]
    wait_for(lambda: trial.pipit.neighbor_details(trial.address)["history"][0]["times"] >= 3, 30,
             "the same failure again is one row")
    told = [line for line in trial.pipit.log().splitlines()
            if "does not connect" in line and "warn" in line.lower()]
    assert 1 <= len(told) <= 2, told


def test_nobody_has_the_address(lab):
    trial = Trial(lab, "10.99.0.77").start()
    trial.says("no answer to ARP for 10.99.0.77 or its gateway")
    trial.stops_at("tcp", "nobody there has this address")


@pytest.mark.parametrize("kind,text", [
    ("unreachable", "unreachable: ICMP host unreachable from 10.99.0.2"),
    ("prohibit", "unreachable: ICMP administratively prohibited from 10.99.0.2")])
def test_icmp_names_who_says_so(lab, kind, text):
    trial = Trial(lab, "10.50.0.1", options={"multihop": 8})
    trial.pipit.machine.ip("route", "add", "10.50.0.0/24", "via", trial.far.v4)
    trial.far.ip("route", "add", kind, "10.50.0.1/32")
    trial.start()
    trial.says(text)
    trial.stops_at("tcp", "at the router that says so")


def test_ttl_runs_out_on_the_way(lab):
    trial = Trial(lab, "10.50.0.1")
    third = lab.machine("third")
    trial.pipit.machine.ip("route", "add", "10.50.0.0/24", "via", trial.far.v4)
    trial.far.ip("route", "add", "10.50.0.0/24", "via", third.v4)
    trial.start()
    trial.says("TTL 1 ran out at 10.99.0.2: the neighbor is further away")
    found = trial.stops_at("route", "multihop")
    assert "via 10.99.0.2 dev e0: behind a gateway" in found["verdict"]


@pytest.mark.parametrize("kind,text", [
    (None, "no route to 10.52.0.1"),
    ("unreachable", "the route to 10.52.0.1 is unreachable"),
    ("blackhole", "the route to 10.52.0.1 is blackhole")])
def test_our_own_routes_lead_nowhere(lab, kind, text):
    trial = Trial(lab, "10.52.0.1", options={"multihop": 8})
    if kind:
        trial.pipit.machine.ip("route", "add", kind, "10.52.0.1/32")
    trial.start()
    trial.says(text)
    trial.stops_at("route", "give this host a route")


def test_a_source_address_that_is_not_ours(lab):
    trial = Trial(lab, options={"local-address": "10.99.0.200"}).start()
    trial.says("local-address 10.99.0.200 is on no interface")
    trial.stops_at("source-address", "local-address")


@pytest.mark.parametrize("passive", [False, True], ids=["pipit-connects", "pipit-listens"])
@pytest.mark.parametrize("ours,theirs,text", [
    ("right", "wrong", "likely another MD5 password at the neighbor"),
    ("right", None, "likely no MD5 password at the neighbor"),
    (None, "right", "likely an MD5 password at the neighbor, and none here")],
    ids=["wrong", "missing", "unexpected"])
def test_md5_missing_and_wrong_are_told_apart(lab, ours, theirs, text, passive):
    need(Bird)
    trial = Trial(lab, password=ours, passive=passive)
    bird = lab.add(Bird, label="far", asn=65001)
    bird.start(Neighbor(trial.pipit.machine.v4, 65000, password=theirs))
    trial.start()
    trial.says(text, "this host dropped")
    trial.stops_at("md5", "password")


def test_md5_with_a_neighbor_that_never_connects_is_not_called_certain(lab):
    trial = Trial(lab, password="right")
    speaker = RawSpeaker(trial.far, trial.pipit.machine.v4, 65001, password="wrong").listen()
    trial.start()
    trial.says("unanswered in", "a firewall, or another MD5 password there")
    assert "likely" not in trial.row()["connect_error"]
    speaker.close()


def test_gtsm(lab):
    trial = Trial(lab, ttl_security=True)
    speaker = RawSpeaker(trial.far, trial.pipit.machine.v4, 65001, ttl=64).listen()
    trial.start()
    trial.says("likely TTL security", "with a TTL below 255")
    trial.stops_at("ttl", "TTL 255")
    speaker.close()


def test_passive_says_for_how_long(lab):
    trial = Trial(lab, passive=True).start()
    wait_for(lambda: "passive, and no connection of the neighbor in" in
             (trial.row()["connect_error"] or ""), 20, lambda: str(trial.row()))
    trial.stops_at("tcp", "have the neighbor connect")


def refused(lab, **words):
    """pipit takes a connection and refuses the OPEN of `words`."""
    options = words.pop("options", {})
    trial = Trial(lab, passive=True, options=options, families=words.pop("families", ("ipv4",)))
    trial.start()
    speaker = RawSpeaker(trial.far, trial.pipit.machine.v4, 65001).connect(20)
    speaker.send(wire.open_message(**{"asn": 65001, "identifier": trial.far.v4, **words}))
    speaker.notification(20)
    speaker.close()
    return trial


@pytest.mark.parametrize("words,text", [
    ({"asn": 65009}, "Bad Peer AS: expected AS 65001, but the neighbor says AS 65009"),
    ({"identifier": "0.0.0.0"}, "Bad BGP Identifier: the neighbor says 0.0.0.0, which is none"),
    ({"hold": 2},
     "Unacceptable Hold Time: the neighbor offers 2s, but it must be 0 or at least 3s"),
    ({"capabilities": wire.multiprotocol(25, 70) + wire.multiprotocol(2)},
     "Unsupported Capability: no common family: here ipv4-unicast, at the neighbor l2vpn-evpn, "
     "ipv6-unicast"),
], ids=["AS", "identifier", "hold time", "families"])
def test_a_refused_open_says_what_was_expected_and_what_came(lab, words, text):
    trial = refused(lab, **words)
    trial.says(text, member="last_error")
    details = trial.pipit.neighbor_details(trial.address)
    assert "data" not in details["last_error"]
    assert text.split(":")[0] in details["history"][0]["reason"]


def test_a_refusal_of_ours_says_what_we_had_said(lab):
    trial = Trial(lab, passive=True).start()
    speaker = RawSpeaker(trial.far, trial.pipit.machine.v4, 65001).connect(20)
    speaker.open()
    wait_for(lambda: speaker.heard(wire.OPEN), 10, "the OPEN")
    speaker.send(wire.notification(2, 2, struct.pack("!I", 65000)))
    trial.says("received NOTIFICATION OPEN Message Error/Bad Peer AS: not AS 65000; here it is AS "
               "65000", member="last_error")
    speaker.close()


def test_the_end_of_a_session_is_not_overwritten_and_becomes_past(lab):
    trial = Trial(lab)
    speaker = RawSpeaker(trial.far, trial.pipit.machine.v4, 65001).listen()
    trial.start()
    speaker.accept(30).handshake()
    trial.pipit.wait_established(trial.address)
    assert trial.row()["last_error"] is None
    speaker.send(wire.notification(6, 4, b"\4work"))
    speaker.close()
    trial.says("connection refused: RST")
    row = trial.row()
    assert "Administrative Reset" in row["last_error"] and "work" in row["last_error"]
    assert not row["last_error_past"]
    table = trial.pipit.pipit("show", "neighbors").stdout
    assert "Administrative Reset" in table and "now: connection refused" in table
    reason = trial.pipit.ask("status")["down"][0]["reason"]
    assert "Administrative Reset" in reason and "connection refused" in reason

    speaker.listen().accept(60).handshake()
    trial.pipit.wait_established(trial.address)
    row = trial.row()
    assert row["last_error_past"] and row["connect_error"] is None
    assert "past, 20" in trial.pipit.pipit("show", "neighbors").stdout
    assert trial.pipit.ask("status")["down"] == []
    history = trial.pipit.neighbor_details(trial.address)["history"]
    assert history[0]["to"] == history[-1]["to"] == "Established"
    assert [h["reason"] for h in history if h["from"] == "Established"] == [row["last_error"]]
    assert any("RST" in h["reason"] and h["to"] == "Active" for h in history)
    found = trial.pipit.ask("explain", "neighbor", "far")
    assert found["verdict"] == "Established"
    assert all(step["result"] == "passed" for step in found["steps"])
    speaker.close()


def test_a_family_that_is_not_negotiated_is_a_warning(lab):
    trial = Trial(lab, passive=True, families=("ipv4", "ipv6")).start()
    speaker = RawSpeaker(trial.far, trial.pipit.machine.v4, 65001).come_up(
        capabilities=wire.multiprotocol(1) + wire.capability(65, struct.pack("!I", 65001))
        + wire.capability(64, struct.pack("!HHBB", 120, 1, 1, 0x80))
        + wire.capability(69, struct.pack("!HBB", 1, 1, 3)) + wire.capability(9, b"\3"))
    trial.pipit.wait_established(trial.address)
    text = "ipv6-unicast is configured, but the neighbor does not offer it"
    assert text in trial.row()["warnings"]
    assert f"neighbor far: {text}" in trial.pipit.ask("status")["warnings"]
    assert text in trial.pipit.pipit("show", "neighbor", "far").stdout
    found = trial.pipit.ask("explain", "neighbor", "far")
    assert "families" in " ".join(found["advice"])
    said = {(c["name"], c["detail"])
            for c in trial.pipit.neighbor_details(trial.address)["capabilities"] if c["received"]}
    assert {("graceful-restart", "restart time 120s, ipv4-unicast forwarding kept"),
            ("add-path", "ipv4-unicast both"), ("role", "customer")} <= said
    speaker.close()


def test_a_route_that_was_treated_as_withdraw_is_remembered(lab):
    trial = Trial(lab, passive=True).start()
    speaker = RawSpeaker(trial.far, trial.pipit.machine.v4, 65001).come_up()
    good = wire.origin() + wire.as_path(65001) + wire.next_hop(trial.far.v4)
    speaker.send(wire.update(good, wire.nlri("10.7.0.0/16")))
    trial.pipit.wait_route("10.7.0.0/16")
    bad = wire.origin(7) + wire.as_path(65001) + wire.next_hop(trial.far.v4)
    speaker.send(wire.update(bad, wire.nlri("10.7.0.0/16", "10.8.0.0/16")))
    trial.pipit.wait_no_route("10.7.0.0/16")
    found = trial.pipit.ask("explain", "10.7.0.0/16", "from", "far", check=False) or \
        trial.pipit.control("explain", prefix="10.7.0.0/16", **{"from": "far"})
    assert found["verdict"].startswith("was announced, but treated as withdraw"), found
    assert "ORIGIN" in found["verdict"] and found["steps"][-1]["stage"] == "update"
    assert found["steps"][-1]["rule"].startswith("RFC 7606")
    errors = trial.pipit.neighbor_details(trial.address)["update_errors"]
    assert "ORIGIN" in errors["last"]
    recent = errors["recent"][0]
    assert recent["prefixes"] == ["10.7.0.0/16", "10.8.0.0/16"] and recent["prefix_count"] == 2
    assert (recent["attribute"], recent["octets"]) == (1, "40010107")
    assert "prefixes 10.7.0.0/16, 10.8.0.0/16" in trial.pipit.log()
    assert "10.7.0.0/16, 10.8.0.0/16" in trial.pipit.pipit("show", "neighbor", "far").stdout
    details = trial.pipit.neighbor_details(trial.address)
    assert details["last_update_received_at"] and details["last_update_sent_at"]
    speaker.close()
