"""OpenBGPD of Debian 12 (7.7), the program that is called bgpd there."""

import json
import os

from lab.network import shell
from lab.route import Route, as_path, communities, extended
from lab.speaker import Speaker


class OpenBgpd(Speaker):
    kind = "openbgpd"
    program = "bgpd"
    says = frozenset({"med", "communities", "large_communities", "extended_communities"})

    def launch(self):
        os.makedirs("/run/openbgpd", exist_ok=True)  # its chroot
        file = self.folder / "bgpd.conf"
        file.write_text(self.configuration())
        file.chmod(0o600)
        self.spawn(self.program, "-d", "-v", "-f", file)

    def bgpctl(self, *words, check=True):
        return shell(self.beside("bgpctl"), "-s", self.folder / "bgpd.sock", *words, check=check)

    def ready(self):
        return "Neighbor" in self.bgpctl("show", check=False)

    # -- configuration
    def configuration(self):
        lines = [f"AS {self.asn}", f"router-id {self.router_id}", "fib-update no",
                 "" if self.quiet else "log updates",
                 f'socket "{self.folder}/bgpd.sock"', "nexthop qualify via default",
                 "connect-retry 2"]
        for n in self.neighbors:
            lines += self._neighbor(n)
        return "\n".join([*lines, "allow from any", "allow to any"]) + "\n"

    def _neighbor(self, n):
        scope = f"%{n.interface}" if n.interface else ""
        lines = [f"remote-as {n.asn}", f"holdtime {n.hold}",
                 f"local-address {self.machine.v6 if n.v6 else self.machine.v4}"
                 if not n.interface else "",
                 "enforce neighbor-as no"]
        for family in ("ipv4", "ipv6"):
            wanted = "unicast" if family in n.families else "none"
            lines.append(f"announce {family.replace('ip', 'IP')} {wanted}")
        if n.password:
            lines.append(f'tcp md5sig password "{n.password}"')
        if n.ttl_security:
            lines.append("ttl-security yes")
        if n.passive:
            lines.append("passive")
        if n.reflector_client:
            lines.append(f"route-reflector {self.router_id}")
        if n.next_hop_self:
            lines.append("set nexthop self")
        inner = "\n  ".join(line for line in lines if line)
        return [f"neighbor {n.address}{scope} {{\n  {inner}\n}}"]

    # -- questions
    def details(self, address):
        text = self.bgpctl("-j", "show", "neighbor", address, check=False)
        neighbors = json.loads(text or "{}").get("neighbors", [])
        return neighbors[0] if neighbors else {}

    def state(self, address):
        return self.details(address).get("state", "Down")

    def got_end_of_rib(self, address):
        return self.details(address)["stats"]["update"]["received"]["eor"] > 0

    def routes(self, family="ipv4"):
        name = {"ipv4": "inet", "ipv6": "inet6"}[family]
        text = self.bgpctl("-j", "show", "rib", "best", name, "detail", check=False)
        entries = json.loads(text or "{}").get("rib", [])
        return {e["prefix"]: _route(e) for e in entries if e.get("neighbor", {}).get(
            "remote_addr", "LOCAL") not in ("LOCAL", "0.0.0.0", "::") and not e.get("announced")}

    # -- actions
    def announce(self, *routes):
        for route in routes:
            self.announced[route.prefix] = route
            words = []
            for name, value in (("metric", route.med), ("localpref", route.local_preference)):
                if value is not None:
                    words += [name, value]
            for value in route.communities:
                words += ["community", value]
            for value in route.large_communities:
                words += ["large-community", value]
            for value in route.extended_communities:
                words += ["ext-community", *value.split(":", 1)]
            self.bgpctl("network", "add", route.prefix, *words)

    def withdraw(self, *prefixes):
        for prefix in prefixes:
            self.announced.pop(prefix)
            self.bgpctl("network", "delete", prefix)

    def shut(self, address, message=""):
        self.bgpctl("neighbor", address, "down", message)

    def unshut(self, address):
        self.bgpctl("neighbor", address, "up")

    def reset(self, address):
        self.bgpctl("neighbor", address, "clear")

    def hasten(self, address):
        self.bgpctl("neighbor", address, "clear")

    def refresh(self, address):
        self.bgpctl("neighbor", address, "refresh")


def _route(e):
    a = {}
    for attribute in e.get("attributes", []):
        a[attribute["type"].lower()] = attribute
    aggregator = a.get("aggregator")
    return Route(
        e["prefix"], next_hop=e.get("exit_nexthop"), origin=e["origin"].lower(),
        as_path=as_path(e.get("aspath", "").replace("{ ", "{").replace(" }", "}")),
        med=e.get("metric") or None, local_preference=e.get("localpref"),
        communities=communities(e.get("communities", [])),
        large_communities=tuple(sorted(e.get("large_communities", []))),
        extended_communities=tuple(sorted(extended(x) for x in e.get("extended_communities", []))),
        aggregator=f"{aggregator['AS']} {aggregator['router_id']}" if aggregator else None,
        atomic_aggregate="atomic aggregate" in a,
        originator_id=a.get("originator id", {}).get("originator"),
        cluster_list=tuple(a.get("cluster id list", {}).get("cluster_list", ())))
