"""`pipit explain` against live peers: each of its three forms, each reason at least once."""

import json
import subprocess

import pytest
from lab import wire
from lab.bird import Bird
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor
from lab.waiting import wait_for

from conftest import need

ASN = 65000
POLICIES = {
    "from-tor": [
        {"match": {"prefix": "bogons"}, "then": "reject"},
        {"match": {"prefix": ["10.1.0.0/16"]}, "set": {"local-preference": 200},
         "then": "accept"},
        {"then": "accept"},
    ],
    "to-tor": [
        {"match": {"prefix": ["10.7.0.0/16"]}, "then": "reject"},
        {"then": "accept"},
    ],
}


class Scene:
    """pipit in the middle of BIRD (external), raw speakers inside, and neighbors of every kind of
    trouble."""

    def __init__(self, lab):
        self.pipit = lab.add(Pipit, asn=ASN)
        self.tor = lab.add(Bird, asn=65001)
        machines = {n: lab.machine(n) for n in ("inside", "other", "client", "bare", "away")}
        self.pipit.announced = {p: Route(p) for p in ("10.9.0.0/16", "2001:db8:9::/48")}
        self.pipit.settings = {
            "sets": {"prefixes": {"bogons": ["10.3.0.0/16 le 24"]}}, "policies": POLICIES,
            "kernel": {"import": [{"protocol": "static", "interface": "cali*"}], "export": {}},
        }
        here = self.pipit.machine
        here.ip("link", "add", "cali1", "type", "veth", "peer", "name", "w-cali1")
        for end in ("cali1", "w-cali1"):
            here.ip("link", "set", end, "up")
        here.ip("route", "add", "10.60.0.0/16", "dev", "e0", "proto", "static")
        here.ip("route", "add", "10.61.0.0/16", "dev", "cali1", "proto", "static")
        self.pipit.start(
            Neighbor(self.tor.machine.v4, 65001, name="tor",
                     options={"import": "from-tor", "export": "to-tor"}),
            *(Neighbor(machines[n].v4, ASN, name=n, passive=True, reflector_client=n == "client")
              for n in ("inside", "other", "client")),
            Neighbor(machines["bare"].v4, 65002, name="bare", passive=True,
                     options={"import": None, "export": None}),
            Neighbor(machines["away"].v4, 65003, name="away", passive=True))
        self.tor.announce(Route("10.1.0.0/16"), Route("10.3.0.0/16"))
        self.tor.start(Neighbor(here.v4, ASN))
        self.speakers = {
            n: RawSpeaker(machines[n], here.v4, 65002 if n == "bare" else ASN).come_up()
            for n in ("inside", "other", "client", "bare")}
        self.inside("10.1.0.0/16", preference=50)
        self.inside("10.4.0.0/16", path=(65009, ASN))
        self.inside("10.5.0.0/16", extra=wire.communities("65535:65281"))
        self.inside("10.6.0.0/16", hop="172.31.0.1")
        self.inside("10.7.0.0/16")
        self.speakers["bare"].send(wire.update(
            wire.origin() + wire.as_path(65002) + wire.next_hop(machines["bare"].v4),
            wire.nlri("10.8.0.0/16")))
        wait_for(lambda: self.family("tor")["received"] == 2 and
                 self.family("inside")["received"] == 5 and self.family("bare")["received"] == 1,
                 20, lambda: str([self.family(n) for n in ("tor", "inside", "bare")]))
        self.tor.wait_route("10.9.0.0/16")
        wait_for(lambda: self.explain("10.9.0.0/16", "to", "tor")["advertised"], 10, "sent")

    def inside(self, prefix, path=(), hop=None, preference=100, extra=b""):
        speaker = self.speakers["inside"]
        speaker.send(wire.update(
            wire.origin() + wire.as_path(*path) + wire.next_hop(hop or speaker.machine.v4)
            + wire.local_preference(preference) + extra, wire.nlri(prefix)))

    def family(self, name):
        return self.pipit.neighbor(name)["families"]["ipv4-unicast"]

    def explain(self, *words, status=0):
        done = self.pipit.pipit("--json", "explain", *words, check=False)
        assert done.returncode == status, done.stdout + done.stderr
        return json.loads(done.stdout)

    def text(self, *words):
        return self.pipit.pipit("explain", *words, check=False).stdout


@pytest.fixture(scope="module")
def scene(module_lab):
    need(Bird)
    made = Scene(module_lab)
    yield made
    for speaker in made.speakers.values():
        speaker.close()


def stopped(steps):
    """The stage that ended the way, and its words."""
    (last,) = [s for s in steps if s["result"] == "stopped"]
    assert steps[-1] is last or last["stage"] in ("session", "family")
    return last["stage"], last["text"]


def step(steps, stage):
    (found,) = [s for s in steps if s["stage"] == stage]
    return found


# -- explain PREFIX


def test_a_prefix_with_what_was_compared(scene):
    answer = scene.explain("10.1.0.0/16")
    best, other = answer["candidates"]
    assert (best["source"], best["best"], best["local_preference"]) == ("tor", True, 200)
    assert best["received"]["local_preference"] is None
    assert best["next_hop_resolution"]["via"] == "10.99.0.0/24"
    assert best["next_hop_resolution"]["hops"][0]["interface"] == "e0"
    assert (other["source"], other["step"]) == ("inside", "local preference")
    assert (other["value"], other["better"], other["better_source"]) == ("50", "200", "tor")
    text = scene.text("10.1.0.0/16")
    assert "local preference 50 against 200 of tor" in text
    assert "on 10.99.0.0/24 dev e0, cost 0" in text
    assert "tor: local preference - -> 200" in text


def test_a_prefix_whose_next_hop_is_not_reachable(scene):
    answer = scene.explain("10.6.0.0/16")
    (only,) = answer["candidates"]
    assert not only["valid"] and "no route to next hop" in only["reason"]
    assert only["next_hop_resolution"]["reachable"] is False
    assert "no kernel route leads to it" in scene.text("10.6.0.0/16")


def test_a_prefix_that_import_refused(scene):
    (only,) = scene.explain("10.3.0.0/16")["candidates"]
    assert (only["source"], only["valid"]) == ("tor", False)
    assert "rejected by import policy" in only["reason"]


def test_a_prefix_that_is_not_there_and_what_covers_it(scene):
    answer = scene.explain("10.1.2.0/24", status=1)
    assert answer["candidates"] == []
    assert (answer["covering"]["prefix"], answer["covering"]["source"]) == ("10.1.0.0/16", "tor")
    answer = scene.explain("10.3.2.0/24", status=1)
    assert answer["covering"] is None
    (refused,) = answer["not_accepted"]
    assert (refused["prefix"], refused["source"]) == ("10.3.0.0/16", "tor")
    assert "10.3.0.0/16 from tor: rejected by import policy" in scene.text("10.3.2.0/24")


def test_a_prefix_that_only_the_kernel_has(scene):
    (route,) = scene.explain("10.60.0.0/16", status=1)["kernel_routes"]
    assert (route["protocol"], route["imported"]) == ("static", False)
    assert route["rules"] == ["rule 1 interface e0 does not match cali*"]
    assert "no import rule takes it" in scene.text("10.60.0.0/16")


# -- explain PREFIX from NAME


def test_from_a_neighbor_that_is_accepted_and_best(scene):
    answer = scene.explain("10.1.0.0/16", "from", "tor")
    assert answer["verdict"] == "accepted, and the best path"
    (path,) = answer["paths"]
    assert path["received"]["local_preference"] is None
    assert path["accepted"]["local_preference"] == 200
    assert [s["stage"] for s in path["steps"]] == [
        "first-as", "as-sets", "own-as", "own-originator-id", "own-cluster-id", "next-hop-host",
        "import-policy", "next-hop-resolution", "decision"]
    assert {s["result"] for s in path["steps"]} == {"passed"}
    first, second = step(path["steps"], "import-policy")["rules"]
    assert (first["policy"], first["number"], first["matched"]) == ("from-tor", 1, False)
    assert first["conditions"][0]["had"] == "10.1.0.0/16"
    assert (second["number"], second["matched"], second["then"]) == (2, True, "accept")
    assert second["changes"][0]["after"] == "200"
    text = scene.text("10.1.0.0/16", "from", "tor")
    assert "from-tor rule 1 does not match" in text and "local preference - -> 200" in text


@pytest.mark.parametrize("prefix,name,stage,words", [
    ("10.3.0.0/16", "tor", "import-policy", "from-tor rejects by rule 1"),
    ("10.4.0.0/16", "inside", "own-as", "AS 65000 is in AS_PATH once"),
    ("10.6.0.0/16", "inside", "next-hop-resolution", "172.31.0.1: no route to next hop"),
    ("10.8.0.0/16", "bare", "import-policy", "RFC 8212"),
    ("10.1.0.0/16", "inside", "decision", "local preference 50 against 200 of tor"),
])
def test_from_a_neighbor_and_where_it_ended(scene, prefix, name, stage, words):
    answer = scene.explain(prefix, "from", name)
    (path,) = answer["paths"]
    assert stopped(path["steps"])[0] == stage
    assert words in stopped(path["steps"])[1]
    assert words in scene.text(prefix, "from", name)


@pytest.mark.parametrize("prefix,name,words", [
    ("10.7.0.0/16", "tor", "announces no route to exactly 10.7.0.0/16"),
    ("10.1.2.0/24", "tor", "but one to 10.1.0.0/16"),
    ("10.1.0.0/16", "away", "announces nothing: the session is Active"),
    ("2001:db8::/32", "bare", "ipv6-unicast is not negotiated"),
    ("10.1.0.0/16", "originate", "10.1.0.0/16 is not in originate"),
    ("10.60.0.0/16", "kernel", "the kernel has it, but no import rule takes it"),
    ("10.1.2.0/24", "kernel", "the kernel has no route to exactly 10.1.2.0/24"),
])
def test_from_somebody_who_announces_nothing(scene, prefix, name, words):
    answer = scene.explain(prefix, "from", name, status=1)
    assert answer["paths"] == [] and words in answer["verdict"]


def test_from_the_kernel_and_from_originate(scene):
    answer = scene.explain("10.61.0.0/16", "from", "kernel")
    assert answer["verdict"] == "accepted, and the best path"
    (route,) = answer["kernel_routes"]
    assert route["imported"] and route["text"] == "import rule 1 takes it"
    answer = scene.explain("10.9.0.0/16", "from", "originate")
    assert answer["paths"][0]["best"] is True
    assert "10.9.0.0/16 from originate" in scene.text("10.9.0.0/16", "from", "originate")


# -- explain PREFIX to NAME


def test_to_a_neighbor_that_has_it(scene):
    answer = scene.explain("10.9.0.0/16", "to", "tor")
    assert answer["advertised"] and answer["verdict"] == "advertised"
    assert answer["sent"]["as_path"] == "65000"
    assert answer["sent"]["next_hop"] == scene.pipit.machine.v4
    assert answer["group"]["members"] == ["tor"]
    assert step(answer["steps"], "export-policy")["rules"][-1]["matched"] is True
    assert step(answer["steps"], "sent")["result"] == "passed"
    assert "ago" in step(answer["steps"], "sent")["text"]
    assert answer["sent_not_before"] <= answer["sent_not_after"]
    assert answer["delivery"] == "written"
    assert "a route of our own" in step(answer["steps"], "next-hop")["text"]
    text = scene.text("10.9.0.0/16", "to", "tor")
    assert "set  as path" in text and "up to date" in text


def test_to_a_client_of_the_reflector(scene):
    answer = scene.explain("10.7.0.0/16", "to", "client")
    assert answer["advertised"]
    assert step(answer["steps"], "reflection")["text"] == "from a non-client to a client"
    assert answer["sent"]["cluster_list"] == [scene.pipit.router_id]
    assert answer["sent"]["originator_id"] == scene.speakers["inside"].identifier
    wait_for(lambda: "10.7.0.0/16" in scene.speakers["client"].table(), 5, "it has come")


@pytest.mark.parametrize("prefix,name,stage,words", [
    ("10.1.0.0/16", "tor", "split-horizon", "the best path comes from this neighbor"),
    ("10.7.0.0/16", "other", "reflection", "from a non-client to a non-client"),
    ("10.5.0.0/16", "tor", "no-export", "community no-export"),
    ("10.7.0.0/16", "tor", "export-policy", "to-tor rejects by rule 1"),
    ("10.9.0.0/16", "bare", "export-policy", "RFC 8212"),
    ("10.9.0.0/16", "away", "session", "the session is Active"),
    ("2001:db8:9::/48", "tor", "family", "ipv6-unicast is not negotiated"),
    ("10.6.0.0/16", "tor", "best-path", "there is no best path"),
    ("10.9.0.0/16", "kernel", "local-route", "a route of this host"),
])
def test_to_somebody_who_does_not_get_it(scene, prefix, name, stage, words):
    answer = scene.explain(prefix, "to", name, status=1 if stage == "best-path" else 0)
    assert not answer["advertised"] and answer["sent"] is None
    assert stopped([s for s in answer["steps"] if s["stage"] != "best-path"
                    or s["result"] == "stopped"])[0] == stage
    assert words in stopped(answer["steps"])[1]
    assert answer["verdict"].startswith("not ")
    assert words in scene.text(prefix, "to", name)


def test_to_the_kernel(scene):
    answer = scene.explain("10.1.0.0/16", "to", "kernel")
    assert answer["advertised"] and answer["verdict"] == "in the kernel"
    assert answer["installed"]["state"] == "installed"
    assert step(answer["steps"], "written")["text"] == "the kernel has it"


def test_to_a_prefix_that_is_not_there(scene):
    answer = scene.explain("10.77.0.0/16", "to", "tor", status=1)
    assert answer["best"] is None
    assert "there is no route to exactly 10.77.0.0/16" in answer["verdict"]


def test_names_that_are_not_there(scene):
    for direction in ("from", "to"):
        done = scene.pipit.pipit("explain", "10.1.0.0/16", direction, "nobody", check=False)
        assert done.returncode == 1 and "nobody" in done.stderr


def test_completion_knows_neighbors(scene):
    done = subprocess.run([scene.pipit.command_line, "complete", "--", "--socket",
                           scene.pipit.socket, "explain", "10.1.0.0/16", "from", ""],
                          capture_output=True, text=True, check=True)
    names = {line.split("\t")[0] for line in done.stdout.splitlines()}
    assert {"tor", "inside", "bare", "kernel", "originate"} <= names
