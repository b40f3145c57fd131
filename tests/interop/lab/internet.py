"""The neighbors of the cookbook's routers: peers at its addresses, and what nobody may announce."""

from lab.bird import Bird
from lab.route import Route
from lab.waiting import wait_for

OURS = 1000000  # the AS of the page

_LONG = " ".join(["1000011"] * 101)

# Routes, and a word of the rule or the step of import that rejects them.
BAD = [
    (Route("10.1.0.0/16"), "prefix: bogons"),
    (Route("2001:db8:1::/48"), "prefix: bogons"),
    (Route("11.0.1.0/24"), "prefix: ours"),
    (Route("3000:0:1::/48"), "prefix: ours"),
    (Route("11.99.0.0/24"), "prefix: exchange-lans"),
    (Route("3000:99::/64"), "prefix: exchange-lans"),
    (Route("11.30.1.0/25"), "prefix: too-long"),
    (Route("3000:30:1::/49"), "prefix: too-long"),
    (Route("0.0.0.0/0"), "prefix: too-short"),
    (Route("12.0.0.0/7"), "prefix: too-short"),
    (Route("3000::/12"), "prefix: too-short"),
    (Route("11.30.2.0/24", as_path="64512"), "contains: bogon-asns"),
    (Route("11.30.3.0/24", as_path="23456 1000011"), "contains: bogon-asns"),
    (Route("11.30.4.0/24", as_path=_LONG), "length: 101"),
    (Route("11.30.6.0/24", as_path=f"1000011 {OURS}"), "own-as"),
]
LEAK = [(Route("11.30.7.0/24", as_path="3356 1000011"), "contains: transit-free")]
MANY = tuple(f"1000011:{n}:1" for n in range(101))


def place(lab, label, v4, v6=None):
    """A machine with addresses of the page."""
    machine = lab.machine(label)
    machine.v4 = v4
    machine.ip("addr", "add", f"{v4}/24", "dev", "e0")
    if v6:
        machine.v6 = v6
        machine.ip("addr", "add", f"{v6}/64", "dev", "e0", "nodad")
    return machine


def peer(lab, label, asn, v4, *neighbors, routes=(), v6=None, vendor=Bird):
    """A peer that announces its routes from the beginning."""
    place(lab, label, v4, v6)
    speaker = lab.add(vendor, label, asn)
    speaker.announced = {r.prefix: r for r in routes}
    return speaker.start(*neighbors)


def of_family(family, wanted):
    return [(route, why) for route, why in wanted if route.family == family]


def rejected(pipit, name, wanted):
    """Each of these routes was rejected by the rule that it was sent for."""
    for route, rule in wanted:
        what, why = pipit.fate(route.prefix, name)
        assert what == "rejected" and rule in why, f"{route.prefix} from {name}: {what} {why}"


def accepted(pipit, name, prefix, **wanted):
    """A route was accepted, with these attributes after policy."""
    what, path = pipit.fate(prefix, name)
    assert what == "accepted", f"{prefix} from {name}: {path}"
    for key, value in wanted.items():
        assert path[key] == value, f"{prefix} from {name}: {key} is {path[key]}"


def flood(pipit, name, speaker, count):
    """The peer announces more than it may: its session ends because of that."""
    speaker.announce(*(Route(f"11.{128 + n // 256}.{n % 256}.0/24") for n in range(count)))
    wait_for(lambda: pipit.neighbor(name)["state"] != "Established", 15,
             lambda: f"{name} is over its limit: {pipit.neighbor(name)}")
    assert "prefix" in pipit.neighbor(name)["last_error"].lower(), pipit.neighbor(name)
