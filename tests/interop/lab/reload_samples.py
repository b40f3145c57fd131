"""A change of each key of the file, and how many routes it may make pipit send to the neighbors `a`
and `b` of the tests of the reload table. None: a test of its own does that."""

OWN = ("10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16")
THEIRS = ("10.21.0.0/16", "10.22.0.0/16", "10.23.0.0/16", "10.24.0.0/16")

ACCEPT = [{"then": "accept"}]


def at(path, value):
    """A change of one place of the file; None takes it out."""
    def change(config):
        place = config
        for step in path[:-1]:
            place = place.setdefault(step, {}) if isinstance(place, dict) else place[step]
        if value is None:
            place.pop(path[-1], None)
        else:
            place[path[-1]] = value
    return change


def neighbor(key, value):
    return at(["neighbors", "a", *key.split(".")], value)


def together(*changes):
    def change(config):
        for one in changes:
            one(config)
    return change


def nothing(_):
    pass


def policy(before, after, side="export", sets=None):
    """Two versions of the policy of neighbor a on one side."""
    def with_rules(rules):
        return together(at(["policies", "p"], rules), neighbor(side, "p"),
                        at(["sets"], sets))
    return with_rules(before), with_rules(after)


class Sample:
    """`before` and `after`: of the file. `a`, `b`: routes that may be sent to each neighbor, not
    counting what a session that comes up gets."""

    def __init__(self, before, after, a=0, b=0):
        self.before, self.after, self.a, self.b = before, after, a, b


def kernel_policy(before, after):
    """Two versions of the policy of kernel.export."""
    def with_rules(hints):
        return together(at(["policies", "k"], [{"set": hints, "then": "accept"}]),
                        at(["kernel"], {"export": {"policy": "k"}}))
    return with_rules(before), with_rules(after)


MED_ON_ONE = [{"match": {"prefix": "10.1.0.0/16"}, "set": {"med": 10}, "then": "accept"}, *ACCEPT]

SAMPLES = {
    "router.asn": Sample(nothing, at(["router", "asn"], 65099)),
    "router.id": Sample(nothing, at(["router", "id"], "10.99.0.77")),
    "router.cluster-id": Sample(nothing, at(["router", "cluster-id"], "1.2.3.4")),
    "router.hostname": Sample(nothing, at(["router", "hostname"], "renamed")),
    "router.best-path.always-compare-med": Sample(
        nothing, at(["router", "best-path"], {"always-compare-med": True})),
    "router.best-path.deterministic-med": Sample(
        nothing, at(["router", "best-path"], {"deterministic-med": False})),
    "router.best-path.compare-router-id": Sample(
        nothing, at(["router", "best-path"], {"compare-router-id": False})),
    "router.best-path.ignore-as-path": Sample(
        nothing, at(["router", "best-path"], {"ignore-as-path": True})),
    "router.best-path.multipath-relax": Sample(
        nothing, at(["router", "best-path"], {"multipath-relax": True})),
    "router.multipath.ebgp": Sample(nothing, at(["router", "multipath"], {"ebgp": 4})),
    "router.multipath.ibgp": Sample(nothing, at(["router", "multipath"], {"ibgp": 4})),
    "router.next-hops.via-default": Sample(
        nothing, at(["router", "next-hops"], {"via-default": False})),
    "router.next-hops.unresolved": Sample(
        nothing, at(["router", "next-hops"], {"unresolved": "use"})),
    # What a sent goes from b, and nothing is sent to a any more.
    "router.default-policy": Sample(
        together(at(["router", "default-policy"], "open"), neighbor("import", None),
                 neighbor("export", None)),
        together(neighbor("import", None), neighbor("export", None)), a=3, b=4),
    "router.graceful-shutdown": Sample(
        nothing, at(["router", "graceful-shutdown"], True), a=3, b=7),
    "include": Sample(nothing, at(["include"], ["more/*.yaml"])),
    "listen": Sample(nothing, at(["listen"], ["0.0.0.0:179", "0.0.0.0:1179"])),
    "control.socket": None,  # the tests speak through it
    "control.group": Sample(nothing, at(["control", "group"], "nogroup")),
    "log.level": Sample(nothing, at(["log", "level"], "info")),
    "log.target": Sample(nothing, at(["log", "target"], "syslog")),
    "log.format": Sample(nothing, at(["log", "format"], "json")),
    "log.levels.daemon": Sample(nothing, at(["log", "levels"], {"daemon": "error"})),
    "log.levels.bgp": Sample(nothing, at(["log", "levels"], {"bgp": "error"})),
    "log.levels.rib": Sample(nothing, at(["log", "levels"], {"rib": "error"})),
    "log.levels.kernel": Sample(nothing, at(["log", "levels"], {"kernel": "error"})),
    "log.levels.config": Sample(nothing, at(["log", "levels"], {"config": "error"})),
    "log.levels.control": Sample(nothing, at(["log", "levels"], {"control": "error"})),
    # One change of a set or a policy for each thing that they can do to a route: all their keys
    # share the rows of `sets` and `policies`.
    "sets.prefixes": Sample(*(
        together(*policy([{"match": {"prefix": "s"}, "set": {"med": 10}, "then": "accept"},
                          *ACCEPT], [])[:1], at(["sets"], {"prefixes": {"s": [prefix]}}))
        for prefix in OWN[:2]), a=2),
    "sets.communities": Sample(*(
        together(*policy([{"match": {"communities": {"any": "s"}}, "then": "reject"}, *ACCEPT],
                         [])[:1], at(["sets"], {"communities": {"s": [value]}}))
        for value in ("65000:9", "65000:1")), a=1),
    "policies.NAME[].match.prefix": Sample(*policy(ACCEPT, MED_ON_ONE), a=1),
    "policies.NAME[].match.source": Sample(
        *policy(ACCEPT, [{"match": {"source": "bgp"}, "then": "reject"}, *ACCEPT])),
    "policies.NAME[].match.communities.any": Sample(
        *policy(ACCEPT, [{"match": {"communities": {"any": "65000:1"}}, "then": "reject"},
                         *ACCEPT]), a=1),
    "policies.NAME[].set.local-preference": Sample(
        *policy(ACCEPT, [{"set": {"local-preference": 50}, "then": "accept"}], "import")),
    "policies.NAME[].set.kernel-table": Sample(
        *kernel_policy({"kernel-table": 77}, {"kernel-table": 78})),
    "policies.NAME[].set.kernel-metric": Sample(
        *kernel_policy({"kernel-metric": 77}, {"kernel-metric": 78})),
    "policies.NAME[].set.kernel-preferred-source": Sample(
        *kernel_policy({"kernel-metric": 77}, {"kernel-preferred-source": "10.255.0.1"})),
    "policies.NAME[].set.med": Sample(
        *policy(ACCEPT, [{"set": {"med": 7}, "then": "accept"}]), a=3),
    "policies.NAME[].set.communities.add": Sample(
        *policy(ACCEPT, [{"set": {"communities": {"add": ["65000:2"]}}, "then": "accept"}],
                "import"), b=4),
    "policies.NAME[].set.communities.remove": Sample(
        *policy(ACCEPT, [{"set": {"communities": {"remove": ["65000:1"]}}, "then": "accept"}]),
        a=1),
    "policies.NAME[].set.next-hop": Sample(
        *policy(ACCEPT, [{"set": {"next-hop": "self"}, "then": "accept"}])),
    "policies.NAME[].then": Sample(*policy(ACCEPT, [{"then": "reject"}]), a=3),
    "policies.NAME[].set.as-path.prepend": Sample(
        *policy(ACCEPT, [{"set": {"as-path": {"prepend": 2}}, "then": "accept"}]), a=3),
    "tests[].expect.verdict": Sample(nothing, at(["tests"], [
        {"route": {"prefix": "10.0.0.0/8"}, "policy": "accept", "expect": {"verdict": "accept"}}])),
    "kernel.import[].interface": Sample(
        at(["kernel"], {"import": [{"interface": "no0"}]}),
        at(["kernel"], {"import": [{"interface": "no1"}]})),
    "kernel.import[].protocol": Sample(
        at(["kernel"], {"import": [{"protocol": 77}]}),
        at(["kernel"], {"import": [{"protocol": 78}]})),
    "kernel.import[].type": Sample(
        at(["kernel"], {"import": [{"type": "blackhole"}]}),
        at(["kernel"], {"import": [{"type": "prohibit"}]})),
    "kernel.import[].gateway": Sample(
        at(["kernel"], {"import": [{"protocol": 77, "gateway": False}]}),
        at(["kernel"], {"import": [{"protocol": 77, "gateway": True}]})),
    "kernel.import[].table": Sample(
        at(["kernel"], {"import": [{"table": 77}]}), at(["kernel"], {"import": [{"table": 78}]})),
    "kernel.import[].connected": Sample(
        at(["kernel"], {"import": [{"interface": "lo"}]}),
        at(["kernel"], {"import": [{"interface": "lo", "connected": True}]}), a=1, b=1),
    "kernel.import[].policy": Sample(
        at(["kernel"], {"import": [{"interface": "lo", "connected": True}]}),
        at(["kernel"], {"import": [{"interface": "lo", "connected": True, "policy": "reject"}]}),
        a=1, b=1),
    "kernel.export": Sample(nothing, at(["kernel"], {"export": {}})),
    "kernel.export.table": Sample(
        at(["kernel"], {"export": {"table": 77}}), at(["kernel"], {"export": {"table": 78}})),
    "kernel.export.protocol": Sample(
        at(["kernel"], {"export": {"protocol": 77}}), at(["kernel"], {"export": {}})),
    "kernel.export.adopt": Sample(
        at(["kernel"], {"export": {"adopt": "all"}}), at(["kernel"], {"export": {}})),
    "kernel.export.families": Sample(
        at(["kernel"], {"export": {"families": "ipv6-unicast"}}), at(["kernel"], {"export": {}})),
    "kernel.export.metric": Sample(
        at(["kernel"], {"export": {"metric": 77}}), at(["kernel"], {"export": {}})),
    "kernel.export.policy": Sample(
        at(["kernel"], {"export": {"policy": "reject"}}), at(["kernel"], {"export": {}})),
    "kernel.export.preferred-source": Sample(
        at(["kernel"], {"export": {"preferred-source": "10.255.0.1"}}),
        at(["kernel"], {"export": {}})),
    "kernel.export.on-exit": Sample(
        at(["kernel"], {"export": {"on-exit": "flush"}}), at(["kernel"], {"export": {}})),
    "kernel.export.audit": Sample(
        at(["kernel"], {"export": {"audit": "1h"}}), at(["kernel"], {"export": {}})),
    "originate[].prefix": Sample(
        nothing, lambda c: c["originate"].append({"prefix": "10.9.0.0/16"}), a=1, b=1),
    "originate[].communities": Sample(
        nothing, at(["originate", 2, "communities"], ["65000:5"]), a=1, b=1),
    "originate[].med": Sample(nothing, at(["originate", 2, "med"], 5), a=1, b=1),
    "originate[].local-preference": Sample(
        nothing, at(["originate", 2, "local-preference"], 50)),
    "originate[].kernel": Sample(
        at(["kernel"], {"export": {}}),
        together(at(["kernel"], {"export": {}}), at(["originate", 2, "kernel"], "blackhole"))),
    "neighbors.NAME.address": Sample(nothing, neighbor("address", "10.99.0.99")),
    "neighbors.NAME.group": Sample(nothing, neighbor("group", "g")),
    "neighbors.NAME.description": Sample(nothing, neighbor("description", "a note")),
    "neighbors.NAME.asn": Sample(nothing, neighbor("asn", 65098)),
    "neighbors.NAME.local-address": Sample(nothing, neighbor("local-address", "10.99.0.1")),
    "neighbors.NAME.port": Sample(nothing, neighbor("port", 1179)),
    "neighbors.NAME.passive": Sample(nothing, neighbor("passive", True)),
    "neighbors.NAME.multihop": Sample(nothing, neighbor("multihop", 3)),
    "neighbors.NAME.ttl-security": Sample(nothing, neighbor("ttl-security", 1)),
    "neighbors.NAME.password": Sample(nothing, neighbor("password", "secret")),
    "neighbors.NAME.password-file": None,  # the same password out of a file
    "neighbors.NAME.families.ipv4-unicast": Sample(
        nothing, neighbor("families", {"ipv6-unicast": {}})),
    "neighbors.NAME.families.ipv6-unicast": Sample(
        nothing, neighbor("families", {"ipv4-unicast": {}, "ipv6-unicast": {}})),
    "neighbors.NAME.families.ipv4-vpn": Sample(
        nothing, neighbor("families", {"ipv4-unicast": {}, "ipv4-vpn": {}})),
    "neighbors.NAME.families.ipv6-vpn": Sample(
        nothing, neighbor("families", {"ipv4-unicast": {}, "ipv6-vpn": {}})),
    "neighbors.NAME.timers.hold": Sample(nothing, neighbor("timers.hold", 60)),
    "neighbors.NAME.timers.keepalive": Sample(nothing, neighbor("timers.keepalive", 20)),
    "neighbors.NAME.timers.connect-retry": Sample(nothing, neighbor("timers.connect-retry", 7)),
    "neighbors.NAME.timers.send-hold": Sample(nothing, neighbor("timers.send-hold", 999)),
    "neighbors.NAME.timers.idle-hold": Sample(nothing, neighbor("timers.idle-hold", 2)),
    "neighbors.NAME.timers.idle-hold-max": Sample(nothing, neighbor("timers.idle-hold-max", 30)),
    "neighbors.NAME.shutdown": None,  # not a reset, and it does not come back
    "neighbors.NAME.route-reflector-client": None,  # only for internal neighbors
    "neighbors.NAME.cluster-id": Sample(nothing, neighbor("cluster-id", "1.2.3.4")),
    "neighbors.NAME.next-hop-self": Sample(nothing, neighbor("next-hop-self", "unchanged")),
    "neighbors.NAME.allow-own-as": Sample(nothing, neighbor("allow-own-as", 1)),
    "neighbors.NAME.enforce-first-as": Sample(nothing, neighbor("enforce-first-as", False)),
    "neighbors.NAME.as-sets": Sample(nothing, neighbor("as-sets", "accept")),
    "neighbors.NAME.attributes.discard": Sample(
        nothing, neighbor("attributes", {"discard": [99]})),
    "neighbors.NAME.attributes.treat-as-withdraw": Sample(
        nothing, neighbor("attributes", {"treat-as-withdraw": ["pmsi-tunnel"]})),
    "neighbors.NAME.route-server-client": Sample(nothing, neighbor("route-server-client", True)),
    "neighbors.NAME.graceful-shutdown": Sample(nothing, neighbor("graceful-shutdown", False)),
    "neighbors.NAME.blackhole": Sample(nothing, neighbor("blackhole", True)),
    "neighbors.NAME.import": Sample(nothing, neighbor("import", "reject"), b=4),
    "neighbors.NAME.export": Sample(nothing, neighbor("export", "reject"), a=3),
}
LIMIT = {"limit": 10, "warn-at": 9, "action": "warn", "restart-after": 60}
for _family in ("ipv4-unicast", "ipv6-unicast", "ipv4-vpn", "ipv6-vpn"):
    for _key, _value in (("limit", 11), ("warn-at", 8), ("action", "stop"), ("restart-after", 61)):
        SAMPLES[f"neighbors.NAME.families.{_family}.max-prefixes.{_key}"] = Sample(*(
            neighbor("families", {"ipv4-unicast": {}, _family: {"max-prefixes": limit}})
            for limit in (LIMIT, {**LIMIT, _key: _value})))
