"""Other programs that write kernel routes on the same host: none loses one to pipit."""

import contextlib
import re
import signal
import subprocess

import pytest
from lab import wire
from lab.bird import Bird
from lab.frr import Frr
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for

from conftest import need
from test_kernel import ONE, TWO, Node, announce, withdraw
from test_kernel_places import SIX, SEVEN, announce_six

OTHERS = [f"10.7.{i}.0/24" for i in range(50)]  # of the other daemon
BOTH = "10.8.0.0/16"  # heard by both
OURS = 71


class WritingFrr(Frr):
    """bgpd and a zebra that puts its best routes into the kernel."""

    writes_kernel = True


class WritingBird(Bird):
    """BIRD with a kernel protocol for each family."""

    def configuration(self):
        return super().configuration() + "".join(
            f"protocol kernel {{ {family} {{ export where source = RTS_BGP; }}; }}\n"
            for family in ("ipv4", "ipv6"))


class Shared(Node):
    """A pipit on port 1179 and another daemon on 179, on one host; a raw speaker for each."""

    def __init__(self, lab, vendor, export):
        super().__init__(lab, {"export": export})
        self.pipit.settings["listen"] = ["0.0.0.0:1179"]
        self.other = lab.add(vendor, self.machine.label, asn=65000)
        self.other.start(Neighbor(lab.machine("beyond").v4, 65009, passive=True))
        self.there = RawSpeaker(lab.machine("beyond"), self.machine.v4, 65009).come_up()
        lab.on_close(self.there.close)

    def start(self):
        """Starts pipit and its session, and says all there is."""
        machine = self.lab.machine("far")
        self.pipit.start(Neighbor(machine.v4, 65001, passive=True, families=("ipv4", "ipv6")))
        return self.connect(machine)

    def connect(self, machine):
        speaker = RawSpeaker(machine, self.machine.v4, 65001)
        speaker.connect(port=1179).handshake()
        self.lab.on_close(speaker.close)
        return speaker

    def of(self, protocol, family="-4"):
        """{destination: metric} of a protocol's routes."""
        routes = self.routes("proto", str(protocol), family=family)
        return {prefix: route.get("metric", 0) for prefix, route in routes.items()}

    def metrics(self, prefix, protocol):
        """The metrics of all routes of a protocol to a prefix."""
        text = self.machine.ip("route", "show", prefix, "proto", str(protocol))
        return {int(m) for m in re.findall(r"metric (\d+)", text)}

    def wait_of(self, protocol, prefixes, family="-4"):
        wait_for(lambda: set(self.of(protocol, family)) == set(prefixes), 20,
                 lambda: f"{sorted(prefixes)} of {protocol}, not {self.of(protocol, family)}")

    @contextlib.contextmanager
    def watched(self):
        """Gives a list that has, at the end, what `ip monitor route` saw."""
        seen = []
        child = subprocess.Popen(self.machine.command("ip", "monitor", "route"), text=True,
                                 stdout=subprocess.PIPE)
        marks = iter(range(10, 250))

        def mark():
            """Waits until the monitor has told of a route that nobody else makes."""
            prefix = f"192.0.2.{next(marks)}"
            self.machine.ip("route", "add", "blackhole", prefix, "proto", "static")
            self.machine.ip("route", "del", "blackhole", prefix, "proto", "static")
            for line in child.stdout:
                seen.append(line)
                if "Deleted" in line and prefix in line:
                    return

        try:
            wait_for(lambda: self._listens(child.pid), 10, "ip monitor listens")
            yield seen
            mark()
        finally:
            child.kill()
            child.wait()

    def _listens(self, pid):
        text = self.machine.run("cat", "/proc/net/netlink")
        return any(line.split()[2] == str(pid) and int(line.split()[3], 16)
                   for line in text.splitlines()[1:])


def warnings_of_deletion(node):
    return re.findall(r"a route that this run did not write is removed.*", node.pipit.log())


@pytest.mark.parametrize("export", [{}, {"protocol": "bgp"}, {"protocol": "bgp", "metric": 1024}],
                         ids=["default", "same-protocol", "same-protocol-1024"])
def test_beside_zebra_and_bgpd(lab, export):
    need(Frr)
    node = Shared(lab, WritingFrr, export)
    announce(node.there, BOTH, *OTHERS)
    wait_for(lambda: {BOTH, *OTHERS} <= set(node.of("bgp")), 20, lambda: str(node.of("bgp")))
    with node.watched() as seen:
        here = node.start()
        ours = node.pipit.settings["kernel"]["export"].get("protocol", OURS)
        metric = export.get("metric", 32)
        for _ in range(5):
            announce(here, ONE, TWO, BOTH)
            wait_for(lambda: node.metrics(ONE, ours) == {metric}, 10,
                     lambda: str(node.metrics(ONE, ours)))
            wait_for(lambda: metric in node.metrics(BOTH, ours), 10)
            withdraw(here, ONE, TWO, BOTH)
            wait_for(lambda: not node.metrics(ONE, ours), 10)
            wait_for(lambda: metric not in node.metrics(BOTH, ours), 10)
        here.send(wire.END_OF_RIB)
        holds_for(lambda: {20} <= node.metrics(BOTH, "bgp"), 2)
        assert node.pipit.terminate() == 0
    lost = [line for line in seen if "Deleted" in line and "metric 20" in line]
    if ours == OURS:
        # zebra prefers what it takes for a route of the kernel, and takes back its own.
        lost = [line for line in lost if BOTH not in line]
    assert not lost
    assert set(node.of("bgp")) == {BOTH, *OTHERS}
    assert not warnings_of_deletion(node)


def test_beside_bird(lab):
    need(Bird)
    node = Shared(lab, WritingBird, {"on-exit": "flush"})
    announce(node.there, BOTH, *OTHERS)
    node.wait_of("bird", {BOTH, *OTHERS})
    with node.watched() as seen:
        here = node.start()
        announce(here, ONE, BOTH)
        here.send(wire.END_OF_RIB)
        node.wait_of(OURS, {ONE})
        # BIRD was there first, with the same metric: ours waits for its place.
        rows = wait_for(lambda: {r["prefix"]: r for r in node.pipit.ask("show", "kernel")
                                 if r["state"] == "failed"}, 10)
        assert set(rows) == {BOTH} and "another program" in rows[BOTH]["error"]
        withdraw(here, ONE)
        node.wait_of(OURS, set())
        holds_for(lambda: set(node.of("bird")) == {BOTH, *OTHERS}, 1)
    assert not [line for line in seen if "Deleted" in line and "proto bird" in line]
    withdraw(node.there, BOTH)
    node.wait_of(OURS, {BOTH})
    assert node.pipit.terminate() == 0
    node.wait_of(OURS, set())
    assert set(node.of("bird")) == set(OTHERS)
    assert not warnings_of_deletion(node)


@pytest.mark.parametrize("adopt", ["own", "all"])
def test_what_bird_left_is_taken_over(lab, adopt):
    node = Node(lab, {"export": {"protocol": "bird", "metric": 32, "adopt": adopt}})
    far = lab.machine("far0")
    for prefix, metric in ((ONE, 32), (TWO, 32), (OTHERS[0], 1024), (OTHERS[1], 0)):
        node.machine.ip("route", "add", prefix, "via", far.v4, "proto", "bird",
                        *(["metric", str(metric)] if metric else []))
    (speaker,) = node.peers(65001)
    announce(speaker, ONE, OTHERS[0])
    speaker.send(wire.END_OF_RIB)
    kept = {ONE, OTHERS[0]} if adopt == "all" else {ONE, OTHERS[0], OTHERS[1]}

    def left():
        return set(node.routes("proto", "bird"))

    wait_for(lambda: left() == kept, 60, lambda: str(left()))
    text = node.machine.ip("route", "show", OTHERS[0])
    assert "metric 32" in text and ("metric 1024" in text) == (adopt == "own")
    found = wait_for(lambda: warnings_of_deletion(node), 5)
    assert len(found) == 1 and "which was there before" in found[0]


def test_a_route_of_somebody_else_with_our_protocol_stays(lab):
    """`ip route add ... proto bgp metric 20` beside pipit, also with protocol 186 for ours."""
    node = Node(lab, {"export": {"protocol": "bgp"}})
    (speaker,) = node.peers(65001)
    announce(speaker, ONE)
    speaker.send(wire.END_OF_RIB)
    node.wait_installed(ONE)
    node.machine.ip("route", "add", TWO, "via", speaker.machine.v4, "proto", "bgp", "metric", "20")
    node.machine.ip("-6", "route", "add", SIX, "via", speaker.machine.v6, "proto", "bgp",
                    "metric", "20")
    withdraw(speaker, ONE)
    node.wait_installed(TWO)
    holds_for(lambda: set(node.installed()) == {TWO} and set(node.installed("-6")) == {SIX}, 1)
    # What counts as ours by protocol and metric goes, and its writer is named, once.
    node.machine.ip("route", "add", ONE, "via", speaker.machine.v4, "proto", "bgp", "metric", "32")
    node.wait_installed(TWO)
    node.machine.ip("route", "add", ONE, "via", speaker.machine.v4, "proto", "bgp", "metric", "32")
    node.wait_installed(TWO)
    found = warnings_of_deletion(node)
    assert len(found) == 1
    assert f"{ONE} table 254 metric 32 protocol 186, written by netlink port" in found[0]


def second_pipit(lab, node, export):
    """Another pipit on the same host; its session is on port 1179."""
    other = lab.add(Pipit, node.machine.label, asn=65000)
    other.folder = node.pipit.folder / "second"
    other.folder.mkdir()
    other.socket, other.file = other.folder / "pipit.sock", other.folder / "pipitd.yaml"
    other.settings = {"kernel": {"export": export}, "listen": ["0.0.0.0:1179"]}
    machine = lab.machine("second-far")
    other.start(Neighbor(machine.v4, 65001, passive=True, families=("ipv4", "ipv6")))
    speaker = RawSpeaker(machine, node.machine.v4, 65001).connect(port=1179).handshake()
    lab.on_close(speaker.close)
    return other, speaker


def announce_both_families(speaker):
    announce(speaker, ONE, TWO)
    announce_six(speaker, SIX, SEVEN)
    speaker.send(wire.END_OF_RIB)
    speaker.send(wire.end_of_rib_v6())


def test_two_pipits_with_one_family_each(lab):
    node = Node(lab, {"export": {"families": "ipv4-unicast"}})
    (here,) = node.peers(65001)
    announce_both_families(here)
    other, there = second_pipit(lab, node, {"families": ["ipv6-unicast"]})
    announce_both_families(there)

    def routes():
        return (set(node.routes("proto", str(OURS))),
                set(node.routes("proto", str(OURS), family="-6")))

    everything = ({ONE, TWO}, {SIX, SEVEN})
    wait_for(lambda: routes() == everything, 20, lambda: str(routes()))
    holds_for(lambda: routes() == everything, 2)
    answer = node.pipit.ask("explain", SIX, "to", "kernel")
    assert "kernel.export.families has no ipv6-unicast" in str(answer)
    # One family leaves the one and comes to the other.
    withdraw(here, ONE)
    wait_for(lambda: routes() == ({TWO}, {SIX, SEVEN}), 20, lambda: str(routes()))
    other.processes[0].send(signal.SIGKILL)
    other.processes[0].child.wait(10)
    node.pipit.settings["kernel"] = {"export": {}}
    node.pipit.reload()
    wait_for(lambda: routes() == ({TWO}, {SIX, SEVEN}), 20, lambda: str(routes()))
    node.pipit.settings["kernel"] = {"export": {"families": "ipv6-unicast"}}
    node.pipit.reload()
    wait_for(lambda: routes() == (set(), {SIX, SEVEN}), 20, lambda: str(routes()))


def test_two_pipits_with_one_family_and_two_protocols(lab):
    node = Node(lab, {"export": {}})
    (here,) = node.peers(65001)
    announce(here, ONE)
    here.send(wire.END_OF_RIB)
    wait_for(lambda: ONE in node.routes("proto", str(OURS)), 10)
    _, there = second_pipit(lab, node, {"protocol": 72, "metric": 33})
    announce(there, ONE, TWO)
    there.send(wire.END_OF_RIB)

    def routes():
        return (set(node.routes("proto", str(OURS))), set(node.routes("proto", "72")))

    wait_for(lambda: routes() == ({ONE}, {ONE, TWO}), 20, lambda: str(routes()))
    withdraw(here, ONE)
    wait_for(lambda: routes() == (set(), {ONE, TWO}), 20, lambda: str(routes()))
    announce(here, ONE)
    wait_for(lambda: routes() == ({ONE}, {ONE, TWO}), 20, lambda: str(routes()))
    withdraw(there, ONE, TWO)
    wait_for(lambda: routes() == ({ONE}, set()), 20, lambda: str(routes()))
    holds_for(lambda: routes() == ({ONE}, set()), 1)


def test_a_new_protocol_takes_over_what_the_earlier_run_wrote(lab):
    """As after an update from a version whose protocol was 186: no gap, and nothing is left."""
    node = Node(lab, {"export": {"protocol": "bgp"}})
    (speaker,) = node.peers(65001)
    announce(speaker, ONE, TWO)
    node.wait_installed(ONE, TWO)
    process = node.pipit.processes[0]
    process.send(signal.SIGKILL)
    process.child.wait(10)
    node.pipit.stop()
    # Such a version notes no metrics.
    record = node.pipit.folder / "pipit.sock.tables"
    assert record.read_text() == "protocol 186\ntable 254 32\n"
    record.write_text("protocol 186\ntable 254\n")
    node.machine.ip("route", "add", OTHERS[0], "via", speaker.machine.v4, "proto", "bgp",
                    "metric", "20")
    node.pipit.settings["kernel"] = {"export": {}}
    node.pipit.start()
    speaker.close()
    speaker.come_up(timeout=30)
    announce(speaker, ONE)
    speaker.send(wire.END_OF_RIB)
    wait_for(lambda: set(node.routes("proto", str(OURS))) == {ONE}, 30,
             lambda: node.machine.ip("route"))
    node.wait_installed(OTHERS[0], timeout=60)
