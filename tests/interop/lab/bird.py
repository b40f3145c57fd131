"""BIRD 2 of Debian 12."""

import re

from lab.network import shell
from lab.route import Route, as_path, communities, extended
from lab.speaker import Speaker

STATES = {"Established": "Established", "Active": "Active", "Idle": "Idle", "Connect": "Connect",
          "OpenSent": "OpenSent", "OpenConfirm": "OpenConfirm"}


class Bird(Speaker):
    kind = "bird"
    program = "bird"
    says = frozenset({"origin", "as_path", "communities", "large_communities",
                      "extended_communities"})
    shows = frozenset({"unknown"})

    def launch(self):
        self._write()
        self.spawn(self.program, "-f", "-c", self.folder / "bird.conf",
                   "-s", self.folder / "bird.ctl", "-P", self.folder / "bird.pid")

    def _write(self):
        (self.folder / "bird.conf").write_text(self.configuration())

    def birdc(self, *words, check=True):
        return shell(self.beside("birdc"), "-s", self.folder / "bird.ctl", *words, check=check)

    def ready(self):
        return "Daemon is up" in self.birdc("show", "status", check=False)

    # -- configuration
    def configuration(self):
        parts = [f'log "{self.folder}/bird.log" all;',
                 "" if self.quiet else "debug protocols { states, events, packets };",
                 f"router id {self.router_id};", "protocol device { scan time 1; }",
                 "protocol direct { ipv4; ipv6; interface \"lo\"; disabled; }",
                 self._statics("ipv4"), self._statics("ipv6")]
        return "\n".join(parts + [self._protocol(n) for n in self.neighbors]) + "\n"

    def _statics(self, family):
        lines = [f"  route {p} blackhole {{ {self._attributes(r)} }};"
                 for p, r in self.announced.items() if r.family == family]
        return f"protocol static s{family[-1]} {{ {family};\n" + "\n".join(lines) + "\n}"

    def _attributes(self, route):
        words = [f"bgp_origin = ORIGIN_{route.origin.upper()};"]
        path = route.as_path.split()
        if path:
            words.append("bgp_path = +empty+;")
            words += [f"bgp_path.prepend({asn});" for asn in reversed(path)]
        if route.med is not None:
            words.append(f"bgp_med = {route.med};")
        if route.local_preference is not None:
            words.append(f"bgp_local_pref = {route.local_preference};")
        for kind, values in (("bgp_community", route.communities),
                             ("bgp_large_community", route.large_communities),
                             ("bgp_ext_community", route.extended_communities)):
            if values:
                words.append(f"{kind} = -empty-{kind[4:]}-;".replace("-empty-community-", "-empty-")
                             .replace("-empty-large_community-", "---empty---")
                             .replace("-empty-ext_community-", "--empty--"))
            words += [f"{kind}.add(({v.replace('soo', 'ro').replace(':', ',')}));" for v in values]
        return " ".join(words)

    def protocol_name(self, address):
        return "n_" + re.sub(r"[^0-9a-f]", "_", address.lower())

    def _protocol(self, n):
        local = self.local_for(n)
        scope = f"%'{n.interface}'" if n.interface else ""
        words = [f"local {local} as {self.asn};", f"neighbor {n.address}{scope} as {n.asn};",
                 f"hold time {n.hold}; keepalive time {n.keepalive}; connect retry time 2;",
                 "connect delay time 1; error wait time 1,1; enable extended messages on;",
                 "direct;"]
        if n.password:
            words.append(f'password "{n.password}";')
        if n.ttl_security:
            words.append("ttl security on;")
        if n.passive:
            words.append("passive on;")
        if n.route_server_client:
            words.append("rs client;")
        if n.reflector_client:
            words.append(f"rr client; rr cluster id {self.router_id};")
        hop = "next hop self on;" if n.next_hop_self else ""
        for family in n.families:
            words.append(f"{family} {{ import all; export where source ~ [RTS_STATIC, RTS_BGP];"
                         f" {hop} {n.options.get('channel', '')} }};")
        return f"protocol bgp {self.protocol_name(n.address)} {{\n  " + "\n  ".join(words) + "\n}"

    def local_for(self, n):
        if n.interface:
            return self.machine.link_local
        return self.machine.v6 if n.v6 else self.machine.v4

    # -- questions
    def state(self, address):
        text = self.birdc("show", "protocols", "all", self.protocol_name(address), check=False)
        match = re.search(r"BGP state:\s+(\w+)", text)
        return STATES.get(match.group(1), match.group(1)) if match else "Down"

    def details(self, address):
        return self.birdc("show", "protocols", "all", self.protocol_name(address))

    def got_end_of_rib(self, address):
        """BIRD does not show it without graceful restart: its log of events does."""
        return "Got END-OF-RIB" in self.log()

    def count(self, family="ipv4"):
        table = "master" + family[-1]
        text = self.birdc("show", "route", "table", table, "where", "source", "=", "RTS_BGP",
                          "count")
        match = re.search(r"(\d+) of \d+ routes for (\d+) networks", text)
        return int(match.group(1)) if match else 0

    def routes(self, family="ipv4"):
        text = self.birdc("show", "route", "primary", "table", "master" + family[-1], "where",
                          "source = RTS_BGP", "all", check=False)
        return parse_routes(text)

    # -- actions
    def announce(self, *routes):
        self.announced.update({r.prefix: r for r in routes})
        self._reconfigure()

    def withdraw(self, *prefixes):
        for prefix in prefixes:
            self.announced.pop(prefix)
        self._reconfigure()

    def _reconfigure(self):
        if self.processes:
            self._write()
            answer = self.birdc("configure")
            assert "Reconfigur" in answer, answer

    def shut(self, address, message=""):
        self.birdc("disable", self.protocol_name(address), f'"{message}"')

    def unshut(self, address):
        self.birdc("enable", self.protocol_name(address))

    def reset(self, address):
        self.birdc("restart", self.protocol_name(address))

    def refresh(self, address):
        self.birdc("reload", "in", self.protocol_name(address))


def parse_routes(text):
    """`show route all` as {prefix: Route}."""
    found, prefix, values = {}, None, {}

    def finish():
        if prefix is not None:
            found[prefix] = _route(prefix, values)

    for line in text.splitlines():
        head = re.match(r"([0-9a-f.:]+/\d+)\s", line)
        if head:
            finish()
            prefix, values = head.group(1), {}
            continue
        attribute = re.match(r"\s+BGP\.([\w ]+?)(?: \[.\])?: ?(.*)", line)
        if attribute:
            values[attribute.group(1)] = attribute.group(2).strip()
    finish()
    return found


def _route(prefix, v):
    unknown = {int(k, 16): x.replace(" ", "") for k, x in v.items() if re.match(r"[0-9a-f]{2}$", k)}
    path = re.sub(r"\{([^}]*)\}", lambda m: "{" + ",".join(m.group(1).split()) + "}",
                  v.get("as_path", ""))
    if re.search(r"AS", v.get("aggregator", "")):
        address, asn = re.match(r"(\S+) AS(\d+)", v["aggregator"]).groups()
        aggregator = f"{asn} {address}"
    else:
        aggregator = None
    groups = {k: re.findall(r"\(([^)]*)\)", v.get(k, "")) for k in
              ("community", "large_community", "ext_community")}
    return Route(
        prefix, next_hop=v.get("next_hop", "").split(" ")[0] or None,
        origin=v.get("origin", "").lower(), as_path=as_path(path),
        med=int(v["med"]) if "med" in v else None,
        local_preference=int(v["local_pref"]) if "local_pref" in v else None,
        communities=communities(w.replace(",", ":") for w in groups["community"]),
        large_communities=tuple(sorted(w.replace(", ", ":") for w in groups["large_community"])),
        extended_communities=tuple(sorted(extended(w) for w in groups["ext_community"])),
        aggregator=aggregator, atomic_aggregate="atomic_aggr" in v,
        originator_id=v.get("originator_id"),
        cluster_list=tuple(v.get("cluster_list", "").split()), unknown=unknown)
