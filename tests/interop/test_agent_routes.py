"""What an agent of a node writes into its kernel, and what of it is announced."""

import pytest
from lab.waiting import holds_for, wait_for

from test_kernel import Node


def agent_routes(node):
    """What Calico's Felix writes: a workload's route and another node's blocks, both families."""
    via = node.lab.machine("node2")
    node.workload("cali1")
    for family, own, block, hole, gateway in (
            ("-4", "10.244.1.1/32", "10.244.2.0/26", "10.244.1.0/26", via.v4),
            ("-6", "fd00:10:244:1::1/128", "fd00:10:244:2::/122", "fd00:10:244:1::/122", via.v6)):
        agent = ("proto", "80", "metric", "1024")
        node.machine.ip(family, "route", "add", own, "dev", "cali1", *agent)
        node.machine.ip(family, "route", "add", block, "via", gateway, *agent)
        node.machine.ip(family, "route", "add", "blackhole", hole, *agent)
        node.machine.ip(family, "route", "add", "throw", hole.replace("1::", "3::").replace(
            "244.1.", "244.3."), *agent)
    node.machine.ip("route", "add", "10.244.4.0/26", "proto", "80", "nexthop", "via", via.v4,
                    "nexthop", "dev", "cali1")


WORKLOADS = {"10.244.1.1/32", "fd00:10:244:1::1/128"}
HOLES = {"10.244.1.0/26", "fd00:10:244:1::/122"}


@pytest.mark.parametrize(("rule", "taken"), [
    ({"protocol": [80], "gateway": False, "type": "unicast"}, WORKLOADS),
    ({"protocol": [80], "gateway": False}, WORKLOADS | HOLES),
    ({"protocol": [80], "type": ["blackhole", "unreachable"]}, HOLES),
    ({"protocol": [80], "gateway": True},
     {"10.244.2.0/26", "fd00:10:244:2::/122", "10.244.4.0/26"}),
    ({"protocol": [80], "type": "throw"}, {"10.244.3.0/26", "fd00:10:244:3::/122"}),
], ids=["workloads", "direct", "discards", "gateways", "throws"])
@pytest.mark.parametrize("by", ["rule", "policy"])
def test_what_an_agent_writes_for_other_nodes_is_not_announced(lab, rule, taken, by):
    if by == "policy":
        match = {key: value for key, value in rule.items() if key != "protocol"}
        rules = [{"protocol": [80], "policy": "p",
                  "type": ["unicast", "blackhole", "throw"]}]
        policies = {"p": [{"match": match, "then": "accept"}]}
        # Without a type a policy takes throw routes as all others: its rule asked for them.
        taken = taken | ({"10.244.3.0/26", "fd00:10:244:3::/122"}
                         if match == {"gateway": False} else set())
    else:
        rules, policies = [rule], {}
    node = Node(lab, {"import": rules})
    node.pipit.settings["policies"] = policies
    agent_routes(node)
    (speaker,) = node.peers(65000)
    wait_for(lambda: set(speaker.table()) == taken, 10, lambda: str(sorted(speaker.table())))
    holds_for(lambda: set(speaker.table()) == taken, 0.5)
    # A route that gets a gateway is another node's now, and the other way round.
    if rule.get("gateway") is False:
        via = node.lab.machine("node2").v4
        node.machine.ip("route", "replace", "10.244.1.1/32", "via", via, "proto", "80", "metric",
                        "1024")
        wait_for(lambda: "10.244.1.1/32" not in speaker.table(), 10)
        answer = node.pipit.pipit("explain", "10.244.1.1/32", check=False).stdout
        assert "10.244.1.1/32" in answer
