"""ExaBGP of Debian 12: announces anything, and tells every message as JSON."""

import json
import os
import sys

from lab.route import Route, as_path, communities, extended
from lab.speaker import Speaker
from lab.waiting import wait_for

RELAY = '''
import sys, threading
def commands():
    while True:
        with open({fifo!r}) as lines:
            for line in lines:
                sys.stdout.write(line)
                sys.stdout.flush()
threading.Thread(target=commands, daemon=True).start()
with open({events!r}, "a", buffering=1) as out:
    for line in sys.stdin:
        out.write(line)
'''


class ExaBgp(Speaker):
    kind = "exabgp"
    program = "exabgp"
    says = frozenset({"origin", "as_path", "med", "communities", "large_communities",
                      "extended_communities", "aggregator", "atomic_aggregate", "unknown"})
    shows = frozenset({"unknown"})

    def launch(self):
        self.fifo, self.events = self.folder / "commands", self.folder / "events.jsonl"
        if not self.fifo.exists():
            os.mkfifo(self.fifo)
        self.events.touch()
        relay = self.folder / "relay.py"
        relay.write_text(RELAY.format(fifo=str(self.fifo), events=str(self.events)))
        file = self.folder / "exabgp.conf"
        file.write_text(self.configuration(relay))
        self.spawn("exabgp", file, environment={
            "exabgp.daemon.user": "root", "exabgp.api.cli": "false", "exabgp.api.ack": "false",
            "exabgp.tcp.bind": "", "exabgp.log.packets": "false", "exabgp.log.level": "INFO"})

    def ready(self):
        return "loaded new configuration" in self.log() or "peer setup" in self.log()

    def configuration(self, relay):
        blocks = [f"process api {{ run {sys.executable} {relay}; encoder json; }}"]
        for n in self.neighbors:
            own = self.machine.v6 if n.v6 else self.machine.v4
            families = " ".join(f"{f} unicast;" for f in n.families)
            security = f'md5-password "{n.password}"; ' if n.password else ""
            if n.ttl_security:
                security += "incoming-ttl 255; outgoing-ttl 255; "
            blocks.append(f"""neighbor {n.address} {{
  router-id {self.router_id}; local-address {own}; local-as {self.asn}; peer-as {n.asn};
  hold-time {n.hold}; {security}
  family {{ {families} }}
  capability {{ asn4 enable; route-refresh enable; }}
  api {{ processes [ api ]; neighbor-changes; send {{ parsed; notification; }}
         receive {{ parsed; update; open; notification; refresh; }} }}
}}""")
        return "\n".join(blocks) + "\n"

    def command(self, line):
        """Hands a line over. The relay opens the pipe anew after each writer: one that comes in
        between writes to nobody, and tries again."""
        def written():
            try:
                with self.fifo.open("w") as fifo:
                    fifo.write(line + "\n")
            except BrokenPipeError:
                return False
            return True

        wait_for(written, 10, lambda: f"{line!r} reaches ExaBGP")

    # -- questions
    def happened(self, kind=None):
        """The events of a kind, as ExaBGP's JSON."""
        found = []
        for line in self.events.read_text().splitlines():
            try:
                event = json.loads(line)
            except json.JSONDecodeError:
                continue
            if kind is None or event.get("type") == kind:
                found.append(event)
        return found

    def state(self, address):
        state = "Idle"
        for event in self.happened("state"):
            neighbor = event["neighbor"]
            if neighbor["address"]["peer"] == address:
                state = {"up": "Established", "connected": "OpenSent"}.get(
                    neighbor["state"], "Idle")
        return state

    def updates(self):
        for event in self.happened():
            neighbor = event.get("neighbor", {})
            if event.get("type") == "state" and neighbor.get("state") == "down":
                yield neighbor["address"]["peer"], None
            message = neighbor.get("message", {})
            if event.get("type") == "update" and neighbor.get("direction") == "receive":
                yield neighbor["address"]["peer"], message

    def got_end_of_rib(self, address, family="ipv4"):
        return any(peer == address and message and message.get("eor", {}).get("afi") == family
                   for peer, message in self.updates())

    def routes(self, family="ipv4"):
        found = {}
        for peer, message in self.updates():
            if message is None:
                found = {k: v for k, v in found.items() if k[0] != peer}
                continue
            update = message.get("update", {})
            for withdrawn in update.get("withdraw", {}).get(f"{family} unicast", []):
                found.pop((peer, withdrawn["nlri"]), None)
            for hop, prefixes in update.get("announce", {}).get(f"{family} unicast", {}).items():
                if hop.startswith("fe80:"):
                    continue  # told once more for the link-local next hop (RFC 2545)
                for entry in prefixes:
                    found[peer, entry["nlri"]] = _route(entry["nlri"], hop, update["attribute"])
        return {prefix: route for (_, prefix), route in found.items()}

    # -- actions
    def announce(self, *routes):
        for route in routes:
            self.announced[route.prefix] = route
            external = all(n.asn != self.asn for n in self.neighbors)
            if route.as_path and external:  # it prepends itself only to an empty path
                route = route.but(as_path=f"{self.asn} {route.as_path}")
            self.command(f"announce route {route.prefix} " + " ".join(_words(route)))

    def withdraw(self, *prefixes):
        for prefix in prefixes:
            route = self.announced.pop(prefix)
            self.command(f"withdraw route {prefix} next-hop {route.next_hop or 'self'}")

    def refresh(self, address):
        for family in next(n for n in self.neighbors if n.address == address).families:
            self.command(f"neighbor {address} announce route-refresh {family} unicast")

    def shut(self, address, message=""):
        self.command(f'neighbor {address} teardown 2')

    def reset(self, address):
        self.command(f"neighbor {address} teardown 4")


def _words(route):
    words = ["next-hop", route.next_hop or "self", "origin", route.origin]
    if route.as_path:
        path = route.as_path.replace("{", "( ").replace("}", " )").replace(",", " ")
        words += ["as-path", f"[ {path} ]"]
    for name, value in (("med", route.med), ("local-preference", route.local_preference),
                        ("originator-id", route.originator_id)):
        if value is not None:
            words += [name, str(value)]
    if route.cluster_list:
        words += ["cluster-list", f"[ {' '.join(route.cluster_list)} ]"]
    if route.communities:
        words += ["community", f"[ {' '.join(route.communities)} ]"]
    if route.large_communities:
        words += ["large-community", f"[ {' '.join(route.large_communities)} ]"]
    if route.extended_communities:
        values = [v.replace("rt:", "target:").replace("soo:", "origin:")
                  for v in route.extended_communities]
        words += ["extended-community", f"[ {' '.join(values)} ]"]
    if route.atomic_aggregate:
        words.append("atomic-aggregate")
    if route.aggregator:
        words += ["aggregator", "( {}:{} )".format(*route.aggregator.split())]
    for code, value in route.unknown.items():
        words += ["attribute", f"[ 0x{code:02x} 0xc0 0x{value} ]"]
    return words


def _route(prefix, hop, a):
    segments = []
    path = a.get("as-path", [])
    parts = path.values() if isinstance(path, dict) else [{"element": "as-sequence", "value": path}]
    for part in parts:
        numbers = [str(n) for n in part["value"]]
        segments.append("{" + ",".join(numbers) + "}" if part["element"] == "as-set"
                        else " ".join(numbers))
    unknown = {}
    for key, value in a.items():
        if key.startswith("attribute-0x"):
            unknown[int(key.split("-")[1], 16)] = value.removeprefix("0x").lower()
    return Route(
        prefix, next_hop=hop, origin=a.get("origin"), as_path=as_path(" ".join(segments)),
        med=a.get("med"), local_preference=a.get("local-preference"),
        communities=communities(":".join(map(str, c)) for c in a.get("community", [])),
        large_communities=tuple(sorted(":".join(map(str, c))
                                       for c in a.get("large-community", []))),
        extended_communities=tuple(sorted(extended(c["string"])
                                          for c in a.get("extended-community", []))),
        aggregator=a["aggregator"].replace(":", " ") if "aggregator" in a else None,
        atomic_aggregate=bool(a.get("atomic-aggregate")), originator_id=a.get("originator-id"),
        cluster_list=tuple(a.get("cluster-list", ())), unknown=unknown)
