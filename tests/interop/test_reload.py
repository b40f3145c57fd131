"""`pipit reload` and SIGHUP: the least that makes the new file true."""

import signal
import subprocess

import pytest
from lab import wire
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for


@pytest.fixture
def three(lab):
    """pipit with two established neighbors; a third machine waits."""
    pipit = lab.add(Pipit, asn=65000)
    machines = [lab.machine(f"far{i}") for i in range(3)]
    neighbors = [Neighbor(m.v4, 65001 + i, name=f"far{i}", passive=True)
                 for i, m in enumerate(machines)]
    pipit.start(*neighbors[:2])
    speakers = [RawSpeaker(m, pipit.machine.v4, 65001 + i) for i, m in enumerate(machines)]
    for speaker in speakers[:2]:
        speaker.come_up()
    yield pipit, neighbors, speakers
    for speaker in speakers:
        speaker.close()


def test_added_and_removed_neighbors_leave_others_alone(three):
    pipit, neighbors, speakers = three
    pipit.reload(*neighbors)
    speakers[2].come_up()
    pipit.reload(neighbors[0], neighbors[2])
    assert speakers[1].notification()[:2] == (6, 3)
    holds_for(lambda: speakers[0].alive() and speakers[2].alive(), 1)
    assert pipit.neighbor("far0")["established_count"] == 1
    assert pipit.neighbor("far2")["established_count"] == 1
    assert not pipit.neighbor("far1")


def test_a_changed_neighbor_is_reset_alone(three):
    pipit, neighbors, speakers = three
    neighbors[1].hold, neighbors[1].keepalive = 30, 10
    pipit.reload(*neighbors[:2])
    if not speakers[1].alive():
        assert speakers[1].notification()[:2] == (6, 6)
    speakers[1].close()
    speakers[1].come_up(timeout=30)
    assert speakers[0].alive()
    assert pipit.neighbor("far0")["established_count"] == 1


def test_a_new_host_name_waits_for_the_next_session(three):
    pipit, _, speakers = three
    pipit.settings["router"] = {"hostname": "renamed"}
    pipit.file.write_text(pipit.configuration())
    result = pipit.ask("reload")
    assert not result["reset"] and len(result["updated"]) == 2, result
    holds_for(lambda: speakers[0].alive() and speakers[1].alive(), 0.5)
    assert b"renamed" not in b"".join(s.heard(wire.OPEN)[-1] for s in speakers[:2])
    speakers[1].close()
    speakers[1].come_up()
    assert b"renamed" in speakers[1].heard(wire.OPEN)[-1]
    assert pipit.neighbor("far0")["established_count"] == 1


def test_nothing_changed_means_nothing_happens(three):
    pipit, neighbors, speakers = three
    neighbors[1].options = {"import": None, "export": None}  # RFC 8212
    pipit.reload(*neighbors[:2])
    for _ in range(5):
        pipit.file.write_text(pipit.configuration())
        result = pipit.ask("reload")
        assert not any(result[k] for k in ("added", "removed", "reset", "updated")), result
    pipit.processes[0].send(signal.SIGHUP)
    holds_for(lambda: speakers[0].alive() and speakers[1].alive(), 1)


def test_sighup_reads_the_file(three):
    pipit, neighbors, speakers = three
    pipit.neighbors = neighbors
    pipit.file.write_text(pipit.configuration())
    pipit.processes[0].send(signal.SIGHUP)
    wait_for(lambda: pipit.neighbor("far2"), 5, "the new neighbor")
    speakers[2].come_up()


def test_a_wrong_file_changes_nothing_and_says_where(three):
    pipit, _, speakers = three
    pipit.file.write_text("router:\n  asn: 65000\nneigbors: {}\n")
    done = pipit.pipit("reload", check=False)
    assert done.returncode == 1
    text = done.stdout + done.stderr
    assert ":3:1" in text and "neighbors" in text
    holds_for(lambda: speakers[0].alive() and speakers[1].alive(), 0.5)
    assert pipit.neighbor("far1")


def test_removed_neighbor_takes_its_routes_along(three):
    pipit, neighbors, speakers = three
    speakers[1].send(wire.update(
        wire.origin() + wire.as_path(65002) + wire.next_hop(speakers[1].machine.v4),
        wire.nlri("10.1.0.0/16")))
    wait_for(lambda: "10.1.0.0/16" in speakers[0].table(), 10, speakers[0].story)
    pipit.reload(neighbors[0])
    wait_for(lambda: "10.1.0.0/16" not in speakers[0].table(), 10, speakers[0].story)


def test_a_moved_control_socket_still_answers_the_reload(three):
    pipit, _, speakers = three
    before, pipit.socket = pipit.socket, pipit.folder / "moved.sock"
    pipit.file.write_text(pipit.configuration())
    done = subprocess.run([pipit.command_line, "--socket", before, "reload"], capture_output=True,
                          text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr
    wait_for(lambda: pipit.pipit("status", check=False).returncode == 0, 5, pipit.log)
    assert not before.exists()
    assert speakers[0].alive() and speakers[1].alive()


def test_what_an_operator_disabled_stays_so_until_the_file_says_something_new(three):
    pipit, neighbors, speakers = three
    pipit.shut("far1", "maintenance")
    assert speakers[1].notification()[:2] == (6, 2)
    pipit.reload(*neighbors)
    assert pipit.neighbor("far1")["shutdown"] is True
    neighbors[1].options = {"shutdown": True}
    pipit.reload(*neighbors)
    pipit.unshut("far1")
    pipit.reload(*neighbors[:2])
    assert pipit.neighbor("far1")["shutdown"] is False
    neighbors[1].options = {"shutdown": False}
    pipit.reload(*neighbors[:2])
    assert pipit.neighbor("far1")["shutdown"] is False


def test_a_lowered_prefix_limit_applies_to_what_is_there(three):
    pipit, neighbors, speakers = three
    far = speakers[1].machine
    speakers[1].send(wire.update(wire.origin() + wire.as_path(65002) + wire.next_hop(far.v4),
                                 wire.nlri("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16")))
    pipit.wait_route("10.3.0.0/16")
    limit = {"limit": 2, "action": "stop"}
    neighbors[1].options = {"families": {"ipv4-unicast": {"max-prefixes": limit}}}
    pipit.reload(*neighbors[:2])
    assert speakers[1].notification()[:2] == (6, 1)
    assert speakers[0].alive()


def test_neighbors_that_swap_addresses_keep_their_passwords(lab):
    pipit, machines = lab.add(Pipit, asn=65000), [lab.machine(f"far{i}") for i in range(2)]
    passwords = ("one", "two")
    neighbors = [Neighbor(m.v4, 65001, name=n, password=n, passive=True)
                 for m, n in zip(machines, passwords)]
    pipit.start(*neighbors)
    for order in (machines, machines[::-1], machines):
        for neighbor, machine in zip(neighbors, order):
            neighbor.address = machine.v4
        pipit.reload(*neighbors)
        speakers = [RawSpeaker(m, pipit.machine.v4, 65001, password=p).come_up()
                    for m, p in zip(order, passwords)]
        for speaker in speakers:
            speaker.close()
