"""The bench: the daemon's namespace and the load generator's, with a cable between them."""

import json
import os
import select
import shutil
import subprocess
import tempfile
from pathlib import Path

from lab.network import Namespace
from lab.pipit import Pipit
from lab.speaker import Neighbor

from . import policies
from .daemons import GATEWAY, LOAD, Reflector

ASN = 3856  # of the recorded table
MOST_SESSIONS = 1100
DUT = "10.0.0.1"
WRONG = ("unknown", "echoes", "attribute_errors", "old_versions")


def address(number):
    """Of a session, as the load generator counts."""
    return f"10.0.{1 + (number + 1) // 256}.{(number + 1) % 256}"


def _answers(load, seconds):
    """Whether the load generator has said something, or ended, within that time."""
    return bool(select.select([load.stdout], [], [], seconds)[0])


def mistakes(result):
    return sum(result.get(k, 0) for k in WRONG)


def for_recorded_routes(daemon):
    """What a daemon must be told to take all of them: their next hops are on no link, and some have
    an AS_SET."""
    if issubclass(daemon, Reflector):
        return {"channel": daemon.channel}
    if issubclass(daemon, Pipit):
        schema = subprocess.run([daemon.daemon, "--print-schema"], capture_output=True, text=True,
                                check=False).stdout
        return {"as-sets": "accept"} if "as-sets" in schema else {}  # older builds always do
    return {}


class Bench:
    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="pipit-bench-"))
        self.folder.chmod(0o755)
        prefix = f"pit{os.getpid()}"
        self.dut = Namespace(f"{prefix}-dut", "dut")
        self.load = Namespace(f"{prefix}-load", "load")
        self.dut.ip("link", "add", "e0", "type", "veth", "peer", "name", "e0", "netns",
                    self.load.name)
        self.dut.v4, self.dut.v6 = DUT, "fd00::1"
        for machine, own in ((self.dut, DUT), (self.load, GATEWAY)):
            machine.ip("addr", "add", f"{own}/16", "dev", "e0")
            machine.ip("link", "set", "e0", "up")
        batch = self.folder / "addresses"
        batch.write_text("".join(f"addr add {address(i)}/16 dev e0\n"
                                 for i in range(MOST_SESSIONS)))
        self.load.ip("-batch", batch)

    def close(self):
        self.load.delete()
        self.dut.delete()
        shutil.rmtree(self.folder, ignore_errors=True)

    def neighbors(self, daemon, scenario):
        """As the daemon's configuration names them."""
        found = []
        options = {} if scenario.prefixes else for_recorded_routes(daemon)
        first_idle = scenario.senders + scenario.receivers
        for i in range(scenario.sessions):
            idle = first_idle <= i < first_idle + scenario.idle
            found.append(Neighbor(
                address(i), 4200000000 + i if scenario.external else ASN, passive=True,
                hold=3 if idle else 240, keepalive=1 if idle else 80,
                families=("ipv6",) if idle else ("ipv4",),
                reflector_client=not scenario.external, options={} if idle else options))
        return found

    def run(self, daemon, scenario, timeout, beside=None):
        """One run: the load generator's object, or {"error": words}. `beside` is called with the
        daemon again and again while the generator runs."""
        speaker = daemon(self, self.dut, ASN)
        speaker.quiet = True
        if isinstance(speaker, Pipit):
            speaker.settings["router"] = {"next-hops": {"unresolved": "use"}}
        try:
            neighbors = self.neighbors(daemon, scenario)
            if scenario.policy:
                policies.apply(speaker, neighbors)
            speaker.start(*neighbors)
            pids = [p for process in speaker.processes for p in process.members()]
            load = subprocess.Popen(
                self.load.command(LOAD, "--dut", DUT, "--asn", ASN, "--timeout", timeout,
                                  *(w for p in pids for w in ("--pid", p)), "--stay",
                                  *scenario.arguments()),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            try:
                while beside and not _answers(load, 0):
                    beside(speaker)
                if not _answers(load, timeout * (len(scenario.steps) + 3)):
                    return {"error": "the load generator does not end"}
                out = load.stdout.readline()
                if not out:
                    return {"error": load.stderr.read().strip() or f"status {load.wait()}"}
                result = json.loads(out)
                # Before the sessions go: what the system does then with the memory of the generator
                # takes this process off its core for tens of milliseconds.
                if isinstance(speaker, Pipit):
                    result["loop"] = speaker.ask("status")["loop"]
                return result
            finally:
                load.kill()
                load.communicate()
        except (AssertionError, subprocess.TimeoutExpired) as error:
            return {"error": " ".join(str(error).splitlines()[:12])}
        finally:
            speaker.stop()
            shutil.rmtree(speaker.folder, ignore_errors=True)
