"""Scenario I: kernel routes in and out, against `ip -batch`, a bare netlink dump and BIRD 2."""

import json
import os
import re
import shutil
import socket
import struct
import subprocess
import time
from pathlib import Path

from lab.pipit import Pipit
from lab.speaker import Neighbor

from .bench import ASN, DUT, Bench, address, for_recorded_routes
from .daemons import GATEWAY, LOAD, Reflector
from .scenarios import RECORDING

AGENT = 80  # protocol of the routes that are imported
NLM_F_REQUEST, NLM_F_DUMP, RTM_GETROUTE, NLMSG_DONE = 1, 0x300, 26, 3


class KernelBird(Reflector):
    """BIRD with a kernel protocol, which the interop tests do not want."""

    kernel_channel = ""

    def configuration(self):
        return (super().configuration() + "protocol kernel { learn; scan time 300; metric 32; "
                f"ipv4 {{ {self.kernel_channel} }}; }}\n")


def cpu_seconds(speaker):
    """Of a speaker's processes so far, all threads, also those that have ended."""
    pids = [pid for process in speaker.processes for pid in process.members()]
    return sum(time.clock_gettime(~pid << 3 | 2) for pid in pids)  # clock_getcpuclockid(3)


def until(condition, timeout, interval):
    """Seconds until it is true. Raises AssertionError."""
    start = time.monotonic()
    while not condition():
        if time.monotonic() - start > timeout:
            raise AssertionError(f"not within {timeout} s")
        time.sleep(interval)
    return time.monotonic() - start


def routes_in(pid):
    """IPv4 prefixes in the tables of the namespace that a process is in."""
    text = Path(f"/proc/{pid}/net/fib_triestat").read_text()
    return max(map(int, re.findall(r"Prefixes:\s+(\d+)", text)), default=0)


def dump(machine):
    """Reads all IPv4 routes as barely as can be: (seconds, octets)."""
    with machine.entered():
        link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)
    with link:
        link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        start, octets = time.monotonic(), 0
        link.send(struct.pack("=IHHII", 28, RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, 1, 0)
                  + struct.pack("=BBBBBBBBI", socket.AF_INET, 0, 0, 0, 0, 0, 0, 0, 0))
        while True:
            data = link.recv(1 << 16)
            octets += len(data)
            if struct.unpack_from("=H", data, 4)[0] == NLMSG_DONE:
                return time.monotonic() - start, octets


def imported(speaker):
    """Kernel routes that the daemon has in its table; 0 as long as it does not answer. Over its
    socket: a process for each question would take what the daemon could use."""
    ours = isinstance(speaker, Pipit)
    with socket.socket(socket.AF_UNIX) as client:
        if client.connect_ex(str(speaker.socket if ours else speaker.folder / "bird.ctl")) != 0:
            return 0
        answer = client.makefile()
        if ours:
            client.sendall(b'{"command":"status"}\n')
            return json.loads(answer.readline())["kernel"]["imported"]
        answer.readline()  # who it is
        client.sendall(b"show route count\n")
        match = re.search(r"(\d+) of \d+ routes", answer.readline())
        return int(match.group(1)) if match else 0


def import_run(daemon, count, timeout):
    """Starts a daemon where `count` routes are: seconds and CPU seconds until it has them all."""
    bench = Bench()
    try:
        bench.dut.ip("link", "add", "cali0", "type", "veth", "peer", "name", "workload")
        for end in ("cali0", "workload"):
            bench.dut.ip("link", "set", end, "up")
        batch = bench.folder / "routes"
        batch.write_text("".join(
            f"route add 10.{64 + (i >> 16)}.{i >> 8 & 255}.{i & 255}/32 dev cali0 "
            f"proto {AGENT}\n" for i in range(count)))
        bench.dut.ip("-batch", batch)
        bare, _ = dump(bench.dut)
        speaker = daemon(bench, bench.dut, ASN)
        speaker.quiet = True
        if isinstance(speaker, Pipit):
            speaker.settings["kernel"] = {"import": [{"protocol": [AGENT]}]}
        else:
            speaker.kernel_channel = f"import where krt_source = {AGENT}; export none;"
        try:
            speaker.neighbors = [Neighbor(address(0), ASN, passive=True)]
            start = time.monotonic()
            speaker.launch()  # start() would look whether it is up every 50 ms only
            until(lambda: imported(speaker) >= count, timeout, 0.002)
            took, used = time.monotonic() - start, cpu_seconds(speaker)
            found = imported(speaker)
        finally:
            speaker.stop()
        bench.dut.ip("route", "flush", "table", "main", "proto", AGENT, check=False)
        return {"phases": {"import": {"seconds": took, "cpu_seconds": used},
                           "bare dump": {"seconds": bare, "cpu_seconds": 0}},
                "unknown": abs(found - count)}
    except AssertionError as error:
        return {"error": str(error)}
    finally:
        bench.close()


def workload(count):
    """Words for the load generator: one sender, of the recorded table when `count` is 0."""
    size = ["--prefixes", count] if count else ["--data", RECORDING]
    return [LOAD, "--dut", DUT, "--asn", ASN, "--senders", 1, "--receivers", 0, *size]


def prefixes(count):
    done = subprocess.run([*map(str, workload(count)), "--list"], capture_output=True, text=True,
                          check=True)
    return set(done.stdout.split())


def kernel_prefixes(machine):
    """What the daemon or `ip` wrote: routes with metric 32."""
    found = set()
    for line in machine.ip("-4", "route", "show", "table", "main").splitlines():
        if " metric 32" in line:
            prefix = line.split(" ", 1)[0].replace("default", "0.0.0.0/0")
            found.add(prefix if "/" in prefix else prefix + "/32")
    return found


def batch_run(wanted):
    """What `ip -batch` takes for the same routes."""
    bench = Bench()
    try:
        batch = bench.folder / "routes"
        batch.write_text("".join(f"route add {p} via {GATEWAY} proto bgp metric 32\n"
                                 for p in wanted))
        before, start = os.times(), time.monotonic()
        bench.dut.ip("-batch", batch)
        took, after = time.monotonic() - start, os.times()
        wrong = len(kernel_prefixes(bench.dut) ^ wanted)
        bench.dut.ip("route", "flush", "table", "main", "proto", "bgp", check=False)
        used = (after.children_user + after.children_system
                - before.children_user - before.children_system)
        return {"phases": {"export": {"seconds": took, "cpu_seconds": used}}, "unknown": wrong}
    finally:
        bench.close()


def export_run(daemon, count, wanted, timeout):
    """A feed comes in: seconds and CPU seconds until all of it is in the kernel."""
    bench = Bench()
    bench.dut.ip("route", "add", "default", "via", GATEWAY)
    speaker = daemon(bench, bench.dut, ASN)
    speaker.quiet = True
    if isinstance(speaker, Pipit):
        speaker.settings["kernel"] = {"export": {}}
    else:
        speaker.kernel_channel = "import none; export where source = RTS_BGP;"
    load = None
    try:
        speaker.start(Neighbor(address(0), ASN, passive=True,
                               options=for_recorded_routes(daemon)))
        pid = speaker.processes[0].members()[0]
        load = subprocess.Popen(
            bench.load.command(*workload(count), "--steps", "wait,initial,wait", "--timeout",
                               timeout), stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, text=True)
        if "waiting" not in load.stderr.readline():
            return {"error": "the session did not come up"}
        there = routes_in(pid)
        used, start = cpu_seconds(speaker), time.monotonic()
        load.stdin.write("go\n")
        load.stdin.flush()
        until(lambda: routes_in(pid) - there >= len(wanted), timeout, 0.1)
        took, used = time.monotonic() - start, cpu_seconds(speaker) - used
        until(lambda: load.poll() is not None or kernel_prefixes(bench.dut) == wanted, 20, 0.5)
        wrong = len(kernel_prefixes(bench.dut) ^ wanted)
        return {"phases": {"export": {"seconds": took, "cpu_seconds": used}}, "unknown": wrong}
    except AssertionError as error:
        return {"error": f"{error}: {routes_in(pid) - there} of {len(wanted)} routes"}
    finally:
        if load:
            load.kill()
            load.wait()
        speaker.kill()
        for protocol in (71, "bird"):
            bench.dut.ip("route", "flush", "table", "main", "proto", str(protocol), check=False)
        bench.close()
        shutil.rmtree(speaker.folder, ignore_errors=True)


def run(imports, exports, rounds, timeout):
    """Both halves, daemons in turn: {"import": {daemon: runs}, "export": {daemon: runs}}.
    `exports`: 0 is the recorded table."""
    daemons = {"pipit": Pipit}
    if KernelBird.installed():
        daemons["bird"] = KernelBird
    wanted = prefixes(exports)
    results = {"import": {k: [] for k in daemons},
               "export": {k: [] for k in (*daemons, "ip -batch")}}
    for _ in range(rounds):
        for kind, daemon in daemons.items():
            results["import"][kind].append(import_run(daemon, imports, timeout))
            results["export"][kind].append(export_run(daemon, exports, wanted, timeout))
        results["export"]["ip -batch"].append(batch_run(wanted))
    return results
