"""GoBGP of Debian 12."""

import json
import re

from lab.route import Route, as_path, communities, extended
from lab.speaker import Speaker

ORIGINS = ("igp", "egp", "incomplete")
STATES = ("Unknown", "Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established")


class GoBgp(Speaker):
    kind = "gobgp"
    program = "gobgpd"
    says = frozenset({"origin", "as_path", "med", "communities", "large_communities",
                      "extended_communities", "aggregator"})

    def launch(self):
        file = self.folder / "gobgpd.toml"
        file.write_text(self.configuration())
        self.spawn(self.program, "-f", file, "--api-hosts", "127.0.0.1:50051", "-p",
                   "-l", "error" if self.quiet else "debug")

    def gobgp(self, *words, check=True):
        return self.machine.run(self.beside("gobgp"), *words, check=check)

    def ready(self):
        return self.gobgp("-j", "global", check=False).startswith("{")

    # -- configuration
    def configuration(self):
        lines = ["[global.config]", f"as = {self.asn}", f'router-id = "{self.router_id}"',
                 'local-address-list = ["0.0.0.0", "::"]']
        for n in self.neighbors:
            address = n.address + (f"%{n.interface}" if n.interface else "")
            lines += ["[[neighbors]]", "[neighbors.config]", f'neighbor-address = "{address}"',
                      f"peer-as = {n.asn}"]
            if n.password:
                lines.append(f'auth-password = "{n.password}"')
            lines += ["[neighbors.timers.config]", "connect-retry = 1", f"hold-time = {n.hold}",
                      f"keepalive-interval = {n.keepalive}", "idle-hold-time-after-reset = 1"]
            lines += ["[neighbors.transport.config]",
                      f"passive-mode = {'true' if n.passive else 'false'}"]
            if n.ttl_security:
                lines += ["[neighbors.ttl-security.config]", "enabled = true", "ttl-min = 255"]
            if n.reflector_client:
                lines += ["[neighbors.route-reflector.config]", "route-reflector-client = true",
                          f'route-reflector-cluster-id = "{self.router_id}"']
            for family in n.families:
                lines += ["[[neighbors.afi-safis]]", "[neighbors.afi-safis.config]",
                          f'afi-safi-name = "{family}-unicast"']
        return "\n".join(lines) + "\n"

    # -- questions
    def details(self, address):
        for peer in json.loads(self.gobgp("-j", "neighbor", check=False) or "[]"):
            if peer["state"].get("neighbor_address", "").split("%")[0] == address:
                return peer
        return {}

    def state(self, address):
        number = self.details(address).get("state", {}).get("session_state", 0)
        return STATES[number] if isinstance(number, int) else str(number)

    def got_end_of_rib(self, address):
        return "EOR" in self.log()

    def routes(self, family="ipv4"):
        text = self.gobgp("-j", "global", "rib", "-a", family, check=False)
        try:
            tables = json.loads(text or "{}")
        except json.JSONDecodeError:
            return {}
        found = {}
        for prefix, paths in tables.items():
            learned = [p for p in paths if p.get("neighbor-ip", "<nil>") not in
                       ("<nil>", "invalid IP", "::", "0.0.0.0")]
            if learned:
                found[prefix] = _route(prefix, next((p for p in learned if p.get("best")),
                                                    learned[0]))
        return found

    def count(self, family="ipv4"):
        text = self.gobgp("global", "rib", "summary", "-a", family)
        return int(re.search(r"Destination: (\d+)", text).group(1))

    # -- actions
    def announce(self, *routes):
        for route in routes:
            self.announced[route.prefix] = route
            own = self.machine.v6 if route.family == "ipv6" else self.machine.v4
            words = ["origin", route.origin, "nexthop", route.next_hop or own]
            for name, value in (("aspath", route.as_path), ("med", route.med),
                                ("local-pref", route.local_preference)):
                if value not in (None, ""):
                    words += [name, value]
            if route.communities:
                words += ["community", ",".join(route.communities)]
            if route.large_communities:
                words += ["large-community", ",".join(route.large_communities)]
            for value in route.extended_communities:
                kind, rest = value.split(":", 1)
                words += [kind, rest]
            if route.aggregator:
                words += ["aggregator", route.aggregator.replace(" ", ":")]
            self.gobgp("global", "rib", "-a", route.family, "add", route.prefix, *words)

    def withdraw(self, *prefixes):
        for prefix in prefixes:
            route = self.announced.pop(prefix)
            self.gobgp("global", "rib", "-a", route.family, "del", prefix)

    def shut(self, address, message=""):
        self.gobgp("neighbor", address, "shutdown", "--reason", message)

    def unshut(self, address):
        self.gobgp("neighbor", address, "enable")

    def reset(self, address):
        self.gobgp("neighbor", address, "reset")

    def refresh(self, address):
        self.gobgp("neighbor", address, "softresetin")


def _extended(value):
    if value.get("type") == 0 and value.get("subtype") in (2, 3):
        return f"{'rt' if value['subtype'] == 2 else 'soo'}:{value['value']}"
    return extended(str(value.get("value", value)))


def _route(prefix, path):
    a = {x["type"]: x for x in path.get("attrs", [])}
    segments = []
    for segment in a.get(2, {}).get("as_paths", []):
        numbers = [str(n) for n in segment["asns"]]
        segments.append("{" + ",".join(numbers) + "}" if segment["segment_type"] == 1
                        else " ".join(numbers))
    aggregator = a.get(7)
    return Route(
        prefix, next_hop=a.get(3, a.get(14, {})).get("nexthop"),
        origin=ORIGINS[a.get(1, {}).get("value", 2)], as_path=as_path(" ".join(segments)),
        med=a.get(4, {}).get("metric"), local_preference=a.get(5, {}).get("value"),
        communities=communities(f"{c >> 16}:{c & 0xffff}"
                                for c in a.get(8, {}).get("communities", [])),
        large_communities=tuple(sorted(
            f"{c['ASN']}:{c['LocalData1']}:{c['LocalData2']}"
            for c in a.get(32, {}).get("value", [])
        )),
        extended_communities=tuple(sorted(_extended(v) for v in a.get(16, {}).get("value", []))),
        aggregator=f"{aggregator['as']} {aggregator['address']}" if aggregator else None,
        atomic_aggregate=6 in a, originator_id=a.get(9, {}).get("value"),
        cluster_list=tuple(a.get(10, {}).get("value", ())))
