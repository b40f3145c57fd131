"""What an operator sees of routes and neighbors beside BIRD and FRR: rejected paths with their
rule, filters, tables on terminals, many neighbors at once."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios

import pytest
from lab import wire
from lab.bird import Bird
from lab.frr import Frr
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor
from lab.waiting import wait_for

from conftest import need

ASN = 65000
POLICIES = {"from-bird": [
    {"match": {"prefix": ["10.3.0.0/16 le 24"]}, "then": "reject"},
    {"match": {"communities": {"any": ["65001:666"]}}, "then": "reject"},
    {"match": {"prefix": ["10.1.0.0/16 le 32", "10.2.0.0/16 le 32"]}, "then": "accept"},
]}


class Scene:
    """pipit with BIRD (external, filtered), FRR (external, both families) and a raw speaker inside
    whose routes have next hops that lead nowhere."""

    def __init__(self, lab):
        self.pipit = lab.add(Pipit, asn=ASN)
        self.bird, self.frr = lab.add(Bird, asn=65001), lab.add(Frr, asn=65002)
        self.inside = lab.machine("inside")
        here = self.pipit.machine
        self.pipit.settings = {"policies": POLICIES, "groups": {"tors": {}, "spare": {}}}
        self.pipit.start(
            Neighbor(self.bird.machine.v4, 65001, name="bird",
                     options={"import": "from-bird", "group": "tors"}),
            Neighbor(self.frr.machine.v4, 65002, name="frr", families=("ipv4", "ipv6"),
                     options={"group": "tors", "export": "reject"}),  # it would send all back
            Neighbor(self.inside.v4, ASN, name="inside", passive=True),
            Neighbor("10.99.77.1", 65009, name="away"))
        self.bird.announce(
            Route("10.1.0.0/16", communities=("65001:5",)),
            Route("10.1.2.0/24", communities=("65001:7",), large_communities=("65001:1:2",)),
            Route("10.2.0.0/16", communities=("65001:666",)),
            Route("10.3.0.0/16"), Route("10.9.0.0/16"))
        self.bird.start(Neighbor(here.v4, ASN))
        self.frr.announce(Route("10.4.0.0/16", med=50), Route("10.4.1.0/28", med=150),
                          Route("2001:db8:4::/48", med=60))
        self.frr.start(Neighbor(here.v4, ASN, families=("ipv4", "ipv6")))
        self.speaker = RawSpeaker(self.inside, here.v4, ASN).come_up()
        for prefix, hop in (("10.5.0.0/16", self.inside.v4), ("10.6.0.0/16", "172.31.0.1")):
            self.speaker.send(wire.update(
                wire.origin() + wire.as_path() + wire.next_hop(hop) + wire.local_preference()
                + (wire.med(0) + wire.communities("65000:9") if hop == self.inside.v4 else b""),
                wire.nlri(prefix)))
        wait_for(lambda: self.pipit.family("bird").get("received") == 5
                 and self.pipit.family("frr").get("received") == 2
                 and self.pipit.family("frr", "ipv6").get("received") == 1
                 and self.pipit.family("inside").get("received") == 2, 60,
                 lambda: str([self.pipit.family(n) for n in ("bird", "frr", "inside")]))

    def prefixes(self, *words):
        return sorted(r["prefix"] for r in self.pipit.show_routes(*words))

    def on_terminal(self, columns, *words, **environment):
        """What the command writes to a terminal so wide."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 1000, columns, 0, 0))
        command = [self.pipit.command_line, "--socket", self.pipit.socket, *words]
        inherited = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")}
        process = subprocess.Popen(command, stdout=slave, stderr=slave,
                                   env={**inherited, "TERM": "xterm", **environment})
        os.close(slave)
        octets = b""
        try:
            while part := os.read(master, 65536):
                octets += part
        except OSError:  # the terminal's other end is closed
            pass
        os.close(master)
        assert process.wait() == 0
        return octets.decode().replace("\r\n", "\n")


@pytest.fixture(scope="module")
def scene(module_lab):
    need(Bird, Frr)
    made = Scene(module_lab)
    yield made
    made.speaker.close()


ACCEPTED = ["10.1.0.0/16", "10.1.2.0/24", "10.4.0.0/16", "10.4.1.0/28", "10.5.0.0/16",
            "10.6.0.0/16", "2001:db8:4::/48"]
REJECTED = ["10.2.0.0/16", "10.3.0.0/16", "10.9.0.0/16"]


# -- rejected paths


def test_rejected_paths_are_not_part_of_the_table(scene):
    assert scene.prefixes() == ACCEPTED
    assert scene.pipit.ask("show", "routes", "count") == {"total": len(ACCEPTED)}
    assert scene.prefixes("10.3.0.0/16") == []
    assert scene.pipit.pipit("show", "route", "10.3.0.1", check=False).returncode == 1
    assert scene.prefixes("neighbor", "bird") == ACCEPTED[:2]
    assert "rejected_by" not in scene.pipit.show_routes()[0]


def test_rejected_paths_name_the_rule_and_its_place(scene):
    assert scene.prefixes("rejected") == REJECTED
    assert scene.prefixes("neighbor", "bird", "rejected") == REJECTED
    assert scene.prefixes("neighbor", "frr", "rejected") == []
    rows = {r["prefix"]: r for r in scene.pipit.show_routes("rejected")}
    lines = scene.pipit.file.read_text().splitlines()
    for prefix, number, said in (("10.3.0.0/16", 1, "10.3.0.0/16 le 24"),
                                 ("10.2.0.0/16", 2, "65001:666")):
        found = rows[prefix]["rejected_by"]
        assert (found["stage"], found["policy"], found["number"]) == (
            "import-policy", "from-bird", number)
        file, line = found["place"].rsplit(":", 1)
        assert scene.pipit.file.name in file
        assert said in "".join(lines[int(line) - 1:int(line) + 9])
        assert f"by rule {number}" in found["text"]
    last = rows["10.9.0.0/16"]["rejected_by"]
    assert (last["policy"], last["number"], last["place"]) == ("from-bird", None, None)
    assert "no rule decides" in last["text"]
    text = scene.pipit.pipit("show", "routes", "rejected").stdout
    assert re.search(r"from-bird rejects by rule 1 +/.*pipitd.yaml:\d+$", text, re.MULTILINE)
    narrow = scene.on_terminal(80, "show", "routes", "rejected", PAGER="cat", NO_COLOR="1")
    place = rows["10.3.0.0/16"]["rejected_by"]["place"].rsplit("/", 1)[1]
    assert re.search(rf"from-bird rejects by rule 1 +\.\.\..*{place}$", narrow, re.MULTILINE)


def test_received_paths_say_which_of_them_were_rejected(scene):
    rows = {r["prefix"]: r for r in scene.pipit.show_routes("neighbor", "bird", "received")}
    assert sorted(rows) == ACCEPTED[:2] + REJECTED
    assert [p for p in rows if "rejected_by" in rows[p]] == [
        p for p in rows if p in REJECTED]


def test_a_loop_is_no_policy(scene):
    scene.speaker.send(wire.update(
        wire.origin() + wire.as_path(65009, ASN) + wire.next_hop(scene.inside.v4)
        + wire.local_preference(), wire.nlri("10.8.0.0/16")))
    wait_for(lambda: scene.prefixes("neighbor", "inside", "rejected") == ["10.8.0.0/16"], 10)
    (row,) = scene.pipit.show_routes("neighbor", "inside", "rejected")
    assert row["rejected_by"]["stage"] == "own-as" and row["rejected_by"]["policy"] is None
    assert row["rejected_by"]["section"].startswith("RFC 4271")
    scene.speaker.send(wire.update(withdrawn=wire.nlri("10.8.0.0/16")))
    wait_for(lambda: scene.prefixes("neighbor", "inside", "rejected") == [], 10)


# -- filters


@pytest.mark.parametrize("words,prefixes", [
    ("med 0", ["10.5.0.0/16"]),
    ("med 50", ["10.4.0.0/16"]),
    ("med 50-100", ["10.4.0.0/16", "2001:db8:4::/48"]),
    ("med 1-49", []),
    ("length 16", ["10.1.0.0/16", "10.4.0.0/16", "10.5.0.0/16", "10.6.0.0/16"]),
    ("length 24-28", ["10.1.2.0/24", "10.4.1.0/28"]),
    ("length 29-128", ["2001:db8:4::/48"]),
    ("10.4.0.0/16 longer length 28", ["10.4.1.0/28"]),
    ("length 16 rejected", REJECTED),
    ("next-hop 172.31.0.1", ["10.6.0.0/16"]),
    ("next-hop 192.0.2.77", []),
    ("invalid", ["10.6.0.0/16"]),
    ("invalid best", []),
    ("valid neighbor inside", ["10.5.0.0/16"]),
    ("valid family ipv6-unicast", ["2001:db8:4::/48"]),
    ("community 65001:*", ["10.1.0.0/16", "10.1.2.0/24"]),
    ("community *:9", ["10.5.0.0/16"]),
    ("community *:666 rejected", ["10.2.0.0/16"]),
    ("community 65001:*:2", ["10.1.2.0/24"]),
    ("community 65001:6-9", ["10.1.2.0/24"]),
    ("community rt:*:*", []),
    ("community 65001:* length 24 valid best", ["10.1.2.0/24"]),
], ids=str)
def test_filters(scene, words, prefixes):
    assert scene.prefixes(*words.split()) == prefixes


def test_the_next_hop_of_a_live_neighbor(scene):
    assert scene.prefixes("next-hop", scene.bird.machine.v4) == ACCEPTED[:2]
    (six,) = scene.pipit.show_routes("family", "ipv6-unicast")
    assert scene.prefixes("next-hop", six["next_hop"]) == ["2001:db8:4::/48"]


@pytest.mark.parametrize("words", ["nexthop 10.0.0.1", "next-hop 10.0.0.0/8", "med many",
                                   "length 28-24", "length 129", "community 65001:",
                                   "community *", "validd", "advertised"])
def test_a_filter_that_makes_no_sense_says_what_would(scene, words):
    done = scene.pipit.pipit("show", "routes", *words.split(), check=False)
    assert done.returncode == 2 and not done.stdout
    assert re.search(r"did you mean|usage: |such as|no prefix is longer|neighbor NAME",
                     done.stderr), done.stderr


def test_detail_is_all_of_every_path(scene):
    text = scene.pipit.pipit("show", "routes", "detail").stdout
    assert [line for line in text.splitlines() if re.match(r"[0-9a-f.:]+/\d+$", line)] == ACCEPTED
    assert scene.pipit.pipit("show", "route", "10.1.2.9").stdout.split(", age")[0] in text
    for words in ("Large communities    65001:1:2", "MED                  150",
                  "no route to next hop", f"{len(ACCEPTED)} paths"):
        assert words in text
    rejected = scene.pipit.pipit("show", "routes", "detail", "rejected").stdout
    assert "Rejected by          from-bird rejects by rule 1" in rejected


# -- neighbors


def names(scene, *words):
    return [n["name"] for n in scene.pipit.ask("show", "neighbors", *words)]


def test_neighbors_are_chosen(scene):
    assert names(scene) == ["bird", "frr", "inside", "away"]
    assert names(scene, "up") == ["bird", "frr", "inside"]
    assert names(scene, "down") == ["away"]
    assert names(scene, "group", "tors") == ["bird", "frr"]
    assert names(scene, "group", "spare") == []
    assert names(scene, "internal") == ["inside"]
    assert names(scene, "asn", "65002", "up") == ["frr"]
    assert names(scene, "family", "ipv6-unicast") == ["frr"]
    assert scene.pipit.pipit("show", "neighbors", "group", "no", check=False).returncode == 1
    assert scene.pipit.pipit("show", "neighbors", "shutdown").stdout == "no neighbor fits\n"


def test_each_family_has_its_counters(scene):
    lines = scene.pipit.pipit("show", "neighbors", "up", "external").stdout.splitlines()
    (four,) = [line for line in lines if line.startswith("frr")]
    six = lines[lines.index(four) + 1]
    assert re.search(r"ipv4-unicast +2 +2 ", four) and re.search(r"^ +ipv6-unicast +1 +1 ", six)
    (row,) = scene.pipit.ask("show", "neighbors", "family", "ipv6-unicast")
    assert list(row["families"]) == ["ipv6-unicast"]


# -- terminals


TABLES = ["show neighbors", "show routes", "show routes rejected", "show kernel", "show groups",
          "show policies", "show next-hops", "reload --dry-run"]


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize("words", TABLES)
def test_tables_fit(scene, words, columns):
    text = re.sub(r"\x1b\[\d*m", "", scene.on_terminal(columns, *words.split(), PAGER="cat"))
    rows = [line for line in text.splitlines() if not line.startswith("!")]
    assert rows and max(map(len, rows)) <= columns, text


def test_wide_shows_all_and_a_pipe_too(scene):
    wide = scene.on_terminal(80, "show", "neighbors", "--wide", PAGER="cat", NO_COLOR="1")
    piped = scene.pipit.pipit("show", "neighbors").stdout
    for title in ("NAME", "ADDRESS", "TYPE", "FAMILY", "ACCEPTED", "LAST ERROR"):
        assert title in wide and title in piped
    narrow = scene.on_terminal(80, "show", "neighbors", PAGER="cat", NO_COLOR="1")
    assert "TYPE" not in narrow and "STATE" in narrow
    assert "\x1b" not in wide + narrow + piped
    assert "\x1b[32m" in scene.on_terminal(80, "show", "neighbors", PAGER="cat")
    assert "TYPE" in scene.on_terminal(80, "show", "neighbors", PAGER="cat", COLUMNS="200")


# -- explain of an address


def test_an_address_means_its_longest_match(scene):
    for words in ([], ["to", "frr"], ["from", "bird"], ["to", "kernel"]):
        answer = scene.pipit.ask("explain", "10.1.2.9", *words)
        if words != ["to", "kernel"]:
            assert (answer["prefix"], answer["address"]) == ("10.1.2.0/24", "10.1.2.9"), words
    text = scene.pipit.pipit("explain", "10.1.2.9", "to", "frr").stdout
    assert text.startswith("10.1.2.0/24 to frr\n  10.1.2.0/24 is the longest match of 10.1.2.9\n")
    rejected = scene.pipit.ask("explain", "10.3.0.1", "from", "bird")
    assert rejected["prefix"] == "10.3.0.0/16" and "not accepted" in rejected["verdict"]
    absent = scene.pipit.pipit("--json", "explain", "10.77.0.1", check=False)
    assert absent.returncode == 1 and '"10.77.0.1/32"' in absent.stdout


# -- words


def test_no_word_is_of_the_machine(scene):
    outputs = [scene.pipit.pipit(*words.split(), check=False).stdout for words in (
        "status", "show neighbors", "show kernel", "show routes 10.4.1.0/28",
        "explain 10.1.2.9 to kernel", "explain 10.1.2.9 to frr", "explain 10.4.0.0/16 from frr",
        "show neighbor bird", "show groups", "show memory")]
    for text in outputs:
        assert not re.search(r"table 25[345]\b", text), text
        assert not re.search(
            r"\b1 (?:\w+ )?(seconds|routes|paths|neighbors|changes|minutes|times)\b", text), text
        assert not re.search(r"kernel of kernel|originated of originate", text), text


def test_the_kernel_and_its_tables_are_called_by_name(lab):
    need(Bird)
    pipit, bird = lab.add(Pipit, asn=ASN), lab.add(Bird, asn=65001)
    pipit.settings["kernel"] = {"import": [{"protocol": "static"}], "export": {}}
    pipit.machine.ip("route", "add", "10.60.0.0/16", "dev", "e0", "proto", "static")
    pipit.start(Neighbor(bird.machine.v4, 65001, name="bird"))
    bird.announce(Route("10.60.0.0/16"), Route("10.61.0.0/16"))
    bird.start(Neighbor(pipit.machine.v4, ASN))
    wait_for(lambda: len(pipit.show_routes("10.60.0.0/16")) == 2, 20)
    text = pipit.pipit("explain", "10.60.0.1").stdout
    assert "local route BGP against kernel" in text and "kernel of" not in text, text
    wait_for(lambda: any(r["prefix"] == "10.61.0.0/16" and r["state"] == "installed"
                         for r in pipit.ask("show", "kernel")), 20)
    lines = pipit.pipit("show", "kernel").stdout.splitlines()
    (line,) = [line for line in lines if line.startswith("10.61.0.0/16")]
    assert line.split()[3] == "main"
    assert {r["table"] for r in pipit.ask("show", "kernel")} == {254}  # JSON stays as it is
    assert "the main table, protocol" in pipit.pipit("explain", "10.61.0.1", "to", "kernel").stdout
    narrow = pipit.pipit("explain", "10.61.0.0/16", "from", "kernel", check=False).stdout
    assert "254" not in narrow


def test_the_socket_of_the_environment(scene):
    def ask(*words, socket):
        return subprocess.run([scene.pipit.command_line, *words], capture_output=True, text=True,
                              check=False, env={**os.environ, "PIPIT_SOCKET": str(socket)})
    assert ask("status", socket=scene.pipit.socket).returncode == 0
    away = ask("status", socket="/nonexistent/pipit.sock")
    assert away.returncode == 3 and "/nonexistent/pipit.sock" in away.stderr
    assert ask("--socket", scene.pipit.socket, "status", socket="/nonexistent").returncode == 0


# -- many neighbors; last, for it moves sessions


def test_a_group_is_refreshed_and_reset(scene):
    done = scene.pipit.pipit("neighbor", "group", "tors", "refresh")
    assert done.stdout == "2 neighbors are refreshed\n  bird frr\n"
    counts = [scene.pipit.established_count(n) for n in ("bird", "frr", "inside")]
    answer = scene.pipit.ask("neighbor", "group", "tors", "reset")
    assert (answer["neighbors"], answer["failed"]) == (["bird", "frr"], [])
    wait_for(lambda: [scene.pipit.established_count(n) for n in ("bird", "frr", "inside")]
             == [counts[0] + 1, counts[1] + 1, counts[2]], 60,
             lambda: str(scene.pipit.ask("show", "neighbors")))


def test_all_are_shut_down_and_come_back(scene):
    some = scene.pipit.pipit("neighbor", "all", "refresh", check=False)
    assert some.returncode == 1
    assert some.stdout.startswith("3 neighbors are refreshed, 1 neighbor could not be\n")
    assert "! away: away is not Established" in some.stdout
    done = scene.pipit.pipit("neighbor", "all", "disable", "back", "soon")
    assert done.stdout == "4 neighbors are shut down\n  bird frr inside away\n"
    wait_for(lambda: names(scene, "up") == [], 30)
    assert names(scene, "shutdown") == ["bird", "frr", "inside", "away"]
    assert scene.prefixes() == []
    scene.pipit.pipit("neighbor", "all", "enable")
    wait_for(lambda: {"bird", "frr"} <= set(names(scene, "up")), 60)


def test_many_neighbors_in_slices(lab):
    pipit = lab.add(Pipit, asn=ASN)
    pipit.start(*(Neighbor(f"10.98.{i // 250}.{i % 250 + 1}", 65001, name=f"n{i}", passive=True,
                           options={"shutdown": True}) for i in range(3000)))
    answer = pipit.ask("neighbor", "all", "enable")
    assert len(answer["neighbors"]) == 3000 and answer["message"] == "3000 neighbors are enabled"
    assert len(pipit.ask("show", "neighbors")) == 3000
    assert len(pipit.ask("neighbor", "all", "disable")["neighbors"]) == 3000
    assert len(pipit.ask("show", "neighbors", "shutdown")) == 3000


def test_names_that_mean_many_are_refused(lab, tmp_path):
    pipit = lab.add(Pipit, asn=ASN)
    for name in ("all", "group"):
        file = tmp_path / f"{name}.yaml"
        file.write_text(f"router: {{asn: 65000, id: 192.0.2.1}}\n"
                        f"neighbors: {{{name}: {{address: 192.0.2.2, asn: 65000}}}}\n")
        done = subprocess.run([pipit.daemon, "--check", "--config", file], capture_output=True,
                              text=True, check=False)
        assert done.returncode == 1 and f"pipit neighbor {name}" in done.stdout + done.stderr
