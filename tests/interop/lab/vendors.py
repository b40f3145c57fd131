"""All live peers."""

from lab.bird import Bird
from lab.exabgp import ExaBgp
from lab.frr import Frr
from lab.gobgp import GoBgp
from lab.openbgpd import OpenBgpd

VENDORS = (Bird, Frr, GoBgp, OpenBgpd, ExaBgp)
NAMES = [v.kind for v in VENDORS]


def present():
    """Those that are installed."""
    return [v for v in VENDORS if v.installed()]
