"""FRR's bgpd (Debian 12: 8.4.4), which keeps its hands off the kernel's routes unless told."""

import json
import shutil
import socket

from lab.network import shell
from lab.route import Route, as_path, communities, extended
from lab.speaker import Speaker
from lab.waiting import wait_for

DIRECTORY = "/usr/lib/frr"


class Frr(Speaker):
    kind = "frr"
    program = DIRECTORY + "/bgpd"
    writes_kernel = False  # best routes, by zebra
    says = frozenset({"origin", "as_path", "med", "communities", "large_communities",
                      "extended_communities", "aggregator", "atomic_aggregate"})

    def launch(self):
        self.run = self.folder / "run"
        self.run.mkdir(exist_ok=True)
        for path in (self.folder, self.run):
            shutil.chown(path, "frr", "frr")
        (self.folder / "zebra.conf").write_text(f"hostname {self.machine.label}\n")
        (self.folder / "bgpd.conf").write_text(self.configuration())
        for daemon in ("zebra", "bgpd"):
            shutil.chown(self.folder / f"{daemon}.conf", "frr", "frr")
        shared = ["--vty_socket", self.run, "-z", self.run / "zserv.api", "-A", "127.0.0.1"]
        self.spawn(self.beside("zebra"), "-f", self.folder / "zebra.conf",
                   "-i", self.run / "zebra.pid", *shared, name="zebra")
        # A bgpd that finds no zebra asks again after 10 s only, and until then knows no interface:
        # it refuses IPv6 next hops with a link-local address.
        wait_for(self._zebra_answers, 20, "zebra takes clients")
        self.spawn(self.program, *([] if self.writes_kernel else ["-n"]),
                   "-f", self.folder / "bgpd.conf", "-i", self.run / "bgpd.pid", *shared)

    def _zebra_answers(self):
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.run / "zserv.api")) == 0

    def vtysh(self, *commands, check=True):
        words = [w for c in commands for w in ("-c", c)]
        return shell("vtysh", "--vty_socket", self.run, "-d", "bgpd", *words, check=check)

    def ready(self):
        return '"as"' in self.vtysh("show bgp summary json", check=False) or (
            "{" in self.vtysh("show bgp summary json", check=False))

    # -- configuration
    def configuration(self):
        lines = [f"hostname {self.machine.label}",
                 f"log file {self.folder}/bgpd.log debugging"]
        if not self.quiet:
            lines += ["debug bgp neighbor-events", "debug bgp updates in"]
        lines += self._route_maps()
        lines += [f"router bgp {self.asn}", f" bgp router-id {self.router_id}",
                  " no bgp ebgp-requires-policy", " no bgp default ipv4-unicast",
                  " no bgp network import-check", " timers bgp 30 90"]
        if not self.quiet:
            lines.append(" coalesce-time 0")
        for n in self.neighbors:
            lines += self._neighbor(n)
        for family in ("ipv4", "ipv6"):
            lines.append(f" address-family {family} unicast")
            lines += [f"  network {p} route-map {self.map_name(p)}"
                      for p, r in self.announced.items() if r.family == family]
            for n in self.neighbors:
                if family in n.families:
                    lines += self._activation(n)
            lines.append(" exit-address-family")
        return "\n".join(lines) + "\n"

    def _neighbor(self, n):
        lines = [f"neighbor {n.address} remote-as {n.asn}",
                 f"neighbor {n.address} timers {n.keepalive} {n.hold}",
                 f"neighbor {n.address} timers connect 2",
                 f"neighbor {n.address} advertisement-interval 0"]
        if n.interface:
            lines.append(f"neighbor {n.address} interface {n.interface}")
        if n.password:
            lines.append(f"neighbor {n.address} password {n.password}")
        if n.ttl_security:
            lines.append(f"neighbor {n.address} ttl-security hops 1")
        if n.passive:
            lines.append(f"neighbor {n.address} passive")
        return [" " + line for line in lines]

    def _activation(self, n):
        lines = [f"neighbor {n.address} activate",
                 f"neighbor {n.address} soft-reconfiguration inbound"]
        if n.reflector_client:
            lines.append(f"neighbor {n.address} route-reflector-client")
        if n.next_hop_self:
            lines.append(f"neighbor {n.address} next-hop-self")
        return ["  " + line for line in lines]

    def map_name(self, prefix):
        return "m" + "".join(c if c.isalnum() else "_" for c in prefix)

    def _route_maps(self):
        return [line for p, r in self.announced.items() for line in self._route_map(p, r)]

    def _route_map(self, prefix, route):
        lines = [f"route-map {self.map_name(prefix)} permit 10", f" set origin {route.origin}"]
        if route.as_path:
            lines.append(f" set as-path prepend {route.as_path}")
        if route.med is not None:
            lines.append(f" set metric {route.med}")
        if route.local_preference is not None:
            lines.append(f" set local-preference {route.local_preference}")
        if route.communities:
            lines.append(" set community " + " ".join(route.communities))
        if route.large_communities:
            lines.append(" set large-community " + " ".join(route.large_communities))
        for value in route.extended_communities:
            kind, rest = value.split(":", 1)
            lines.append(f" set extcommunity {kind} {rest}")
        if route.atomic_aggregate:
            lines.append(" set atomic-aggregate")
        if route.aggregator:
            asn, address = route.aggregator.split()
            lines.append(f" set aggregator as {asn} {address}")
        return [*lines, "exit"]

    # -- questions
    def state(self, address):
        answer = json.loads(self.vtysh(f"show bgp neighbors {address} json", check=False) or "{}")
        return answer.get(address, {}).get("bgpState", "Down")

    def details(self, address):
        return json.loads(self.vtysh(f"show bgp neighbors {address} json"))[address]

    def got_end_of_rib(self, address):
        return "rcvd End-of-RIB" in self.log()

    def count(self, family="ipv4"):
        answer = json.loads(self.vtysh(f"show bgp {family} unicast summary json"))
        return answer.get("ribCount", 0)

    def routes(self, family="ipv4"):
        text = self.vtysh(f"show bgp {family} unicast json", check=False)
        try:
            prefixes = list(json.loads(text)["routes"])
        except (json.JSONDecodeError, KeyError):
            return {}
        found = {}
        for first in range(0, len(prefixes), 200):
            part = prefixes[first:first + 200]
            answers = self.vtysh(*(f"show bgp {family} unicast {p} json" for p in part))
            for answer in _objects(answers):
                best = _best(answer.get("paths", []))
                if best is not None:
                    found[answer["prefix"]] = _route(answer["prefix"], best)
        return found

    # -- actions
    def announce(self, *routes):
        self.announced.update({r.prefix: r for r in routes})
        if not self.processes:
            return
        for route in routes:
            self.configure(*self._route_map(route.prefix, route), f"router bgp {self.asn}",
                           f"address-family {route.family} unicast",
                           f"network {route.prefix} route-map {self.map_name(route.prefix)}")

    def withdraw(self, *prefixes):
        for prefix in prefixes:
            route = self.announced.pop(prefix)
            self.configure(f"router bgp {self.asn}", f"address-family {route.family} unicast",
                           f"no network {prefix}")

    def configure(self, *lines):
        self.vtysh("configure terminal", *lines)

    def shut(self, address, message=""):
        self.configure(f"router bgp {self.asn}", f"neighbor {address} shutdown message {message}")

    def unshut(self, address):
        self.configure(f"router bgp {self.asn}", f"no neighbor {address} shutdown")

    def reset(self, address):
        self.vtysh(f"clear bgp {address}")

    def refresh(self, address):
        for family in next(n for n in self.neighbors if n.address == address).families:
            self.vtysh(f"clear bgp {family} unicast {address} in")


def _objects(text):
    """JSON objects that follow one another."""
    decoder, at = json.JSONDecoder(), 0
    while (at := text.find("{", at)) >= 0:
        value, at = decoder.raw_decode(text, at)
        yield value


def _best(paths):
    for path in paths:
        learned = path.get("peer", {}).get("peerId", "::") not in ("::", "0.0.0.0")
        if learned and path.get("bestpath", {}).get("overall"):
            return path
    return None


def _route(prefix, p):
    hops = [h for h in p.get("nexthops", []) if h.get("scope", "global") == "global"]
    segments = []
    for segment in p.get("aspath", {}).get("segments", []):
        numbers = [str(n) for n in segment["list"]]
        is_set = segment["type"] == "as-set"
        segments.append("{" + ",".join(numbers) + "}" if is_set else " ".join(numbers))
    aggregator = None
    if "aggregatorAs" in p:
        aggregator = f"{p['aggregatorAs']} {p['aggregatorId']}"
    return Route(
        prefix, next_hop=hops[0]["ip"] if hops else None,
        origin=p.get("origin", "").lower(), as_path=as_path(" ".join(segments)),
        med=p.get("med", p.get("metric")), local_preference=p.get("locPrf", p.get("localpref")),
        communities=communities(p.get("community", {}).get("string", "").split()),
        large_communities=tuple(sorted(p.get("largeCommunity", {}).get("string", "").split())),
        extended_communities=tuple(sorted(
            extended(w) for w in p.get("extendedCommunity", {}).get("string", "").split())),
        aggregator=aggregator, atomic_aggregate=p.get("atomicAggregate", False),
        originator_id=p.get("originatorId"),
        cluster_list=tuple(p.get("clusterList", {}).get("list", ())))
