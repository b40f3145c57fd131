"""Results as text: a row for each figure, a column for each daemon, then pipit's ratio to the best
of the others."""

import statistics
from dataclasses import dataclass

from .bench import mistakes


@dataclass
class Figure:
    """One figure of the runs of one daemon."""

    values: list

    @property
    def median(self):
        return statistics.median(self.values)

    def text(self):
        def short(value):
            digits = 3 if value < 10 else 1 if value < 100 else 0
            return f"{value:.{digits}f}"
        if len(self.values) == 1 or min(self.values) == max(self.values):
            return short(self.median)
        return f"{short(self.median)} ({short(min(self.values))}-{short(max(self.values))})"


def figures(results):
    """{name of a row: Figure} of the runs that ended."""
    good = [r for r in results if "error" not in r]
    if not good:
        return {}
    rows = {}

    def add(name, read):
        rows[name] = Figure([read(r) for r in good])

    for phase in good[0].get("phases", {}):
        add(f"{phase} s", lambda r, p=phase: r["phases"][p]["seconds"])
        add(f"{phase} CPU s", lambda r, p=phase: r["phases"][p]["cpu_seconds"])
    if "peak_memory" in good[0]:
        add("peak MB", lambda r: r["peak_memory"] / 1e6)
        add("octets per route", lambda r: (r["full_memory"] - r["empty_memory"]) / r["routes"])
        add("generator's CPU s", lambda r: sum(p["own_cpu_seconds"]
                                               for p in r["phases"].values()))
    if any(r.get("longest_silence") for r in good):
        add("longest silence of an idle session s", lambda r: r["longest_silence"])
    if any(r.get("outdated") for r in good):
        add("routes that were outdated when read", lambda r: r["outdated"])
    if "loop" in good[0]:
        add("longest turn of the loop ms", lambda r: r["loop"]["longest_turn_seconds"] * 1e3)
        add("latest timer ms", lambda r: r["loop"]["latest_timer_seconds"] * 1e3)
    add("mistakes", mistakes)
    return rows


def ratio(own, others):
    """pipit's median in parts of the best other one."""
    best = min((o.median for o in others), default=0)
    return f"{own.median / best:.2f}" if best > 0 else "-"


def table(name, title, results):
    """One scenario; `results`: {daemon: list of runs}."""
    by_daemon = {kind: figures(runs) for kind, runs in results.items()}
    kinds = list(results)
    rows = []
    for rowset in by_daemon.values():
        rows += [row for row in rowset if row not in rows]
    lines = [f"### {name}: {title}", "",
             "| | " + " | ".join([*kinds, "pipit / best peer"]) + " |",
             "|---" * (len(kinds) + 2) + "|"]
    peers = [k for k in kinds if k not in ("pipit", "relay")]
    for row in rows:
        cells = [by_daemon[k][row].text() if row in by_daemon[k] else "-" for k in kinds]
        own = by_daemon.get("pipit", {}).get(row)
        others = [by_daemon[k][row] for k in peers if row in by_daemon[k]]
        cells.append(ratio(own, others) if own and others and row != "mistakes" else "")
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    for kind, runs in results.items():
        errors = [r["error"] for r in runs if "error" in r]
        if errors:
            lines.append(f"\n{kind}: {len(errors)} of {len(runs)} runs failed: {errors[0][:300]}")
    return "\n".join(lines) + "\n"


def compared(name, runs, against, other):
    """What of one scenario costs more or less than in another one: ratios for each daemon."""
    lines = [f"{name} in parts of {against}:"]
    for kind, results in runs.items():
        one, base = figures(results), figures(other.get(kind, []))
        words = [f"{row} {one[row].median / base[row].median:.2f}" for row in one
                 if row in base and row.endswith(" s") and base[row].median > 0]
        if words:
            lines.append(f"- {kind}: {', '.join(words)}")
    return "\n".join(lines) + "\n" if len(lines) > 1 else ""
