"""Which daemons are compared: those of the interop laboratory, others by path, and the relay."""

from dataclasses import replace
from pathlib import Path

from lab.bird import Bird
from lab.frr import Frr
from lab.gobgp import GoBgp
from lab.openbgpd import OpenBgpd
from lab.pipit import BUILD, Pipit
from lab.speaker import Speaker

from . import policies

LOAD = BUILD / "bench" / "load" / "pipit-load"


GATEWAY = "10.0.0.2"  # the load generator's side of the cable


class Reflector(Bird):
    """BIRD that takes routes whose next hops are on no link: they resolve by a route of a table
    of its own. `direct`, as the interop tests have it, would treat them as withdrawn."""

    channel = "gateway recursive; igp table beyond;"  # for neighbors that announce such routes

    def configuration(self):
        return ("ipv4 table beyond; protocol static { ipv4 { table beyond; }; "
                f"route 0.0.0.0/0 via {GATEWAY}; }}\n" + super().configuration())


class Relay(Speaker):
    """No daemon at all: the load generator's own relay of octets. What it takes, the generator,
    the kernel and the machine take."""

    kind = "relay"

    @classmethod
    def installed(cls):
        return LOAD.exists()

    def launch(self):
        self.spawn(LOAD, "--relay", "--asn", self.asn)

    def ready(self):
        return ":179" in self.machine.run("ss", "-Hltn")


DAEMONS = {d.kind: d for d in (Pipit, Reflector, Frr, OpenBgpd, GoBgp, Relay)}


def add(text):
    """Makes a daemon known out of NAME=KIND:PATH, where PATH is the program, of pipit the build
    folder. Raises ValueError."""
    name, _, rest = text.partition("=")
    kind, _, path = rest.partition(":")
    if not name or kind not in DAEMONS or not Path(path).exists():
        raise ValueError(f"{text}: wanted NAME=KIND:PATH with one of {', '.join(DAEMONS)} and a "
                         "path that exists")
    base, path = DAEMONS[kind], Path(path).resolve()
    words = {"program": str(path)}
    if kind == "pipit":
        words = {"daemon": path / "daemon" / "pipitd", "command_line": path / "cli" / "pipit"}
    DAEMONS[name] = type(name, (base,), words)
    return name


def installed():
    """Names of the daemons that can be run, the relay left out."""
    return [name for name, daemon in DAEMONS.items()
            if daemon.installed() and not issubclass(daemon, Relay)]


def fitting(daemon, scenario):
    """The scenario as this daemon can run it; None: it cannot. The relay keeps no table, decides
    nothing and changes no attribute."""
    if scenario.policy and not policies.known_to(daemon):
        return None
    if not issubclass(daemon, Relay):
        return scenario
    if scenario.external or "--overlap" in scenario.words:
        return None
    steps = [s for s in scenario.steps if s in ("initial", "withdraw", "re-announce", "churn")]
    return replace(scenario, steps=steps, late=0, words=[*scenario.words, "--no-reflector"])
