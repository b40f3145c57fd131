"""pipitd and pipit, from the build folder in $PIPIT_BUILD or build/."""

import json
import os
import re
import signal
import socket
import subprocess
from pathlib import Path

from lab.route import Route, as_path, communities, extended
from lab.speaker import Speaker
from lab.waiting import wait_for

ROOT = Path(__file__).resolve().parents[3]
BUILD = Path(os.environ.get("PIPIT_BUILD", ROOT / "build"))


class Pipit(Speaker):
    kind = "pipit"
    daemon = BUILD / "daemon" / "pipitd"
    command_line = BUILD / "cli" / "pipit"

    def __init__(self, lab, machine, asn):
        super().__init__(lab, machine, asn)
        self.settings = {}  # further sections of the file, merged over the generated ones
        self.socket = self.folder / "pipit.sock"
        self.file = self.folder / "pipitd.yaml"

    @classmethod
    def installed(cls):
        return cls.daemon.exists() and cls.command_line.exists()

    def launch(self):
        self.file.write_text(self.configuration())
        self.spawn(self.daemon, "--config", self.file, name="pipitd", environment={
            "ASAN_OPTIONS": "detect_leaks=1", "UBSAN_OPTIONS": "print_stacktrace=1"})

    def ready(self):
        return self.socket.exists() and self.pipit("status", check=False).returncode == 0

    # -- configuration
    def configuration(self):
        """The file. JSON is YAML, too."""
        whole = {
            "router": {"asn": self.asn, "id": self.router_id},
            "control": {"socket": str(self.socket)},
            "log": {"level": "warning" if self.quiet else "debug"},
            "neighbors": {self.neighbor_name(n): self._neighbor(n) for n in self.neighbors},
        }
        if self.announced:
            whole["originate"] = [self._originate(r) for r in self.announced.values()]
        for section, value in self.settings.items():
            if isinstance(value, dict) and section in whole:
                whole[section] = {**whole[section], **value}
            else:
                whole[section] = value
        return json.dumps(whole, indent=2) + "\n"

    def neighbor_name(self, n):
        return n.name or "n-" + re.sub(r"[^0-9a-z]+", "-", n.address.lower())

    def _neighbor(self, n):
        entry = {
            "address": n.address + (f"%{n.interface}" if n.interface else ""),
            "asn": n.asn,
            "families": {f"{f}-unicast": {} for f in n.families},
            "timers": {"hold": n.hold, "keepalive": n.keepalive, "connect-retry": 2},
            "import": "accept", "export": "accept",
        }
        for key, wanted in (("passive", n.passive), ("next-hop-self", n.next_hop_self),
                            ("route-reflector-client", n.reflector_client),
                            ("route-server-client", n.route_server_client)):
            if wanted:
                entry[key] = True
        if n.password:
            entry["password"] = n.password
        if n.ttl_security:
            entry["ttl-security"] = 1
        for key, value in n.options.items():
            if value is None:
                entry.pop(key, None)
            elif isinstance(value, dict) and isinstance(entry.get(key), dict):
                entry[key] = {**entry[key], **value}
            else:
                entry[key] = value
        return entry

    @staticmethod
    def _originate(route):
        entry = {"prefix": route.prefix}
        values = [*route.communities, *route.large_communities, *route.extended_communities]
        if values:
            entry["communities"] = values
        if route.med is not None:
            entry["med"] = route.med
        if route.local_preference is not None:
            entry["local-preference"] = route.local_preference
        return entry

    # -- the command
    def pipit(self, *words, check=True, timeout=60):
        done = subprocess.run([self.command_line, "--socket", self.socket, *map(str, words)],
                              capture_output=True, text=True, timeout=timeout, check=False,
                              env={**os.environ, "NO_COLOR": "1", "PAGER": "cat"})
        if check and done.returncode != 0:
            raise AssertionError(f"pipit {' '.join(map(str, words))}: status {done.returncode}\n"
                                 f"{done.stdout}{done.stderr}")
        return done

    def ask(self, *words, check=True):
        """The answer of `pipit --json WORDS` as a value; {} when it failed and `check` is off."""
        done = self.pipit("--json", *words, check=check)
        return json.loads(done.stdout) if done.returncode == 0 and done.stdout.strip() else {}

    def answer(self, command, **arguments):
        """All lines that the control socket answers with, read without a process in between; the
        last one is the answer's end."""
        found = []
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(30)
            line.connect(str(self.socket))
            line.sendall(json.dumps({"command": command, "args": arguments}).encode() + b"\n")
            for text in line.makefile():
                found.append(json.loads(text))
                if "done" in found[-1] or "code" in found[-1]:  # rows may have an "error"
                    break
        return found

    def control(self, command, **arguments):
        """The last line of that: all of it where the answer is one object."""
        return self.answer(command, **arguments)[-1]

    # -- questions
    def neighbor(self, address):
        """One object of `show neighbors`."""
        answer = self.ask("show", "neighbors", check=False)
        entries = answer if isinstance(answer, list) else answer.get("neighbors", [])
        for entry in entries:
            if address in (entry["address"].split("%")[0], entry["name"]):
                return entry
        return {}

    def neighbor_details(self, address):
        """`show neighbor NAME`."""
        return self.ask("show", "neighbor", self.neighbor(address)["name"])

    def state(self, address):
        return self.neighbor(address).get("state", "Down")

    def established_count(self, address):
        return self.neighbor(address).get("established_count", 0)

    def family(self, address, family="ipv4"):
        return self.neighbor(address).get("families", {}).get(f"{family}-unicast", {})

    def show_routes(self, *words):
        """The objects of `show routes WORDS`."""
        return self.ask("show", "routes", *words).get("routes", [])

    def routes(self, family="ipv4"):
        return {r["prefix"]: to_route(r) for r in self.show_routes("family", f"{family}-unicast")
                if r.get("best") and r.get("source") not in ("kernel", "originate", "connected")}

    def count(self, family="ipv4"):
        answer = self.ask("show", "routes", "family", f"{family}-unicast", "count")
        return answer.get("total", answer.get("count"))

    def memory(self):
        """Resident octets."""
        text = Path(f"/proc/{self.processes[0].pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text).group(1)) * 1024

    def worked(self):
        """Seconds of processor time so far: other than those of a clock they do not depend on what
        else the machine does."""
        text = Path(f"/proc/{self.processes[0].pid}/stat").read_text().rsplit(")", 1)[1]
        return sum(int(field) for field in text.split()[11:13]) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.processes[0].pid}/fd"))

    # -- actions
    def announce(self, *routes):
        self.announced.update({r.prefix: r for r in routes})
        if self.processes:
            self.reload()

    def withdraw(self, *prefixes):
        for prefix in prefixes:
            self.announced.pop(prefix)
        self.reload()

    def reload(self, *neighbors):
        if neighbors:
            self.neighbors = list(neighbors)
        self.file.write_text(self.configuration())
        return self.pipit("reload")

    def shut(self, address, message=""):
        self.pipit("neighbor", self.neighbor(address)["name"], "disable",
                   *([message] if message else []))

    def unshut(self, address):
        self.pipit("neighbor", self.neighbor(address)["name"], "enable")

    def reset(self, address):
        self.pipit("neighbor", self.neighbor(address)["name"], "reset")

    def refresh(self, address, direction="in"):
        self.pipit("neighbor", self.neighbor(address)["name"], "refresh", direction)

    def stop(self):
        """Ends the daemon; a report of a sanitizer is a failure."""
        processes = list(self.processes)
        status = super().stop()
        for process in processes:
            text = process.log()
            found = re.search(r"(ERROR: \w+Sanitizer|runtime error:).*", text)
            assert not found, f"{found.group(0)}\n{text[-4000:]}"
        return status

    def terminate(self, timeout=10):
        """SIGTERM; returns the exit status."""
        process = self.processes[0]
        process.send(signal.SIGTERM)
        wait_for(lambda: not process.running(), timeout, "pipitd ends")
        return process.child.returncode


def to_route(r):
    """One object of `show routes` as a Route."""
    aggregator = r.get("aggregator")
    if isinstance(aggregator, dict):
        aggregator = f"{aggregator['asn']} {aggregator['address']}"
    unknown = r.get("unknown_attributes") or []
    return Route(
        r["prefix"], next_hop=r.get("next_hop"), origin=(r.get("origin") or "").lower(),
        as_path=as_path(r.get("as_path") or ""), med=r.get("med"),
        local_preference=r.get("local_preference"),
        communities=communities(r.get("communities") or ()),
        large_communities=tuple(sorted(r.get("large_communities") or ())),
        extended_communities=tuple(sorted(
            extended(c) for c in r.get("extended_communities") or ())),
        aggregator=aggregator, atomic_aggregate=bool(r.get("atomic_aggregate")),
        originator_id=r.get("originator_id"), cluster_list=tuple(r.get("cluster_list") or ()),
        unknown={u["code"]: u["data"] for u in unknown if isinstance(u, dict)})


