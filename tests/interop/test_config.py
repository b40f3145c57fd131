"""Configurations that lack something, ask for too much, or hold variables; memory that runs out."""

import json
import os
import resource
import socket
import subprocess

import pytest
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor
from lab.waiting import wait_for

NO_PASSWORD = "down without its password: cannot read"


@pytest.fixture
def pipit(lab):
    """pipit with the neighbors `open`, which is up, and `closed`, which lacks its password."""
    made = lab.add(Pipit, asn=65000)
    machines = [lab.machine(name) for name in ("open", "closed")]
    made.start(Neighbor(machines[0].v4, 65001, name="open", passive=True),
               Neighbor(machines[1].v4, 65002, name="closed", passive=True,
                        options={"password-file": "closed.key"}))
    made.far = RawSpeaker(machines[0], made.machine.v4, 65001)
    made.far.come_up()
    made.closed = machines[1]
    yield made
    made.far.close()


def untouched(pipit):
    return pipit.far.alive() and pipit.neighbor("open")["established_count"] == 1


def check(pipit, file=None, environment=None):
    return subprocess.run([pipit.daemon, "--check", "--config", file or pipit.file],
                          capture_output=True, text=True, check=False,
                          env={**os.environ, **(environment or {})})


def test_a_missing_password_file_concerns_its_neighbor_alone(pipit):
    closed = pipit.neighbor("closed")
    assert closed["shutdown"] and closed["state"] == "Idle"
    assert any(NO_PASSWORD in warning for warning in closed["warnings"])
    assert any(NO_PASSWORD in warning for warning in pipit.ask("status")["warnings"])
    assert NO_PASSWORD in pipit.pipit("show", "neighbor", "closed").stdout
    refused = pipit.pipit("neighbor", "closed", "enable", check=False)
    assert refused.returncode != 0 and "has no password" in refused.stderr

    done = check(pipit)
    assert done.returncode == 1
    assert 'error: cannot read "' in done.stderr and "closed.key" in done.stderr

    assert pipit.ask("reload")["ok"] and untouched(pipit)
    assert pipit.neighbor("closed")["shutdown"]

    key = pipit.folder / "closed.key"
    key.write_text("opened\n")
    assert check(pipit).returncode == 0
    assert pipit.ask("reload")["ok"]
    wait_for(lambda: not pipit.neighbor("closed")["shutdown"], 10)
    assert pipit.neighbor("closed")["warnings"] == []
    assert pipit.neighbor_details("closed")["password"] is True

    # A session that has its password keeps it when the file goes.
    key.unlink()
    answer = pipit.ask("reload")
    assert answer["ok"] and "closed.key" in answer["diagnostics"]
    assert not pipit.neighbor("closed")["shutdown"] and untouched(pipit)
    assert pipit.neighbor_details("closed")["password"] is True


def test_a_request_nested_deep_is_refused_and_nobody_notices(pipit):
    for depth in (100, 10_000, 30_000):
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(30)
            line.connect(str(pipit.socket))
            text = '{"command":"show routes","args":{"limit":' + "[" * depth + "]" * depth + "}}\n"
            line.sendall(text.encode())
            answer = json.loads(line.makefile().readline())
        assert answer == {"error": "a request is nested at most 8 levels deep", "code": "protocol"}
    assert untouched(pipit)


def test_a_pattern_that_leads_everywhere_is_refused_beside_the_loop(pipit):
    text = json.loads(pipit.configuration())
    text["include"] = ["/*/*/*/*/../*.nope"]
    file = pipit.folder / "everywhere.yaml"
    file.write_text(json.dumps(text))
    answer = pipit.control("check", file=str(file))
    assert not answer["ok"]
    assert "leads to more than 20000 files and folders" in answer["diagnostics"]
    assert check(pipit, file).returncode == 1
    assert untouched(pipit)


def test_variables_are_read_at_each_reload_and_shown(lab):
    pipit = lab.add(Pipit, asn=65000)
    pipit.settings = {"router": {"hostname": "${PIPIT_LAB_NAME:-first}"}}
    pipit.start()
    assert pipit.ask("show", "config")["config"]["router"]["hostname"] == "first"
    pipit.settings = {"router": {"hostname": "${PIPIT_LAB_NAME:-second}"}}
    assert "second" in (pipit.reload() and pipit.pipit("show", "config").stdout)

    pipit.settings = {"router": {"hostname": "${PIPIT_LAB_NAME}"}}
    pipit.file.write_text(pipit.configuration())
    refused = pipit.pipit("reload", check=False)
    assert refused.returncode != 0
    assert "PIPIT_LAB_NAME is not set" in refused.stdout + refused.stderr
    assert check(pipit, environment={"PIPIT_LAB_NAME": "third"}).returncode == 0
    assert pipit.ask("status")["hostname"] == "second"


def limited(octets, *words):
    return subprocess.run(
        [str(word) for word in words], capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (octets, octets)))


def test_memory_that_runs_out_is_said(lab):
    folder = lab.folder if hasattr(lab, "folder") else lab.add(Pipit, asn=65000).folder
    large = folder / "large.yaml"
    large.write_text("router: {asn: 65000}\nneighbors:\n" + "".join(
        f"  n{i}: {{address: 10.{i >> 16}.{i >> 8 & 255}.{i & 255}, asn: internal}}\n"
        for i in range(50_000)))
    done = limited(40 << 20, Pipit.daemon, "--check", "--config", large)
    assert done.returncode == 1, done.stderr
    assert done.stderr.endswith("large.yaml: error: there is not enough memory to read it\n")

    said = set()
    for octets in range(1 << 20, 24 << 20, 1 << 18):
        done = limited(octets, Pipit.daemon, "--print-schema")
        if done.returncode == 3:
            assert done.stderr.startswith("pipitd: fatal: out of memory"), done.stderr
            assert done.stderr.count("\n") == 1
            said.add(done.stderr)
        else:
            assert "terminate called" not in done.stderr
    assert any("octets were asked for in vain" in text for text in said)
