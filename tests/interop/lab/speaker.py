"""What tests say about a speaker, in one vocabulary for all vendors, and what they ask of it."""

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from lab.process import Process
from lab.waiting import wait_for


@dataclass
class Neighbor:
    """The other end of a session, as the speaker's configuration describes it."""

    address: str
    asn: int
    name: str = ""
    password: str | None = None
    ttl_security: bool = False
    passive: bool = False
    families: tuple = ("ipv4",)
    reflector_client: bool = False
    route_server_client: bool = False  # pipit and BIRD
    next_hop_self: bool = False
    hold: int = 90
    keepalive: int = 30
    interface: str | None = None
    options: dict = field(default_factory=dict)  # pipit only: further keys of the neighbor

    @property
    def v6(self):
        return ":" in self.address


class Speaker:
    """A BGP daemon in a namespace of its own. Subclasses know one vendor each."""

    kind = ""
    program = ""
    says = frozenset()  # fields of Route that it can be told to announce
    shows = frozenset()  # fields of Route that it shows, of those not every vendor does

    quiet = False  # as little log as there is, for measurements

    def __init__(self, lab, machine, asn):
        self.lab = lab
        self.machine = machine
        self.asn = asn
        self.router_id = machine.v4
        self.folder = lab.folder / machine.label
        self.folder.mkdir(parents=True, exist_ok=True)
        self.neighbors = []
        self.announced = {}
        self.processes = []

    # -- to be said by each vendor
    def launch(self):
        """Writes the configuration and starts the processes."""
        raise NotImplementedError

    def ready(self):
        """True when the daemon answers questions."""
        raise NotImplementedError

    def state(self, address):
        """State of a session by RFC 4271's name."""
        raise NotImplementedError

    def routes(self, family="ipv4"):
        """Best routes learned by BGP: {prefix: Route}."""
        raise NotImplementedError

    def announce(self, *routes):
        raise NotImplementedError

    def withdraw(self, *prefixes):
        raise NotImplementedError

    # -- the same for all
    @classmethod
    def installed(cls):
        return shutil.which(cls.program) is not None

    @classmethod
    def beside(cls, name):
        """Another program of the vendor: from the folder of `program`, if that has one."""
        return str(Path(cls.program).with_name(name)) if "/" in cls.program else name

    def start(self, *neighbors):
        self.neighbors = list(neighbors) or self.neighbors
        self.launch()
        wait_for(self._up, 15, lambda: f"{self.kind} answers\n{self.log()[-2000:]}")
        return self

    def _up(self):
        for process in self.processes:
            if not process.running():
                raise AssertionError(f"{process.name} ended:\n{process.log()[-2000:]}")
        return self.ready()

    def spawn(self, *command, name=None, environment=None):
        process = Process(self.machine, self.folder, name or self.kind, command, environment)
        self.processes.append(process)
        return process

    def stop(self):
        """Ends the daemon; returns the exit status of its first process."""
        status = None
        for process in reversed(self.processes):
            status = process.stop()
        self.processes.clear()
        return status

    def kill(self):
        for process in self.processes:
            process.kill()
        self.stop()

    def pause(self):
        for process in self.processes:
            process.pause()

    def resume(self):
        for process in self.processes:
            process.resume()

    def established(self, address):
        return self.state(address) == "Established"

    def wait_established(self, *addresses, timeout=25):
        for address in addresses or [n.address for n in self.neighbors]:
            wait_for(lambda a=address: self.established(a), timeout,
                     lambda a=address: f"{self.kind} {self.machine.label} has a session with {a}, "
                                       f"state {self.state(a)}")

    def wait_route(self, prefix, timeout=15, **wanted):
        """Waits until the best route to `prefix` is there, with the fields `wanted`."""
        family = "ipv6" if ":" in prefix else "ipv4"

        def found():
            route = self.routes(family).get(prefix)
            if route is None or any(getattr(route, k) != v for k, v in wanted.items()):
                return None
            return route

        return wait_for(found, timeout, lambda: f"{self.kind} {self.machine.label} has {prefix} "
                        f"{wanted or ''}, but: {self.routes(family).get(prefix)}")

    def wait_no_route(self, prefix, timeout=15):
        family = "ipv6" if ":" in prefix else "ipv4"
        wait_for(lambda: prefix not in self.routes(family), timeout,
                 lambda: f"{self.kind} {self.machine.label} loses {prefix}")

    def hasten(self, address):
        """Ends the damping of a session that went down a few times, if the vendor has any."""

    def log(self):
        """Everything that the daemon wrote."""
        files = sorted(p for p in self.folder.rglob("*") if p.suffix in (".out", ".log"))
        return "".join(p.read_text(errors="replace") for p in files)


def link(one, other, families=("ipv4",), address="v4", **both):
    """How two speakers (or a speaker and a RawSpeaker's machine) describe each other: a pair of
    Neighbor. `both` applies to both sides."""
    return (Neighbor(getattr(other.machine, address), other.asn, families=families, **both),
            Neighbor(getattr(one.machine, address), one.asn, families=families, **both))
