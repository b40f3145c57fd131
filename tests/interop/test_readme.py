"""The README's first configuration, step by step, and its other files."""

import re
import subprocess

from lab.bird import Bird
from lab.cookbook import Written, blocks
from lab.internet import peer, place
from lab.pipit import ROOT
from lab.route import Route
from lab.speaker import Neighbor

from conftest import need

PAGE, SECTION = "README.md", "The first configuration"


def test_the_first_configuration(lab):
    need(Bird)
    found = blocks(PAGE)
    assert [b.section for b in found] == [SECTION] * 4
    first, looking, more, announcing = found
    place(lab, "pipit", "192.0.2.1")
    pipit = lab.add(Written, "pipit", 64512).take(PAGE, first.name)
    pipit.text = first.text
    pipit.begin()
    switch = peer(lab, "tor", 65001, "192.0.2.254", Neighbor("192.0.2.1", 64512),
                  routes=[Route("0.0.0.0/0")])
    pipit.settled()
    pipit.run_commands(looking)
    pipit.file.write_text(f"{pipit.configuration()}\n{more.text}")
    assert not switch.routes()
    pipit.run_commands(announcing)
    switch.wait_route("10.96.0.0/12", as_path="64512")


def test_its_other_files_have_no_errors(tmp_path):
    """Those are indented, and whole files as far as they begin with the router."""
    pieces = re.findall(r"(?m)^(?: {4}\S.*\n(?:(?: {4}.*)?\n)*)", (ROOT / PAGE).read_text())
    files = [re.sub(r"(?m)^ {4}", "", p) for p in pieces if p.startswith("    router:")]
    assert len(files) == 2
    for text in files:
        file = tmp_path / "pipitd.yaml"
        file.write_text(text)
        done = subprocess.run([Written.daemon, "--check", "--config", file], capture_output=True,
                              text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "warning" not in done.stdout + done.stderr, done.stdout + done.stderr
