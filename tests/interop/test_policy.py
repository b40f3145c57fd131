"""Policies of the running daemon: against BIRD's filters on a recorded table, and what they do to
routes on the wire, in the kernel and at other routers."""

import gzip
import re
import struct

import pytest
from lab import wire
from lab.bird import Bird
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor, link
from lab.waiting import holds_for, wait_for

from conftest import need, shared_data

ASN = 3856  # of the recording
MESSAGES = 4000

# as-path expressions of pipit, and the masks of BIRD that mean the same
AS_PATHS = [
    ("_3356_", "[= * 3356 * =]"),
    ("^6939", "[= 6939 * =]"),
    ("^6939$", "[= 6939 =]"),
    ("_7018$", "[= * 7018 =]"),
    ("^.$", "[= ? =]"),
    ("^. . .$", "[= ? ? ? =]"),
    ("^[0-9]+$", "[= ? =]"),
    ("_[64512-65534]_", "[= * [64512..65534] * =]"),
    ("^[3000-9000] [1-2000] .*$", "[= [3000..9000] [1..2000] * =]"),
    ("_1299_.*_174_", "[= * 1299 * 174 * =]"),
    ("2914_2914", "[= * 2914 2914 * =]"),
]

PREFIXES = [
    (["0.0.0.0/0 ge 25"], "[ 0.0.0.0/0{25,32} ]"),
    (["0.0.0.0/0 le 15"], "[ 0.0.0.0/0{0,15} ]"),
    (["1.0.0.0/8 le 32", "2.0.0.0/7 ge 20 le 23"], "[ 1.0.0.0/8+, 2.0.0.0/7{20,23} ]"),
    (["1.0.0.0/24", "0.0.0.0/0"], "[ 1.0.0.0/24, 0.0.0.0/0 ]"),
    (["64.0.0.0/2 ge 8 le 19"], "[ 64.0.0.0/2{8,19} ]"),
]


def messages(stream, count):
    """The first `count` messages of a recording."""
    at = 0
    for _ in range(count):
        at += struct.unpack_from("!H", stream, at + 16)[0]
    return stream[:at]


@pytest.mark.timeout(400)
def test_sets_match_what_birds_filters_match_on_a_recorded_table(lab):
    need(Bird)
    recording = messages(gzip.decompress(shared_data("full-table-2015.bgp.gz").read_bytes()),
                         MESSAGES)
    bird, pipit = lab.add(Bird, asn=ASN), lab.add(Pipit, asn=ASN)
    feed, other = lab.machine("feed"), lab.machine("other")
    pipit.settings["router"] = {"next-hops": {"unresolved": "use"}}
    neighbor = Neighbor(feed.v4, ASN, name="feed", passive=True, options={
        "timers": {"hold": 240, "keepalive": 80}, "as-sets": "accept"})
    bird.start(Neighbor(other.v4, ASN, passive=True, hold=240, keepalive=80,
                        options={"channel": "gateway recursive;"}))
    pipit.start(neighbor)
    to_pipit = RawSpeaker(feed, pipit.machine.v4, ASN).come_up(hold=240)
    to_bird = RawSpeaker(other, bird.machine.v4, ASN).come_up(hold=240)
    to_pipit.send(recording)
    to_bird.send(recording)
    wait_for(lambda: bird.count() > 1000 and pipit.family("feed").get("accepted") == bird.count(),
             90, lambda: f"{bird.count()} routes and {pipit.family('feed')}", interval=0.5)
    everything = bird.count()
    # For BIRD an AS_SET can stand for several AS numbers of a mask, for pipit it is one.
    with_set = {route["prefix"] for route in pipit.show_routes("neighbor", "feed", "accepted")
                if "{" in route["as_path"]}

    def by_bird(condition):
        text = bird.birdc("show", "route", "where", condition)
        return set(re.findall(r"^([0-9.]+/\d+)", text, re.MULTILINE))

    def by_pipit(match):
        pipit.settings["policies"] = {"p": [{"match": match, "then": "accept"}]}
        neighbor.options["import"] = "p"
        pipit.reload(neighbor)
        seen = []

        def settled():
            family = pipit.family("feed")
            seen.append(family.get("accepted"))
            return len(seen) > 3 and len(set(seen[-4:])) == 1
        wait_for(settled, 60, lambda: f"import is run again: {seen[-5:]}", interval=0.2)
        return {route["prefix"] for route in pipit.show_routes("neighbor", "feed", "accepted")}

    some = 0
    for expression, mask in AS_PATHS:
        wanted = by_bird(f"bgp_path ~ {mask}")
        assert by_pipit({"as-path": expression}) - with_set == wanted - with_set, expression
        some += 0 < len(wanted) < everything
    for ranges, expression in PREFIXES:
        wanted = by_bird(f"net ~ {expression}")
        assert by_pipit({"prefix": ranges}) == wanted, ranges
        some += 0 < len(wanted) < everything
    assert some > 8, "the recording does not tell the expressions apart"
    to_pipit.close()
    to_bird.close()


@pytest.fixture
def between(lab):
    """BIRD - pipit - BIRD in three ASes."""
    need(Bird)
    left, right = lab.add(Bird, "left", 65001), lab.add(Bird, "right", 65002)
    pipit = lab.add(Pipit, asn=65000)
    to_left, from_left = link(left, pipit)
    to_right, from_right = link(right, pipit)
    from_left.name, from_right.name = "left", "right"

    def start(**settings):
        for section, value in settings.items():
            pipit.settings[section] = value
        left.start(to_left)
        right.start(to_right)
        pipit.start(from_left, from_right)
        pipit.wait_established()
        return left, pipit, right

    start.left, start.right = from_left, from_right
    return start


def test_a_received_med_is_seen_by_export_policy_and_sent_when_it_says_so(lab):
    need(Bird)
    pipit, bird, far = lab.add(Pipit, asn=65000), lab.add(Bird, asn=65002), lab.machine("far")
    there, here = link(bird, pipit)
    here.options["export"] = "out"
    pipit.settings["policies"] = {"out": [
        {"match": {"med": 5}, "set": {"med": "+10"}, "then": "accept"},
        {"match": {"med": 6}, "then": "accept"}]}
    bird.start(there)
    pipit.start(here, Neighbor(far.v4, 65001, name="far", passive=True))
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    for med, prefix in enumerate(("198.51.100.0/24", "198.51.101.0/24", "198.51.102.0/24"), 5):
        speaker.send(wire.update(wire.origin() + wire.as_path(65001) + wire.next_hop(far.v4) +
                                 wire.med(med), wire.nlri(prefix)))
    assert bird.wait_route("198.51.100.0/24").med == 15
    assert bird.wait_route("198.51.101.0/24").med is None
    holds_for(lambda: "198.51.102.0/24" not in bird.routes(), 0.5)
    speaker.close()


def test_changes_of_policy_arrive_and_local_values_stay_here(between):
    between.left.options["import"] = "in"
    between.right.options["export"] = ["never", "out"]
    left, pipit, right = between(
        policies={
            "in": [{"set": {"tag": 7, "weight": 9}, "then": "accept"}],
            "never": [{"match": {"prefix": "203.0.113.0/24"}, "then": "reject"}],
            "out": [{"match": {"tag": 7, "neighbor": "left", "peer-type": "external"},
                     "set": {"as-path": {"prepend": {"asn": 65010, "times": 2}}, "origin": "egp",
                             "communities": {"remove": "65001:*", "add": ["65000:1", "rt:65000:1",
                                                                          "65000:1:1"]},
                             "next-hop": "unchanged"},
                     "then": "accept"}]})
    left.announce(Route("198.51.100.0/24", communities=("65001:1", "65003:3")),
                  Route("203.0.113.0/24"))
    route = right.wait_route("198.51.100.0/24")
    assert route.as_path == "65000 65010 65010 65001"
    assert route.origin == "egp"
    assert route.communities == ("65000:1", "65003:3")
    assert route.extended_communities == ("rt:65000:1",)
    assert route.large_communities == ("65000:1:1",)
    assert not route.unknown
    holds_for(lambda: "203.0.113.0/24" not in right.routes(), 0.5)
    rules = {row["name"]: row["rules"] for row in pipit.ask("show", "policies")}
    assert rules["in"][0]["hits"] == 2
    assert rules["out"][0]["hits"] >= 1
    assert rules["never"][0]["hits"] == 1


def test_weight_decides_before_local_pref(between):
    between.left.options["import"] = "heavy"
    between.right.options["import"] = "light"
    left, pipit, right = between(policies={
        "heavy": [{"set": {"weight": 10, "local-preference": 50}, "then": "accept"}],
        "light": [{"set": {"local-preference": 500}, "then": "accept"}]})
    for speaker in (left, right):
        speaker.announce(Route("198.51.100.0/24"))

    def both():
        return {r["source"]: r for r in pipit.show_routes("198.51.100.0/24")}
    wait_for(lambda: set(both()) == {"left", "right"}, 20, "both paths")
    wait_for(lambda: both()["left"]["best"], 5, lambda: f"the heavy one wins: {both()}")
    assert "weight" in both()["right"]["reason"]


def test_graceful_shutdown_is_sent_and_honoured(between):
    left, pipit, right = between(router={"graceful-shutdown": True})
    left.announce(Route("198.51.100.0/24"),
                  Route("198.51.101.0/24", communities=("65535:0",)))
    route = right.wait_route("198.51.100.0/24")
    assert route.communities == ("65535:0",)

    def preference(prefix):
        return [r["local_preference"] for r in pipit.show_routes(prefix)]
    assert preference("198.51.101.0/24") == [0]
    assert preference("198.51.100.0/24") in ([None], [100])
    pipit.settings["router"] = {}
    between.left.options["graceful-shutdown"] = False
    pipit.reload(between.left, between.right)
    wait_for(lambda: right.routes()["198.51.100.0/24"].communities == (), 10,
             "the community goes again")
    wait_for(lambda: preference("198.51.101.0/24") in ([None], [100]), 10,
             "LOCAL_PREF is left alone")
    assert pipit.established_count("left") == 1


def test_a_blackhole_route_enters_the_kernel_and_leaves_it(between):
    between.left.options["blackhole"] = True
    left, pipit, right = between(kernel={"export": {}})
    left.announce(Route("198.51.100.7/32", communities=("65535:666",)), Route("198.51.101.0/24"))

    def kernel():
        return pipit.machine.run("ip", "-4", "route", "show", "proto", "71")
    wait_for(lambda: "blackhole 198.51.100.7" in kernel(), 10, kernel)
    wait_for(lambda: re.search(r"^198.51.101.0/24 via", kernel(), re.MULTILINE), 10, kernel)
    right.wait_route("198.51.101.0/24")
    holds_for(lambda: "198.51.100.7/32" not in right.routes(), 0.5)  # NO_EXPORT was added
    left.withdraw("198.51.100.7/32")
    wait_for(lambda: "198.51.100.7" not in kernel(), 10, kernel)


def test_reachability_is_asked_again_when_the_kernel_changes(lab):
    pipit = lab.add(Pipit, asn=65000)
    far = lab.machine("far")
    pipit.settings["policies"] = {"in": [
        {"match": {"next-hop": {"reachable": False}}, "then": "reject"},
        {"set": {"med": "igp"}, "then": "accept"}]}
    pipit.start(Neighbor(far.v4, 65000, name="far", passive=True, options={"import": "in"}))
    speaker = RawSpeaker(far, pipit.machine.v4, 65000).come_up()
    speaker.send(wire.update(wire.origin() + wire.as_path() + wire.next_hop("203.0.113.1") +
                             wire.local_preference(), wire.nlri("198.51.100.0/24")))

    def rejected():
        return pipit.show_routes("neighbor", "far", "rejected")

    def accepted():
        return pipit.show_routes("neighbor", "far", "accepted")
    wait_for(rejected, 10, "the route is rejected")
    pipit.machine.run("ip", "route", "add", "203.0.113.0/24", "via", far.v4, "metric", "77")
    wait_for(accepted, 10, "the route is accepted")
    assert accepted()[0]["med"] == 77
    pipit.machine.run("ip", "route", "del", "203.0.113.0/24", "metric", "77")
    wait_for(rejected, 10, "the route is rejected again")
    speaker.close()


def test_no_policy_is_said_loudly(between):
    between.left.options.update({"import": None, "export": None})
    left, pipit, right = between()
    left.announce(Route("198.51.100.0/24"))
    wait_for(lambda: pipit.family("left").get("received") == 1, 10, "the route")
    text = pipit.pipit("show", "neighbor", "left").stdout
    assert "no import policy: nothing is accepted (RFC 8212)" in text
    assert "no export policy: nothing is sent (RFC 8212)" in text
    assert "no import policy" in pipit.pipit("show", "neighbors").stdout
    assert not pipit.neighbor("right")["warnings"]


def test_a_failing_test_of_policy_refuses_a_reload(between):
    left, pipit, right = between()
    pipit.settings["policies"] = {"p": [{"then": "accept"}]}
    pipit.settings["tests"] = [{"route": {"prefix": "10.0.0.0/8"}, "policy": "p",
                                "expect": {"verdict": "reject"}}]
    pipit.file.write_text(pipit.configuration())
    for words in (("reload",), ("check", pipit.file)):
        done = pipit.pipit(*words, check=False)
        assert done.returncode == 1
        assert "expected verdict reject, got accept, by rule 1 of p" in done.stdout + done.stderr
