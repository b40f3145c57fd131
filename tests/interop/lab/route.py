"""The one form in which every speaker's routes are compared."""

import re
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Route:
    """One path to a prefix. Communities are sorted tuples of text; None: no such attribute."""

    prefix: str
    next_hop: str | None = None
    origin: str = "igp"
    as_path: str = ""  # "65001 65002 {65003,65004}"
    med: int | None = None
    local_preference: int | None = None
    communities: tuple = ()  # "65001:1"
    large_communities: tuple = ()  # "65001:1:2"
    extended_communities: tuple = ()  # "rt:65001:7", "soo:65001:7"
    aggregator: str | None = None  # "65001 192.0.2.1"
    atomic_aggregate: bool = False
    originator_id: str | None = None
    cluster_list: tuple = ()
    unknown: dict = field(default_factory=dict, compare=False)  # code: value in hex

    def but(self, **changes):
        return replace(self, **changes)

    @property
    def family(self):
        return "ipv6" if ":" in self.prefix else "ipv4"


WELL_KNOWN = {
    "no-export": "65535:65281", "no-advertise": "65535:65282",
    "no-export-subconfed": "65535:65283", "local-as": "65535:65283", "no-peer": "65535:65284",
    "blackhole": "65535:666", "graceful-shutdown": "65535:0",
    "no_export": "65535:65281", "no_advertise": "65535:65282",
    "no_export_subconfed": "65535:65283",
}


def communities(words):
    """Community words of any speaker as a sorted tuple."""
    return tuple(sorted(WELL_KNOWN.get(w.lower(), w) for w in words))


def as_path(text):
    """AS_PATH text of any speaker: sets as {1,2} with ascending numbers."""
    text = re.sub(r"\{([^}]*)\}", lambda m: "{%s}" % ",".join(
        sorted(re.findall(r"\d+", m.group(1)), key=int)), text)
    return " ".join(text.split())


def extended(text):
    """One extended community of any speaker's text."""
    text = text.strip().strip("()").lower()
    text = re.sub(r"^(rt|soo|target|origin|route-target|ro)[\s:,]+", lambda m: {
        "target": "rt", "route-target": "rt", "origin": "soo", "ro": "soo",
    }.get(m.group(1), m.group(1)) + ":", text)
    return re.sub(r"[\s,]+", ":", text)


def differences(got, wanted, but=()):
    """What differs between two routes, field by field, as text; "" when nothing does."""
    lines = []
    for name in Route.__dataclass_fields__:
        if name in ("unknown", *but):
            continue
        one, other = getattr(got, name), getattr(wanted, name)
        if one != other:
            lines.append(f"{name}: got {one!r}, wanted {other!r}")
    for code, value in wanted.unknown.items():
        if "unknown" not in but and got.unknown.get(code) != value:
            lines.append(f"attribute {code}: got {got.unknown.get(code)}, wanted {value}")
    return "; ".join(lines)
