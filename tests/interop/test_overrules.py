"""Routes of ours that go before those of another program."""

from lab.waiting import wait_for

from test_kernel import ONE, TWO, Node, announce, withdraw

OURS = 71
POD = "10.244.1.1/32"


def test_a_route_that_overrules_a_local_workload_is_warned_of(lab):
    node = Node(lab, {"export": {}})
    node.workload("cali1")
    (speaker,) = node.peers(65001)
    node.machine.ip("route", "add", POD, "dev", "cali1", "proto", "80", "metric", "1024")
    node.machine.ip("route", "add", TWO, "dev", "cali1", "proto", "80", "metric", "16")

    def overruling():
        status = node.pipit.ask("status")
        found = [w for w in status["warnings"] if "overrule" in w]
        return status["kernel"]["overruling"], found

    for _ in range(3):
        announce(speaker, POD, TWO)
        wait_for(lambda: overruling()[0] == 1, 10, lambda: str(overruling()))
        assert "1 of our routes" in overruling()[1][0] and POD in overruling()[1][0]
        withdraw(speaker, POD)
        wait_for(lambda: overruling() == (0, []), 10, lambda: str(overruling()))
    # The local route may come second, too.
    announce(speaker, ONE)
    wait_for(lambda: ONE in node.routes("proto", str(OURS)), 10)
    node.machine.ip("route", "add", ONE, "dev", "cali1", "proto", "80", "metric", "1024")
    wait_for(lambda: overruling()[0] == 1, 10, lambda: str(overruling()))
    text = node.pipit.pipit("explain", ONE, "to", "kernel").stdout
    assert "its metric 32 goes before one of protocol 80 with metric 1024, dev cali1" in text
    log = node.pipit.log()
    assert log.count(f"our route {POD} table 254 metric 32 overrules one of protocol 80") == 1
    assert log.count(f"our route {ONE} table 254 metric 32 overrules one of protocol 80") == 1
    # With the agent's metric its routes stay in force.
    announce(speaker, POD)
    wait_for(lambda: overruling()[0] == 2, 10, lambda: str(overruling()))
    node.pipit.settings["kernel"] = {"export": {"metric": 1024}}
    node.pipit.reload()
    withdraw(speaker, ONE, TWO, POD)
    wait_for(lambda: overruling()[0] == 0, 20, lambda: str(overruling()))
    announce(speaker, ONE, TWO, POD)
    wait_for(lambda: len([r for r in node.pipit.ask("show", "kernel")
                          if r["state"] == "failed"]) == 2, 10)
    assert overruling() == (0, [])
    assert "cali1" in node.machine.ip("route", "get", POD.removesuffix("/32"))
