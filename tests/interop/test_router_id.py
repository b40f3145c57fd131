"""Which BGP identifier pipit takes when none is given."""

import subprocess

from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.speaker import Neighbor

TWICE = "10.96.0.1"


def auto(lab):
    """A pipit that chooses its identifier, on a node with service and workload addresses."""
    pipit = lab.add(Pipit, asn=65000)
    pipit.settings["router"] = {"id": "auto"}
    for name, address in (("kube-ipvs0", f"{TWICE}/32"), ("cali1", "10.1.0.1/24"),
                          ("tunl7", "10.2.0.1/24")):
        pipit.machine.ip("link", "add", name, "type", "veth", "peer", "name", f"p-{name}")
        pipit.machine.ip("addr", "add", address, "dev", name)
    return pipit


def router_id(pipit):
    return pipit.ask("status")["router_id"]


def test_addresses_of_services_workloads_and_loopback_are_not_taken(lab):
    pipit = auto(lab)
    pipit.start()
    assert router_id(pipit) == pipit.machine.v4
    assert f"router id {pipit.machine.v4}: the lowest address of this host, on e0" in pipit.log()
    # A lower address does not matter where another interface has the default route.
    pipit.stop()
    pipit.machine.ip("link", "add", "storage", "type", "veth", "peer", "name", "p-storage")
    pipit.machine.ip("addr", "add", "10.3.0.1/24", "dev", "storage")
    pipit.machine.ip("route", "add", "default", "via", pipit.machine.v4, "dev", "e0")
    pipit.start()
    assert router_id(pipit) == pipit.machine.v4
    assert "an address of e0, the interface of the default route" in pipit.log()
    pipit.stop()
    pipit.start(Neighbor("10.99.0.200", 65001, options={"local-address": "10.255.0.1"}))
    assert router_id(pipit) == "10.255.0.1"


def test_a_host_without_an_ipv4_address_is_told_what_to_do(lab):
    pipit = auto(lab)
    far = lab.machine("far")
    for interface in ("e0", "lo"):
        pipit.machine.ip("-4", "addr", "flush", "dev", interface)
    pipit.neighbors = [Neighbor(far.v6, 65001, passive=True, families=("ipv6",))]
    pipit.file.write_text(pipit.configuration())
    failed = subprocess.run(pipit.machine.command(pipit.daemon, "--config", pipit.file),
                            capture_output=True, text=True, timeout=60, check=False)
    assert failed.returncode == 1
    text = failed.stdout + failed.stderr
    assert "this host has no IPv4 address to take it from" in text and 'id: "hash:' in text
    pipit.settings["router"] = {"id": "hash:node-1"}
    pipit.start()
    assert router_id(pipit) == "62.27.199.241"
    speaker = RawSpeaker(far, pipit.machine.v6, 65001).come_up()
    lab.on_close(speaker.close)
    pipit.wait_established(far.v6)
    assert "hash:node-1" in pipit.pipit("show", "config").stdout
