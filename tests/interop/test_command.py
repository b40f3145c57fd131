"""The `pipit` command against a running daemon: fields, exit states, bad clients."""

import socket
import subprocess

import pytest
from lab import wire
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor
from lab.waiting import wait_for

NEIGHBOR_FIELDS = {"name", "address", "asn", "type", "state", "uptime_seconds",
                   "established_count", "group", "families", "last_error", "last_error_at"}
ROUTE_FIELDS = {"prefix", "family", "best", "source", "next_hop", "as_path", "as_path_list",
                "origin", "med", "local_preference", "communities", "large_communities",
                "extended_communities", "originator_id", "cluster_list", "path_id", "age_seconds",
                "valid", "reason"}

# 65001:1:2 and rt:65001:7 as attributes
LARGE = wire.attribute(wire.OPTIONAL | wire.TRANSITIVE, 32,
                       bytes.fromhex("0000fde90000000100000002"))
EXTENDED = wire.attribute(wire.OPTIONAL | wire.TRANSITIVE, 16, bytes.fromhex("0002fde900000007"))


@pytest.fixture(scope="module")
def scene(module_lab):
    """pipit with an external and an internal neighbor that offer the same prefix."""
    pipit = module_lab.add(Pipit, asn=65000)
    machines = [module_lab.machine(n) for n in ("outside", "inside")]
    pipit.announced = {"10.9.0.0/16": Route("10.9.0.0/16")}
    pipit.start(Neighbor(machines[0].v4, 65001, name="outside", passive=True),
                Neighbor(machines[1].v4, 65000, name="inside", passive=True))
    speakers = [RawSpeaker(m, pipit.machine.v4, asn).come_up()
                for m, asn in zip(machines, (65001, 65000))]
    speakers[0].send(wire.update(
        wire.origin() + wire.as_path(65001, 7) + wire.next_hop(machines[0].v4)
        + wire.communities("65001:5") + LARGE + EXTENDED,
        wire.nlri("10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16")))
    speakers[1].send(wire.update(
        wire.origin() + wire.as_path(9) + wire.next_hop(machines[1].v4)
        + wire.local_preference(50), wire.nlri("10.1.0.0/16")))
    wait_for(lambda: pipit.count() == 5, 10, lambda: str(pipit.count()))
    yield pipit
    for speaker in speakers:
        speaker.close()


def test_status(scene):
    assert "65000" in scene.pipit("status").stdout
    assert scene.ask("status")


def test_neighbors_have_their_fields(scene):
    entry = scene.neighbor("outside")
    assert NEIGHBOR_FIELDS <= set(entry)
    assert entry["state"] == "Established" and entry["type"] == "external"
    family = entry["families"]["ipv4-unicast"]
    assert {"received", "accepted", "rejected", "advertised"} <= set(family)
    assert (family["received"], family["accepted"], family["rejected"]) == (3, 3, 0)
    assert "outside" in scene.pipit("show", "neighbors").stdout
    assert "Established" in scene.pipit("show", "neighbor", "outside").stdout


def test_routes_have_their_fields(scene):
    answer = scene.ask("show", "routes")
    assert answer["total"] == len(answer["routes"]) == 5
    assert all(ROUTE_FIELDS <= set(r) for r in answer["routes"])
    (route,) = [r for r in scene.show_routes("10.2.0.0/16")]
    assert (route["source"], route["as_path"], route["as_path_list"]) == (
        "outside", "65001 7", [65001, 7])
    assert route["communities"] == ["65001:5"]


@pytest.mark.parametrize("words,prefixes", [
    (["10.1.0.0/16"], ["10.1.0.0/16"] * 2),
    (["10.1.0.0/16", "longer"], ["10.1.0.0/16"] * 2 + ["10.1.2.0/24"]),
    (["family", "ipv6-unicast"], []),
    (["neighbor", "outside", "received"], ["10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16"]),
    (["neighbor", "outside", "rejected"], []),
    (["neighbor", "outside", "advertised"], ["10.9.0.0/16"]),
    (["10.1.2.3", "shorter"], ["10.1.0.0/16"] * 2 + ["10.1.2.0/24"]),
    (["10.1.2.0/24", "shorter", "best"], ["10.1.0.0/16", "10.1.2.0/24"]),
    (["10.77.0.0/16", "shorter"], []),
    (["source", "bgp"], ["10.1.0.0/16"] * 2 + ["10.1.2.0/24", "10.2.0.0/16"]),
    (["source", "originate"], ["10.9.0.0/16"]),
    (["source", "kernel"], []),
    (["source", "inside"], ["10.1.0.0/16"]),
    (["neighbor", "outside", "advertised", "source", "inside"], []),
    (["neighbor", "inside", "advertised", "source", "originate"], ["10.9.0.0/16"]),
    (["as-path", "^65001 7$"], ["10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16"]),
    (["as-path", "_9_"], ["10.1.0.0/16"]),
    (["as-path", "^$"], ["10.9.0.0/16"]),
    (["as-path", "5001"], []),
    (["neighbor", "outside", "advertised", "as-path", "^65000$"], ["10.9.0.0/16"]),
    (["community", "65001:5"], ["10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16"]),
    (["community", "65001:6"], []),
    (["community", "65001:1:2", "10.1.0.0/16", "longer"], ["10.1.0.0/16", "10.1.2.0/24"]),
    (["community", "65001:1:3"], []),
    (["community", "rt:65001:7", "10.2.0.0/16"], ["10.2.0.0/16"]),
    (["community", "soo:65001:7"], []),
    (["neighbor", "outside", "received", "community", "65001:5", "10.2.0.0/16"],
     ["10.2.0.0/16"]),
], ids=" ".join)
def test_filters_of_show_routes(scene, words, prefixes):
    assert sorted(r["prefix"] for r in scene.show_routes(*words)) == prefixes


def test_a_source_is_named_once(scene):
    assert "from originate, age" in scene.pipit("show", "route", "10.9.0.0/16").stdout
    assert "from inside (bgp), age" in scene.pipit("show", "route", "10.1.0.0/16").stdout


def test_limit_and_count(scene):
    assert len(scene.show_routes("limit", "2")) == 2
    assert scene.count() == 5


def test_count_and_limit_are_of_what_the_filters_leave(scene):
    assert scene.ask("show", "routes", "community", "65001:5", "count") == {"total": 3}
    answer = scene.ask("show", "routes", "community", "65001:5", "limit", "2")
    assert (len(answer["routes"]), answer["truncated"]) == (2, True)
    assert "truncated" not in scene.ask("show", "routes", "community", "65001:5", "limit", "3")


def test_filters_that_make_no_sense_are_refused(scene):
    for words, status in ((["shorter"], 2), (["community", "nonsense"], 2),
                          (["as-path", "^(65001"], 2),
                          (["source", "nobody"], 1)):
        assert scene.pipit("show", "routes", *words, check=False).returncode == status


def test_longest_match(scene):
    assert "10.1.2.0/24" in scene.pipit("show", "route", "10.1.2.3").stdout
    assert "10.1.0.0/16" in scene.pipit("show", "route", "10.1.3.3").stdout


def test_explain_says_why(scene):
    answer = scene.ask("explain", "10.1.0.0/16")
    assert len(answer["candidates"]) == 2 and answer["verdict"]
    assert "local preference" in scene.pipit("explain", "10.1.0.0/16").stdout.lower()


def test_config_is_shown_with_defaults(scene):
    assert "65000" in scene.pipit("show", "config").stdout


def test_exit_states(scene):
    assert scene.pipit("show", "neighbor", "nobody", check=False).returncode == 1
    assert scene.pipit("show", "nonsense", check=False).returncode == 2
    nowhere = subprocess.run([scene.command_line, "--socket", "/nonexistent", "status"],
                             capture_output=True, check=False)
    assert nowhere.returncode == 3


def test_check_of_files(scene, tmp_path):
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text("router: {asn: 65000}\n")
    bad.write_text("router:\n  asn: none\n")
    assert scene.pipit("check", good).returncode == 0
    assert scene.pipit("check", bad, check=False).returncode == 1
    for file, wanted in ((good, 0), (bad, 1)):
        done = subprocess.run([scene.daemon, "--check", "--config", file], capture_output=True,
                              text=True, check=False)
        assert done.returncode == wanted, done.stderr
    schema = subprocess.run([scene.daemon, "--print-schema"], capture_output=True, text=True,
                            check=True).stdout
    assert '"router"' in schema


def test_the_file_of_the_laboratory_fits_the_schema(scene):
    jsonschema = pytest.importorskip("jsonschema")
    import json
    schema = json.loads(subprocess.run([scene.daemon, "--print-schema"], capture_output=True,
                                       text=True, check=True).stdout)
    jsonschema.validate(json.loads(scene.file.read_text()), schema)


@pytest.mark.parametrize("octets", [b"\0\xff\n", b"{\n", b"[" * 100000 + b"\n", b"x" * (1 << 20),
                                    b'{"command": 7}\n', b'{"command": "nonsense"}\n', b"\n" * 50],
                         ids=["noise", "half", "nested", "1 MiB", "number", "nonsense", "empty"])
def test_bad_clients_harm_nobody(scene, octets):
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        client.connect(str(scene.socket))
        try:
            client.sendall(octets)
            client.shutdown(socket.SHUT_WR)
            while client.recv(65536):
                pass
        except OSError:
            pass
    assert scene.established("10.99.0.2")
    assert scene.pipit("status").returncode == 0


def test_clients_that_do_not_read_harm_nobody(scene):
    clients = []
    for _ in range(20):
        client = socket.socket(socket.AF_UNIX)
        client.connect(str(scene.socket))
        client.sendall(b'{"command": "show routes"}\n')
        clients.append(client)
    assert scene.pipit("status").returncode == 0
    for client in clients:
        client.close()


@pytest.mark.parametrize("words", [["status"], ["show", "routes"], ["--json", "show", "routes"],
                                   ["help"]], ids=" ".join)
def test_an_answer_that_cannot_be_written_is_an_error(scene, words):
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = subprocess.run([scene.command_line, "--socket", scene.socket, *words], stdout=full,
                              stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "No space left" in done.stderr


@pytest.mark.parametrize("words", ["status", "show routes", "--json show routes"])
def test_a_reader_that_has_seen_enough_is_no_error(scene, words):
    command = f"{scene.command_line} --socket {scene.socket} {words} | true"
    done = subprocess.run(["bash", "-c", f"{command}; echo ${{PIPESTATUS[0]}}"],
                          capture_output=True, text=True, check=False)
    assert (done.stdout.strip(), done.stderr) == ("0", "")


def test_without_standard_output_nothing_else_is_written_to(scene):
    command = f"{scene.command_line} --socket {scene.socket} status >&-"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert done.returncode == 1 and "cannot be written" in done.stderr
    assert scene.pipit("status").returncode == 0


def test_a_shutdown_message_fits_or_is_refused(scene):
    long = scene.pipit("neighbor", "inside", "disable", "x" * 256, check=False)
    assert long.returncode == 1 and "255" in long.stderr
    assert scene.neighbor("inside")["state"] == "Established"
    scene.pipit("neighbor", "inside", "disable", "y" * 255)
    assert "y" * 255 in scene.pipit("show", "neighbor", "inside").stdout
    lines = scene.pipit("show", "neighbors").stdout.splitlines()
    assert max(map(len, lines)) < 200
    scene.pipit("neighbor", "inside", "enable")
