"""Every file and every command of the cookbook, beside live peers that send good routes and each
kind of bad one."""

import inspect
import re

import pytest
from lab import wire
from lab.bird import Bird
from lab.cookbook import PASSWORD, Written, blocks
from lab.exabgp import ExaBgp
from lab.frr import Frr
from lab.internet import (BAD, LEAK, MANY, OURS, accepted, flood, of_family, peer, place,
                          rejected)
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for

from conftest import need

PAGE = "docs/cookbook.md"
HERE, HERE_V6 = "192.0.2.1", "2001:db8::1"
V4, V6 = (Neighbor(address, OURS, ttl_security=True, families=(family,))
          for address, family in ((HERE, "ipv4"), (HERE_V6, "ipv6")))


def router(lab, name, asn=OURS, v4=HERE, v6=HERE_V6, others=("internet.yaml",), **environment):
    """pipitd with a file of the page, running."""
    place(lab, "pipit", v4, v6)
    return lab.add(Written, "pipit", asn).take(PAGE, name, others, **environment).begin()


def with_password(neighbor):
    return Neighbor(**{**vars(neighbor), "password": PASSWORD})


def run_what_is_shown(pipit, section):
    for block in blocks(PAGE):
        if block.section == section and block.language == "console":
            pipit.run_commands(block)


def prefixes(speaker, family="ipv4"):
    return set(speaker.routes(family))


def test_transit(lab):
    need(Bird)
    pipit = router(lab, "transit.yaml")
    good = [Route("11.30.0.0/16", as_path="1000011"),
            Route("11.31.0.0/16", communities=("65535:0", "65535:666"),
                  large_communities=(f"{OURS}:1:3", "1000010:7:7")),
            Route("11.32.0.0/16", large_communities=MANY),
            Route("3000:30::/32", as_path="1000011")]
    a = peer(lab, "a", 1000010, "192.0.2.10", with_password(V4), with_password(V6),
             routes=[*good, *(route for route, _ in BAD)], v6="2001:db8::10")
    b = peer(lab, "b", 1000020, "192.0.2.20", V4, routes=[Route("11.40.0.0/16")])
    pipit.settled()
    rejected(pipit, "transit-a", of_family("ipv4", BAD))
    rejected(pipit, "transit-a-v6", of_family("ipv6", BAD))
    mark = f"{OURS}:1:1"
    accepted(pipit, "transit-a", "11.30.0.0/16", local_preference=100, large_communities=[mark])
    accepted(pipit, "transit-a", "11.31.0.0/16", local_preference=0,
             communities=["graceful-shutdown"], large_communities=[mark, "1000010:7:7"])
    accepted(pipit, "transit-a", "11.32.0.0/16", large_communities=[mark])
    accepted(pipit, "transit-a-v6", "3000:30::/32", large_communities=[mark])
    accepted(pipit, "transit-b", "11.40.0.0/16", large_communities=[mark])
    assert b.wait_route("11.0.0.0/20", as_path=str(OURS)).large_communities == ()
    a.wait_route("3000::/32")
    holds_for(lambda: prefixes(a) == prefixes(b) == {"11.0.0.0/20"}, 0.3)
    assert pipit.idle_rules(but=["without-transit"]) == []
    run_what_is_shown(pipit, "Transit")


def test_peers(lab):
    need(Bird, ExaBgp)
    pipit = router(lab, "peers.yaml")
    a = peer(lab, "a", 1000030, "192.0.2.30", V4, V6, v6="2001:db8::30", routes=[
        Route("11.30.0.0/16", as_path="1000031"), Route("11.32.0.0/16", large_communities=MANY),
        Route("3000:30::/32"), *(route for route, _ in BAD + LEAK)])
    b = peer(lab, "b", 1000040, "192.0.2.40", V4, vendor=ExaBgp)
    pipit.wait_established()
    b.announce(Route("11.40.0.0/16", next_hop="192.0.2.77", large_communities=(f"{OURS}:1:3",)))
    pipit.settled()
    rejected(pipit, "peer-a", of_family("ipv4", BAD + LEAK))
    rejected(pipit, "peer-a-v6", of_family("ipv6", BAD))
    mark = f"{OURS}:1:2"
    accepted(pipit, "peer-a", "11.30.0.0/16", local_preference=200, large_communities=[mark])
    accepted(pipit, "peer-a", "11.32.0.0/16", large_communities=[mark])
    accepted(pipit, "peer-a-v6", "3000:30::/32", large_communities=[mark])
    wait_for(lambda: pipit.show_routes("11.40.0.0/16"), 10, "the route of b")
    accepted(pipit, "peer-b", "11.40.0.0/16", next_hop="192.0.2.40", large_communities=[mark])
    for speaker in (a, b):
        assert speaker.wait_route("11.0.0.0/20").large_communities == ()
    a.wait_route("3000::/32")
    holds_for(lambda: prefixes(a) == prefixes(b) == {"11.0.0.0/20"}, 0.3)
    assert pipit.idle_rules() == []
    run_what_is_shown(pipit, "Peers")
    flood(pipit, "peer-a", a, 201)


def test_customers(lab):
    need(Bird, ExaBgp)
    pipit = router(lab, "customers.yaml")
    foreign = [(Route("11.60.128.0/17"), "end"), (Route("11.51.8.0/24"), "end"),
               (Route("11.60.0.9/32", communities=("65535:666",)), "prefix: too-long"),
               (Route("11.50.9.9/32"), "prefix: too-long")]
    alpha = peer(lab, "alpha", 1000050, "192.0.2.50", with_password(V4), routes=[
        Route("11.50.0.0/16", large_communities=(f"{OURS}:1:1",)),
        Route("11.51.4.0/24", as_path="1000051", large_communities=(f"{OURS}:2:80",)),
        Route("11.50.9.0/24", large_communities=MANY),
        Route("11.50.0.7/32", communities=("65535:666",), large_communities=(f"{OURS}:1:3",)),
        *(route for route, _ in of_family("ipv4", BAD + LEAK) + foreign)])
    beta = peer(lab, "beta", 1000060, "192.0.2.60", Neighbor(
        HERE, OURS, ttl_security=True, families=("ipv4", "ipv6")), v6="2001:db8::60",
                vendor=ExaBgp)
    pipit.wait_established()
    beta.announce(*(Route(prefix, next_hop=beta.machine.v6) for prefix in (
        "3000:60::/32", "3000:61::/32", "2001:db8:60::/48")))
    beta.announce(Route("11.60.0.0/16"), Route("11.60.0.8/32", communities=("65535:666",)),
                  Route("11.60.1.0/24", unknown={35: f"{1000060:08x}"}))
    pipit.settled()
    rejected(pipit, "alpha", of_family("ipv4", BAD + LEAK) + foreign)
    mark = f"{OURS}:1:3"
    accepted(pipit, "alpha", "11.50.0.0/16", local_preference=300, large_communities=[mark])
    accepted(pipit, "alpha", "11.51.4.0/24", local_preference=80, large_communities=[mark])
    accepted(pipit, "alpha", "11.50.9.0/24", large_communities=[mark])
    accepted(pipit, "alpha", "11.50.0.7/32", large_communities=[],
             communities=["blackhole", "no-export"])

    def kernel():
        return pipit.machine.run("ip", "route", "show", "proto", "71")
    wait_for(lambda: "blackhole 11.60.0.8" in kernel() and "blackhole 11.50.0.7" in kernel(), 10,
             kernel)
    wait_for(lambda: pipit.neighbor("beta")["families"]["ipv4-unicast"]["received"] == 3, 10,
             lambda: f"{pipit.neighbor('beta')}")
    rejected(pipit, "beta", [(Route("11.60.1.0/24"), "treat-as-withdraw"),
                             (Route("3000:61::/32"), "end"),
                             (Route("2001:db8:60::/48"), "prefix: bogons")])
    accepted(pipit, "beta", "3000:60::/32", local_preference=300, large_communities=[mark])
    assert alpha.wait_route("11.60.0.0/16").large_communities == (mark,)
    beta.wait_route("11.50.0.0/16")
    wanted = {"11.0.0.0/20", "11.50.0.0/16", "11.51.4.0/24", "11.50.9.0/24"}
    holds_for(lambda: prefixes(beta) == wanted, 0.3, lambda: f"{prefixes(beta)}")
    holds_for(lambda: prefixes(alpha) == {"11.0.0.0/20", "11.60.0.0/16"}, 0.3)
    run_what_is_shown(pipit, "Customers")
    assert pipit.idle_rules(but=["to-internet"]) == []
    flood(pipit, "alpha", alpha, 51)


def raw_update(machine, prefix, *path, hop=None, further=b""):
    return wire.update(wire.origin() + wire.as_path(*path) + wire.next_hop(hop or machine.v4)
                       + further, wire.nlri(prefix))


def test_member_of_an_exchange(lab):
    need(Bird)
    server, lan = 1000100, "11.99.0.9"
    pipit = router(lab, "member.yaml", v4=lan, v6="3000:99::9")
    client = Neighbor(lan, OURS, route_server_client=True, password=PASSWORD)
    bad = [(route.but(as_path=f"1000070 {route.as_path}".strip()), why)
           for route, why in of_family("ipv4", BAD + LEAK)]
    one = peer(lab, "one", server, "11.99.0.1", client, routes=[
        Route("11.70.0.0/16", as_path="1000070 1000071"),
        Route("11.73.0.0/16", as_path="1000070", large_communities=MANY),
        *(route for route, _ in bad)])
    machine = place(lab, "two", "11.99.0.2")
    two = RawSpeaker(machine, lan, server).come_up()
    lab.on_close(two.close)
    two.send(raw_update(machine, "11.71.0.0/16", 1000080, hop="11.99.0.80"))
    two.send(raw_update(machine, "11.72.0.0/16", 1000080, hop="192.0.2.80"))
    two.send(wire.END_OF_RIB)
    pipit.settled()
    rejected(pipit, "rs-1", bad)
    rejected(pipit, "rs-2", [(Route("11.72.0.0/16"), "next-hop: exchange-lans")])
    mark = f"{OURS}:1:2"
    accepted(pipit, "rs-1", "11.70.0.0/16", local_preference=150, large_communities=[mark],
             as_path="1000070 1000071")
    accepted(pipit, "rs-1", "11.73.0.0/16", large_communities=[mark])
    accepted(pipit, "rs-2", "11.71.0.0/16", next_hop="11.99.0.80")
    route = one.wait_route("11.0.0.0/20", as_path=str(OURS))
    assert route.large_communities == ("1000100:0:1000080",)
    holds_for(lambda: prefixes(one) == set(two.table()) == {"11.0.0.0/20"}, 0.3)
    assert pipit.idle_rules(but=["to-internet"]) == []
    run_what_is_shown(pipit, "Exchange, as a member")


def test_all_of_these_on_one_router(lab):
    need(Bird)
    place(lab, "pipit", HERE, HERE_V6).ip("addr", "add", "11.99.0.9/24", "dev", "e0")
    pipit = lab.add(Written, "pipit", OURS).take(PAGE, "pipitd.yaml", ["internet.yaml"])
    pipit.divide("transit.yaml", "peers.yaml", "customers.yaml", "member.yaml").begin()
    shared = Route("11.80.0.0/16", as_path="1000031")  # everybody has a way there
    transit = peer(lab, "transit", 1000010, "192.0.2.10", with_password(V4),
                   routes=[Route("11.30.0.0/16"), shared])
    other = peer(lab, "peer", 1000030, "192.0.2.30", V4, routes=[Route("11.31.0.0/16"), shared])
    alpha = peer(lab, "alpha", 1000050, "192.0.2.50", with_password(V4), routes=[
        Route("11.50.0.0/16"), Route("11.50.0.7/32", communities=("65535:666",)), shared])
    server = peer(lab, "rs", 1000100, "11.99.0.1", Neighbor(
        "11.99.0.9", OURS, password=PASSWORD, route_server_client=True),
                  routes=[Route("11.70.0.0/16", as_path="1000070"), shared])
    pipit.settled(only=["transit-a", "peer-a", "alpha", "rs-1"])
    wanted = {"11.0.0.0/20", "11.50.0.0/16"}
    for speaker in (transit, other, server):
        speaker.wait_route("11.50.0.0/16")
        holds_for(lambda s=speaker: prefixes(s) == wanted, 0.2,
                  lambda s=speaker: f"{s.machine.label} has {prefixes(s)}")
        assert not any(f"{OURS}:1" in c for r in speaker.routes().values()
                       for c in r.large_communities)
    wait_for(lambda: prefixes(alpha) == {
        "11.0.0.0/20", "11.30.0.0/16", "11.31.0.0/16", "11.70.0.0/16"}, 10,
        lambda: f"{prefixes(alpha)}")
    best = [r["source"] for r in pipit.show_routes("11.80.0.0/16", "best")]
    assert best == ["peer-a"], best  # not a customer's prefix, and peers cost nothing
    run_what_is_shown(pipit, "All of these on one router")


def test_route_server_of_an_exchange(lab):
    need(Bird, Frr, ExaBgp)
    server = 1000100
    pipit = router(lab, "route-server.yaml", server, "11.99.0.1", "3000:99::1", others=())
    to_v4, to_v6 = (Neighbor(address, server, families=(family,)) for address, family in (
        ("11.99.0.1", "ipv4"), ("3000:99::1", "ipv6")))
    words = {"prefix: exchange-lans": "prefix: lan"}
    bad = [(route, words.get(why, why)) for route, why in BAD + LEAK
           if why not in ("prefix: ours", "own-as")]
    bad += [(Route("11.80.9.0/24"), "end"), (Route("11.0.1.0/24"), "end"),
            (Route("11.71.5.0/24"), "end"),
            (Route("11.70.6.0/24", as_path=f"1000071 {server} 1000070"), "own-as")]
    to_70 = Neighbor(**{**vars(to_v4), "password": PASSWORD})
    bird = peer(lab, "bird", 1000070, "11.99.0.70", to_70, to_v6, v6="3000:99::70", routes=[
        Route("11.70.0.0/16", large_communities=(f"{server}:9:1000080", "1000070:1:1")),
        Route("11.70.1.0/24", large_communities=(f"{server}:0:1000080",)),
        Route("11.70.2.0/24", large_communities=(f"{server}:0:0", f"{server}:1:1000080")),
        Route("11.71.0.0/16", as_path="1000071"), Route("3000:70::/32"),
        *(route for route, _ in bad)])
    frr = peer(lab, "frr", 1000080, "11.99.0.80",
               Neighbor(**{**vars(to_v4), "ttl_security": True}), vendor=Frr,
               routes=[Route("11.80.0.0/16", med=7)])
    other = peer(lab, "other", 1000090, "11.99.0.90", to_v4, vendor=ExaBgp)
    pipit.wait_established()
    other.announce(Route("11.90.0.0/16"), Route("11.90.1.0/24", next_hop=frr.machine.v4),
                   Route("11.90.2.0/24", unknown={35: f"{1000090:08x}"}))
    pipit.settled(but=["as1000080"])
    rejected(pipit, "as1000070", of_family("ipv4", bad))
    rejected(pipit, "as1000070-v6", of_family("ipv6", bad))
    accepted(pipit, "as1000070", "11.70.0.0/16",
             large_communities=["1000070:1:1", f"{server}:9:1000070"])
    accepted(pipit, "as1000070-v6", "3000:70::/32", large_communities=[f"{server}:9:1000070"])
    wait_for(lambda: pipit.neighbor("as1000090")["families"]["ipv4-unicast"]["received"] == 3, 10,
             lambda: f"{pipit.neighbor('as1000090')}")
    rejected(pipit, "as1000090", [(Route("11.90.1.0/24"), "neighbor-address: false"),
                                  (Route("11.90.2.0/24"), "treat-as-withdraw")])
    route = bird.wait_route("11.80.0.0/16", as_path="1000080", med=7)
    assert route.next_hop == "11.99.0.80"
    assert route.large_communities == (f"{server}:9:1000080",)
    other.wait_route("11.80.0.0/16")
    frr.wait_route("11.90.0.0/16")
    common = {"11.70.0.0/16", "11.71.0.0/16"}
    holds_for(lambda: prefixes(frr) == common | {"11.70.2.0/24", "11.90.0.0/16"}, 0.3,
              lambda: f"{prefixes(frr)}")
    holds_for(lambda: prefixes(other) == common | {"11.70.1.0/24", "11.80.0.0/16"}, 0.3,
              lambda: f"{prefixes(other)}")
    assert frr.routes()["11.70.2.0/24"].large_communities == (f"{server}:9:1000070",)
    assert pipit.idle_rules() == []
    run_what_is_shown(pipit, "Exchange, as its route server")
    flood(pipit, "as1000070", bird, 101)


CLUSTER = 64512


def test_route_reflector(lab):
    need(Bird, Frr)
    pipit = router(lab, "reflector.yaml", CLUSTER, others=())
    v4 = Neighbor(HERE, CLUSTER, password=PASSWORD, families=("ipv4", "ipv6"))
    bad = [Route("0.0.0.0/0"), Route("10.244.0.0/16"), Route("10.96.0.0/12"),
           Route("192.168.0.0/24"), Route("::/0"), Route("fd00:10:244::/56")]
    one = peer(lab, "one", CLUSTER, "192.0.2.11", v4, v6="2001:db8::11", routes=[
        Route("10.244.1.0/26"), Route("10.244.9.9/32"), Route("fd00:10:244:1::/64"),
        Route("10.96.0.10/32"), *bad])
    two = peer(lab, "two", CLUSTER, "192.0.2.12", v4, v6="2001:db8::12", vendor=Frr,
               routes=[Route("10.244.2.0/26")])
    other = peer(lab, "other", CLUSTER, "192.0.2.2", v4, v6="2001:db8::2",
                 routes=[Route("10.244.3.0/26")])
    pipit.settled(but=["node-2"])
    rejected(pipit, "node-1", [(route, "end") for route in bad])
    route = two.wait_route("10.244.1.0/26")
    assert (route.next_hop, route.originator_id) == ("192.0.2.11", "192.0.2.11")
    assert route.cluster_list == (HERE,)
    wanted = {"10.244.1.0/26", "10.244.9.9/32", "10.96.0.10/32"}
    wait_for(lambda: prefixes(two) == wanted | {"10.244.3.0/26"}, 10, lambda: f"{prefixes(two)}")
    wait_for(lambda: prefixes(other) == wanted | {"10.244.2.0/26"}, 10,
             lambda: f"{prefixes(other)}")
    wait_for(lambda: prefixes(one) == {"10.244.2.0/26", "10.244.3.0/26"}, 10,
             lambda: f"{prefixes(one)}")
    other.wait_route("fd00:10:244:1::/64")
    assert pipit.idle_rules() == []
    run_what_is_shown(pipit, "Route reflector")


def test_kubernetes_node(lab):
    need(Bird)
    machine = place(lab, "pipit", "192.0.2.11", "2001:db8::11")
    for words in ("link add cali1 type bridge", "link set cali1 up",
                  # what the agent writes: pods of this node, one with a borrowed address, ...
                  "route add 10.244.1.7/32 dev cali1 proto 80 metric 1024",
                  "route add 10.244.5.5/32 dev cali1 proto 80 metric 1024",
                  # ... and what must stay here: other nodes' blocks, an address of its own
                  "route add blackhole 10.244.9.0/26 proto 80",
                  "route add 10.244.3.0/26 via 192.0.2.12 proto 80",
                  "route add 169.254.1.1/32 dev cali1 proto 80",
                  "route add 10.244.6.6/32 dev cali1 proto static"):
        machine.ip(*words.split())
    pipit = lab.add(Written, "pipit", CLUSTER).take(
        PAGE, "node.yaml", NODE_IP="192.0.2.11", NODE_BLOCK="10.244.1.0/26").begin()
    here = machine.v4
    stolen = [(Route("10.244.1.0/27"), "prefix: this-block"),
              (Route("10.244.1.8/29"), "prefix: this-block")]
    foreign = [(Route("0.0.0.0/0"), "end"), (Route("10.244.0.0/16"), "end")]
    reflector = peer(lab, "rr", CLUSTER, HERE, Neighbor(
        here, CLUSTER, password=PASSWORD, families=("ipv4", "ipv6"), reflector_client=True),
        routes=[Route("10.244.2.0/26"), Route("10.96.0.10/32"), Route("10.244.1.9/32"),
                Route("10.244.1.7/32"),  # which runs here
                *(route for route, _ in stolen + foreign)])
    switch = peer(lab, "tor", 65001, "192.0.2.254", Neighbor(here, CLUSTER, ttl_security=True),
                  routes=[Route("0.0.0.0/0"), Route("10.244.8.0/26")])
    pipit.settled()
    rejected(pipit, "rr-1", stolen + foreign)
    rejected(pipit, "tor", [(Route("10.244.8.0/26"), "end")])
    wait_for(lambda: prefixes(reflector) == {"10.244.1.0/26", "10.244.5.5/32"}, 10,
             lambda: f"{prefixes(reflector)}")
    wait_for(lambda: prefixes(switch) == {"10.244.1.0/26"}, 10, lambda: f"{prefixes(switch)}")

    def kernel():
        lines = machine.run("ip", "route", "show", "proto", "71").splitlines()
        return {re.sub(r"^blackhole ", "", line).split()[0] for line in lines
                if "metric 1024" in line}
    wait_for(lambda: kernel() == {"10.244.1.0/26", "10.244.2.0/26", "10.244.1.9", "10.96.0.10",
                                  "default"}, 10, lambda: machine.run("ip", "route"))
    assert pipit.fate("10.244.1.7/32", "rr-1")[0] == "accepted"
    assert [r["source"] for r in pipit.show_routes("10.244.1.7/32", "best")] == ["kernel"]
    assert pipit.idle_rules() == []
    run_what_is_shown(pipit, "Kubernetes node")


RUN = {"What comes from the Internet": test_transit, "Transit": test_transit, "Peers": test_peers,
       "Customers": test_customers, "Exchange, as a member": test_member_of_an_exchange,
       "All of these on one router": test_all_of_these_on_one_router,
       "Exchange, as its route server": test_route_server_of_an_exchange,
       "Route reflector": test_route_reflector, "Kubernetes node": test_kubernetes_node}


@pytest.mark.without_pipit
def test_no_block_of_the_page_is_left_out():
    found = blocks(PAGE)
    assert {b.section for b in found} == set(RUN)
    for block in found:
        source = inspect.getsource(RUN[block.section])
        word = {"yaml": f'"{block.name}"',
                "console": f'run_what_is_shown(pipit, "{block.section}")'}
        assert block.language in word, f"line {block.line}: {block.language} is not run"
        if block.name != "internet.yaml":  # the others include it
            assert word[block.language] in source, f"line {block.line} is not run"
