"""The scenarios, as data: what each one is, at full size and tiny."""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = Path(os.environ.get("PIPIT_SHARED", ROOT.parent / "shared")) / "data"
RECORDING = SHARED / "full-table-2015.bgp.gz"
USUAL = ("initial", "late", "withdraw", "re-announce")


@dataclass(frozen=True)
class Scenario:
    """What the load generator is told. Sessions are numbered senders first, then receivers, idle
    ones and late ones."""

    title: str
    senders: int = 1
    receivers: int = 0
    idle: int = 0
    late: int = 1
    prefixes: int = 0  # of each sender; 0: the recorded table
    external: bool = False
    policy: bool = False  # the policies of policies.py, both ways
    steps: tuple = USUAL
    words: list = field(default_factory=list)
    against: str = ""  # the same without what is special: ratios to it are shown

    @property
    def sessions(self):
        return self.senders + self.receivers + self.idle + self.late

    def arguments(self):
        """Words for the load generator."""
        size = ["--prefixes", self.prefixes] if self.prefixes else ["--data", RECORDING]
        return ["--senders", self.senders, "--receivers", self.receivers, "--idle", self.idle,
                *size, *(["--external"] if self.external else []), "--steps",
                ",".join(self.steps), *self.words]

    @property
    def possible(self):
        return self.prefixes != 0 or RECORDING.exists()


STALLED = ("stop-reading", "initial", "withdraw", "re-announce", "pause", "read-on")
UNSTALLED = ("initial", "withdraw", "re-announce")

SCENARIOS = {
    "A": Scenario("reflector, 10 clients x 20,000", 10, prefixes=20_000),
    "B": Scenario("10 senders x 20,000, eBGP", 10, prefixes=20_000, external=True),
    "B60": Scenario("60 senders x 3,000, eBGP", 60, prefixes=3_000, external=True),
    "C1": Scenario("1M synthetic, 1 -> 1", 1, 1, prefixes=1_000_000),
    "C1data": Scenario("recorded full table, 1 -> 1", 1, 1),
    "C10": Scenario("1M synthetic, 1 -> 10", 1, 10, prefixes=1_000_000),
    "Cov": Scenario("4 x 300,000 overlapping, 2 receivers", 4, 2, prefixes=300_000,
                    steps=("initial", "late", "drop", "return"), words=["--overlap"]),
    "D100": Scenario("node mesh, 100 clients x 1,000", 100, prefixes=1_000),
    "D300": Scenario("node mesh, 300 clients x 100", 300, prefixes=100),
    "D500": Scenario("node mesh, 500 clients x 6", 500, prefixes=6),
    "E": Scenario("10 late joiners at once on the recorded table", 1, 1, late=10,
                  steps=("initial", "late:10")),
    "F": Scenario("churn: 10 % flap 50 times; half of the table drops and returns", 2, 4, late=0,
                  prefixes=100_000, steps=("initial", "churn:50", "drop", "return")),
    "G": Scenario("1,000 idle sessions with 1 s keepalives, the recorded table moves", 1, 1,
                  idle=1000, late=0, steps=("initial", "withdraw", "re-announce", "churn:20")),
    "H": Scenario("reflector as A with 5 receivers, of which one does not read", 10, 5, late=0,
                  prefixes=20_000, steps=STALLED, against="H0"),
    "H0": Scenario("the same, all of them read", 10, 5, late=0, prefixes=20_000, steps=UNSTALLED),
    "P1": Scenario("C1 with a usual import and export policy", 1, 1, prefixes=1_000_000,
                   policy=True, against="C1"),
    "P10": Scenario("C10 with a usual import and export policy", 1, 10, prefixes=1_000_000,
                    policy=True, against="C10"),
    "K": Scenario("1M to 31 receivers; 30 stop reading, all is withdrawn, they read on", 1, 31,
                  late=0, prefixes=1_000_000,
                  steps=("stop-reading:30", "initial", "withdraw", "pause", "read-on")),
    "K2": Scenario("the same with 2M to 51 receivers, of which 50 stop", 1, 51,
                   late=0, prefixes=2_000_000,
                   steps=("stop-reading:50", "initial", "withdraw", "pause", "read-on")),
    "J": Scenario("two full feeds with different attributes, one goes and returns", 2, 2, late=0,
                  steps=("initial", "drop", "return"), words=["--overlap"]),
}

_SMALL = {  # what is changed for a run that only asks whether all is right
    "A": {"senders": 5, "prefixes": 300},
    "B": {"senders": 5, "prefixes": 300},
    "C1": {"prefixes": 5000},
    "C10": {"prefixes": 3000, "receivers": 3},
    "Cov": {"prefixes": 2000},
    "D300": {"senders": 40, "prefixes": 20},
    "E": {"prefixes": 4000, "late": 4, "steps": ("initial", "late:4")},
    "F": {"prefixes": 1000, "steps": ("initial", "churn:12", "drop", "return")},
    "G": {"prefixes": 5000, "idle": 30},
    "H": {"senders": 3, "prefixes": 3000, "receivers": 3},
    "J": {"prefixes": 3000},
    "P1": {"prefixes": 5000},
    "P10": {"prefixes": 3000, "receivers": 3},
    "K": {"prefixes": 20_000, "receivers": 4,
          "steps": ("stop-reading:3", "initial", "withdraw", "pause", "read-on")},
    "K2": {"prefixes": 40_000, "receivers": 6,
           "steps": ("stop-reading:5", "initial", "withdraw", "pause", "read-on")},
}
TINY = {name: replace(SCENARIOS[name], **changes) for name, changes in _SMALL.items()}

#: What is drawn: the step whose cost is shown, over what it grows with.
GROWING = {
    "prefixes": [(n, Scenario(f"{n:,} prefixes, 1 -> 1", 1, 1, late=0, prefixes=n,
                              steps=("initial",)))
                 for n in (100_000, 200_000, 400_000)],
    "receivers": [(n, Scenario(f"100,000 prefixes, 1 -> {n}", 1, n, late=0, prefixes=100_000,
                               steps=("initial",)))
                  for n in (1, 4, 16)],
}
