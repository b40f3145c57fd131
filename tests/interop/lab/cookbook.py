"""The blocks of a documentation page, run as they stand: files that pipitd reads, and commands with
what they print.

A block of `yaml NAME` is a file of that name. A block of `console` has lines that begin with `$ `,
each a command, and below each what it prints; `...` stands for lines that are left out.
"""

import os
import re
import shlex
import shutil
import subprocess
from dataclasses import dataclass

from lab.pipit import ROOT, Pipit
from lab.speaker import Neighbor
from lab.waiting import wait_for

EXAMPLES = ROOT / "packaging" / "examples"
PASSWORD = "not-a-real-password"


@dataclass(frozen=True)
class Block:
    """One fenced block: the heading above it, its language, its file name, its first line."""

    section: str
    language: str
    name: str
    text: str
    line: int


def blocks(page):
    """All fenced blocks of a page below the root of the tree."""
    found, section, opened = [], "", None
    for number, line in enumerate((ROOT / page).read_text().splitlines(), 1):
        if opened is None and line.startswith("## "):
            section = line[3:].strip()
        elif opened is None and line.startswith("```"):
            opened = (line[3:].split(maxsplit=1) + ["", ""], number + 1, [])
        elif opened is not None and line == "```":
            words, first, lines = opened
            found.append(Block(section, words[0], words[1], "\n".join(lines) + "\n", first))
            opened = None
        elif opened is not None:
            opened[2].append(line)
    assert opened is None, f"{page}: a block is not closed"
    return found


def commands(block):
    """Pairs of a command and the lines that it is said to print."""
    found = []
    for line in block.text.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        elif line.strip():
            found[-1][1].append(line)
    return found


def _masked(line):
    """The words of a line; numbers, durations and moments may be any."""
    return [re.sub(r"^(\d+(\.\d+)?(ms|us|[smhdw])?)+[,.]?$|^\d{4}-\d\d-\d\dT\S+$", "#", word)
            for word in line.split()]


def _within(few, many):
    """Whether all of `few` stand in `many`, in that order."""
    rest = iter(many)
    return all(word in rest for word in few)


def missing_line(said, printed):
    """The first of the lines that a page shows and that a command does not print, be it with more
    columns and other numbers. None: all are there."""
    lines = [_masked(line) for line in printed]
    for line in said:
        if line.strip() != "..." and not any(_within(_masked(line), words) for words in lines):
            return line
    return None


class Written(Pipit):
    """pipitd with a file of a page, and with what that file needs beside it."""

    def __init__(self, lab, machine, asn):
        super().__init__(lab, machine, asn)
        self.texts, self.text = {}, ""
        self.environment = {}

    def take(self, page, name, others=(), **environment):
        """Chooses the block `name` of a page, and those that it includes."""
        self.texts = {b.name: b.text for b in blocks(page) if b.language == "yaml"}
        self.text, self.environment = self.texts[name], environment
        self.file = self.folder / name
        for other in others:
            (self.folder / other).write_text(self.texts[other])
        shutil.copy(EXAMPLES / "bogons.txt", self.folder)
        self._keys(self.text, self.folder)
        return self

    @staticmethod
    def _keys(text, folder):
        for key in re.findall(r"password-file: ([\w.-]+)", text):
            (folder / key).write_text(PASSWORD + "\n")

    def divide(self, *names):
        """Puts what stands below the head of other files of the page into files of conf.d."""
        (self.folder / "conf.d").mkdir()
        for name in names:
            rest = re.search(r"^(sets|policies):.*", self.texts[name], re.M | re.S).group(0)
            (self.folder / "conf.d" / name).write_text(rest)
            self._keys(rest, self.folder / "conf.d")
        return self

    def configuration(self):
        """The block; where the test wants the socket and the log goes below it."""
        return (f"{self.text}\ncontrol: {{socket: {self.socket}}}\n"
                "log: {level: debug}\n")

    def launch(self):
        self.file.write_text(self.text)
        done = self.check()
        assert done.returncode == 0, done.stdout + done.stderr
        assert "warning" not in done.stdout + done.stderr, done.stdout + done.stderr
        self.file.write_text(self.configuration())
        self.spawn(self.daemon, "--config", self.file, name="pipitd", environment={
            **self.environment, "ASAN_OPTIONS": "detect_leaks=1"})

    def check(self):
        """`pipitd --check` of the block as it stands in the page."""
        return subprocess.run([self.daemon, "--check", "--config", self.file],
                              capture_output=True, text=True, check=False,
                              env={**os.environ, **self.environment})

    def begin(self):
        """Starts the daemon and lets all of its sessions come up."""
        self.start()
        self.neighbors = [Neighbor(row["address"], row["asn"] or 0, name=row["name"])
                          for row in self.ask("show", "neighbors")]
        return self

    def settled(self, only=None, but=()):
        """Waits until sessions are up and End-of-RIB came: all routes of the neighbors are here.
        `but`: of these no End-of-RIB comes (FRR without graceful restart)."""
        names = only or [n.name for n in self.neighbors]
        self.wait_established(*names)

        def missing():
            return [row["name"] for row in self.ask("show", "neighbors")
                    for family in row["families"].values()
                    if row["name"] in names and row["name"] not in but
                    and family["negotiated"] and not family["end_of_rib_received"]]
        wait_for(lambda: not missing(), 15, lambda: f"End-of-RIB of {missing()}")
        return self

    # -- what became of a route
    def fate(self, prefix, name):
        """("accepted", attributes) of what a neighbor announced, or ("rejected", why): the line of
        the rule that rejected it, the stage of import that did, or "end" of the policies."""
        answer = self.control("explain", prefix=prefix, **{"from": name})
        assert answer.get("paths"), f"{prefix} from {name}: {answer.get('verdict') or answer}"
        path = answer["paths"][0]
        if path["accepted"] is not None:
            return "accepted", path["accepted"]
        stopped = [s for s in path["steps"] if s["result"] == "stopped"][-1]
        rules = [r for r in stopped.get("rules") or [] if r["matched"] and r["then"] == "reject"]
        if rules:
            return "rejected", self.line_of(rules[-1]["place"])
        return "rejected", "end" if stopped["stage"] == "import-policy" else stopped["stage"]

    def line_of(self, place):
        name, line = place.rsplit(":", 1)
        return (self.folder / name).read_text().splitlines()[int(line) - 1].strip()

    def idle_rules(self, but=()):
        """Rules that no route came to so far, by the line where they stand."""
        return [self.line_of(rule["place"]) for row in self.ask("show", "policies")
                for rule in row["rules"] if not rule["hits"] and row["name"] not in but]

    # -- what the page shows
    def run_commands(self, block):
        """Runs the commands of a block and compares what they print with what it shows."""
        for command, said in commands(block):
            printed = self.run_command(command)
            line = missing_line(said, printed.splitlines())
            assert line is None, f"{command} (line {block.line}) prints no {line!r}:\n{printed}"

    def run_command(self, command):
        words = shlex.split(command)
        if words[0] == "pipit":
            return self.pipit(*words[1:]).stdout
        if words[0] == "pipitd":  # in the page it reads the file at its usual place
            done = subprocess.run([self.daemon, *words[1:], "--config", self.file], text=True,
                                  capture_output=True, check=False,
                                  env={**os.environ, **self.environment})
            return (done.stdout + done.stderr).replace(str(self.folder), "/etc/pipit")
        assert words[0] == "ip", f"{command}: not a command that is run"
        return self.machine.run(*words)
