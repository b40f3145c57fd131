"""Addresses to listen on that cannot be had: taken by another program, or not there yet."""

import socket

import pytest
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import wait_for


def occupy(machine, port=179, address="0.0.0.0"):
    """A socket of another program that listens there."""
    with machine.entered():
        taken = socket.socket(socket.AF_INET)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    taken.bind((address, port))
    taken.listen(1)
    return taken


def listening(pipit):
    return set(pipit.ask("status")["listen"])


def test_a_port_that_is_taken_at_the_start(lab):
    pipit, far, other = lab.add(Pipit, asn=65000), lab.machine("far"), lab.machine("other")
    taken = occupy(pipit.machine)
    pipit.start(Neighbor(far.v4, 65001, password="s3cret", ttl_security=True, passive=True),
                Neighbor(other.v4, 65002, passive=True))
    status = wait_for(lambda: pipit.ask("status") if listening(pipit) else None, 10)
    assert status["listen"] == ["[::]:179"]
    (failed,) = status["listen_failed"]
    assert failed["address"] == "0.0.0.0:179" and "Address already in use" in failed["error"]
    assert any("0.0.0.0:179" in w and "Address already in use" in w for w in status["warnings"])
    assert "0.0.0.0:179" in pipit.pipit("status").stdout
    assert "cannot listen on 0.0.0.0:179" in pipit.log()
    taken.close()
    wait_for(lambda: listening(pipit) == {"0.0.0.0:179", "[::]:179"}, 20,
             lambda: pipit.ask("status"))
    assert pipit.ask("status")["listen_failed"] == [] and pipit.ask("status")["warnings"] == []
    assert "listening on 0.0.0.0:179 now" in pipit.log()
    # Keys and TTLs are there, too.
    with pytest.raises(OSError):
        RawSpeaker(far, pipit.machine.v4, 65001, ttl=255).connect(2)
    distant = RawSpeaker(far, pipit.machine.v4, 65001, password="s3cret", ttl=64).connect()
    distant.wait_closed()
    distant.close()
    speaker = RawSpeaker(far, pipit.machine.v4, 65001, password="s3cret", ttl=255).come_up()
    pipit.wait_established(far.v4)
    speaker.close()


def test_on_failure_exit_ends_with_status_1(lab):
    pipit = lab.add(Pipit, asn=65000)
    taken = occupy(pipit.machine)
    pipit.settings = {"listen": {"on-failure": "exit"}}
    pipit.launch()
    process = pipit.processes[0]
    wait_for(lambda: not process.running(), 20, pipit.log)
    assert process.child.returncode == 1
    assert "cannot listen on 0.0.0.0:179" in pipit.log()
    pipit.stop()
    taken.close()
    pipit.start()
    wait_for(lambda: listening(pipit) == {"0.0.0.0:179", "[::]:179"}, 10)


@pytest.mark.parametrize("policy", ["retry", "exit"])
def test_a_port_that_is_taken_at_a_reload(lab, policy):
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.settings = {"listen": {"addresses": ["0.0.0.0:179"], "on-failure": policy}}
    pipit.start(Neighbor(far.v4, 65001, passive=True))
    speaker = RawSpeaker(far, pipit.machine.v4, 65001).come_up()
    taken = occupy(pipit.machine, 1179)
    pipit.settings = {"listen": {"addresses": ["0.0.0.0:179", "0.0.0.0:1179"],
                                 "on-failure": policy}}
    pipit.reload()
    assert [f["address"] for f in pipit.ask("status")["listen_failed"]] == ["0.0.0.0:1179"]
    assert listening(pipit) == {"0.0.0.0:179"}
    taken.close()
    wait_for(lambda: listening(pipit) == {"0.0.0.0:179", "0.0.0.0:1179"}, 20)
    assert speaker.alive() and pipit.established_count(far.v4) == 1
    # One that is not wanted any more is not tried.
    taken = occupy(pipit.machine, 1180)
    pipit.settings = {"listen": ["0.0.0.0:179", "0.0.0.0:1180"]}
    pipit.reload()
    assert len(pipit.ask("status")["listen_failed"]) == 1
    pipit.settings = {"listen": ["0.0.0.0:179"]}
    pipit.reload()
    assert pipit.ask("status")["listen_failed"] == []
    taken.close()
    speaker.close()


def test_addresses_and_interfaces_that_come_later(lab):
    pipit, far = lab.add(Pipit, asn=65000), lab.machine("far")
    pipit.settings = {"listen": ["10.99.0.77:179", "[fe80::77%later]:179"]}
    pipit.start(Neighbor(far.v4, 65001, passive=True))
    wait_for(lambda: listening(pipit) == {"10.99.0.77:179"}, 10, lambda: pipit.ask("status"))
    (failed,) = pipit.ask("status")["listen_failed"]
    assert "no interface later" in failed["error"], failed
    pipit.machine.ip("addr", "add", "10.99.0.77/24", "dev", "e0")
    speaker = RawSpeaker(far, "10.99.0.77", 65001).come_up()
    speaker.close()
    pipit.machine.ip("link", "add", "later", "type", "veth", "peer", "name", "beyond")
    wait_for(lambda: "no interface" not in str(pipit.ask("status")["listen_failed"]), 20)
    pipit.machine.ip("addr", "add", "fe80::77/64", "dev", "later", "nodad")
    pipit.machine.ip("link", "set", "later", "up")
    pipit.machine.ip("link", "set", "beyond", "up")
    wait_for(lambda: len(listening(pipit)) == 2, 20, lambda: pipit.ask("status"))
    assert pipit.ask("status")["listen_failed"] == []
