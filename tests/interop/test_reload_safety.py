"""Reloads that can be taken back, that fail, that come one after another, and that are large."""

import json
import re
import threading

import pytest
from lab.pipit import Pipit
from lab.raw import RawSpeaker
from lab.route import Route
from lab.speaker import Neighbor
from lab.waiting import holds_for, wait_for


@pytest.fixture
def pipit(lab):
    """pipit with one established neighbor, `far`."""
    made = lab.add(Pipit, asn=65000)
    machine = lab.machine("far")
    made.announced = {"10.1.0.0/16": Route("10.1.0.0/16")}
    made.start(Neighbor(machine.v4, 65001, name="far", passive=True))
    made.far = RawSpeaker(machine, made.machine.v4, 65001)
    made.far.come_up()
    wait_for(lambda: made.far.table(), 10)
    yield made
    made.far.close()


def write(pipit, **settings):
    """The file with other settings; returns its text."""
    pipit.settings = settings
    pipit.file.write_text(pipit.configuration())
    return pipit.file.read_text()


def hostname(pipit):
    return pipit.ask("show", "config")["config"].get("log", {}).get("format")


def history(pipit):
    return pipit.ask("show", "config", "--history")


def untouched(pipit):
    return pipit.far.alive() and pipit.neighbor("far")["established_count"] == 1


JSON_LOG = {"log": {"format": "json"}}


def test_a_confirmed_reload_stays(pipit):
    write(pipit, **JSON_LOG)
    answer = pipit.ask("reload", "--confirm", "1h")
    assert answer["ok"] and answer["confirm_until"]
    status = pipit.ask("status")
    assert status["config_confirm_until"] == answer["confirm_until"]
    assert any("confirm" in warning for warning in status["warnings"])

    write(pipit, log={"format": "text"})
    refused = pipit.pipit("reload", check=False)
    assert refused.returncode == 1 and "pipit confirm" in refused.stdout
    assert hostname(pipit) == "json"

    assert "stays" in pipit.pipit("confirm").stdout
    assert pipit.ask("status")["config_confirm_until"] is None
    assert pipit.pipit("confirm", check=False).returncode == 1
    assert pipit.ask("reload")["keys"] == 1
    assert untouched(pipit)


def test_an_unconfirmed_reload_goes_back_by_itself(pipit):
    pipit.announced["10.2.0.0/16"] = Route("10.2.0.0/16")
    write(pipit)
    pipit.pipit("reload", "--confirm", "2s")
    wait_for(lambda: "10.2.0.0/16" in pipit.far.table(), 5)
    wait_for(lambda: "10.2.0.0/16" not in pipit.far.table(), 10)
    assert set(pipit.far.table()) == {"10.1.0.0/16"}
    last, middle, first = history(pipit)
    assert (last["by"], middle["by"], first["by"]) == ("no confirmation", "reload", "start")
    assert last["running"] and last["requester"] is None
    status = pipit.ask("status")
    assert status["config_confirm_until"] is None
    assert any("no confirmation" in warning for warning in status["warnings"])
    assert "no confirmation" in pipit.log()
    # The file is still the other one.
    assert pipit.ask("reload")["keys"] == 1
    assert not any("no confirmation" in w for w in pipit.ask("status")["warnings"])
    assert untouched(pipit)


def test_a_reload_that_changes_nothing_needs_no_confirmation(pipit):
    assert pipit.ask("reload", "--confirm", "1s")["confirm_until"] is None
    assert len(history(pipit)) == 1


def test_one_can_go_back_to_what_the_history_keeps(pipit):
    write(pipit, **JSON_LOG)
    pipit.pipit("reload")
    rows = history(pipit)
    assert [r["number"] for r in rows] == [2, 1]
    assert rows[0]["requester"]["user"] == "root" and rows[0]["requester"]["pid"] > 1
    assert rows[0]["first_changes"] == [{"path": "log.format", "before": "text", "after": "json",
                                         "effects": ["in-place"]}]
    answer = pipit.ask("rollback", "1")
    assert answer["ok"] and answer["number"] == 3
    assert hostname(pipit) == "text"
    assert any("next reload" in w for w in pipit.ask("status")["warnings"])
    for number in ("3", "77"):  # the running one, and one that never was
        assert pipit.pipit("rollback", number, check=False).returncode == 1
    # It ends the wait for a confirmation, too.
    pipit.pipit("reload", "--confirm", "1h")
    pipit.pipit("rollback", "3")
    assert pipit.ask("status")["config_confirm_until"] is None
    assert [r["by"] for r in history(pipit)][:2] == ["rollback to 3", "reload"]
    assert untouched(pipit)


def test_a_difference_is_told_without_a_change(pipit):
    other = pipit.folder / "other.yaml"
    other.write_text(write(pipit, **JSON_LOG).replace("65001", "65009"))
    rows = {r["path"]: r for r in pipit.ask("show", "config", "--diff", other)}
    assert rows["log.format"]["effects"] == ["in-place"]
    assert rows["neighbors.far.asn"] == {"path": "neighbors.far.asn", "before": "65001",
                                         "after": "65009", "effects": ["reset"]}
    assert len(rows) == 2
    text = pipit.pipit("show", "config", "--diff", other).stdout
    assert "- neighbors.far.asn: 65001\n+ neighbors.far.asn: 65009" in text
    other.write_text("router: {}\n")
    assert pipit.pipit("show", "config", "--diff", other, check=False).returncode == 1
    assert pipit.ask("show", "config", "--diff", pipit.file)[0]["path"] == "log.format"
    assert len(history(pipit)) == 1 and untouched(pipit)


def test_a_dry_run_is_worded_for_people(pipit):
    pipit.announced = {"10.2.0.0/16": Route("10.2.0.0/16")}
    write(pipit)
    text = pipit.pipit("reload", "--dry-run", "--routes").stdout
    assert re.search(r"announced +10\.2\.0\.0/16 to far\n", text)
    assert re.search(r"withdrawn +10\.1\.0\.0/16 to far\n", text)
    assert re.search(r"far +none +0 +0 +0 +1 +1 +0", text)
    assert "2 changes" in text
    assert set(pipit.far.table()) == {"10.1.0.0/16"}
    document = pipit.ask("reload", "--dry-run")
    assert document["keys"] == 2 and [c["name"] for c in document["changes"]] == ["far"]


BROKEN = {
    "not YAML": "router: {asn: 65000",
    "an unknown key": "router: {asn: 65000}\nneigbors: {}\n",
    "an include that is not there": "router: {asn: 65000}\ninclude: [none.yaml]\n",
    "a broken include": "router: {asn: 65000}\ninclude: [broken.yaml]\n",
    "a set that is gone": "router: {asn: 65000}\npolicies: {p: [{match: {prefix: gone}}]}\n",
    "a policy that is gone": "router: {asn: 65000}\nneighbors: {far: {address: 10.99.0.2, asn: "
                             "65001, import: gone}}\n",
    "nothing": "",
}


def test_whatever_is_wrong_with_a_file_the_old_state_stays_whole(pipit):
    (pipit.folder / "broken.yaml").write_text("neighbors: [\n")
    before = pipit.ask("show", "config")
    for what, text in BROKEN.items():
        pipit.file.write_text(text)
        for words in ([], ["--dry-run"], ["--confirm", "1s"]):
            done = pipit.pipit("reload", *words, check=False)
            assert done.returncode == 1 and (done.stdout + done.stderr).strip(), what
        assert pipit.ask("show", "config") == before, what
    pipit.file.unlink()
    assert pipit.pipit("reload", check=False).returncode == 1
    assert pipit.ask("show", "config") == before
    assert len(history(pipit)) == 1 and pipit.ask("status")["config_confirm_until"] is None
    assert set(pipit.far.table()) == {"10.1.0.0/16"}
    holds_for(lambda: untouched(pipit), 0.5)


def test_reloads_while_a_session_flaps(pipit):
    stop = threading.Event()

    def flap():
        while not stop.is_set():
            pipit.far.close()
            try:
                pipit.far.come_up(timeout=10)
            except (OSError, AssertionError):
                stop.wait(0.01)

    flapping = threading.Thread(target=flap)
    flapping.start()
    try:
        for i in range(60):
            pipit.announced = {f"10.{i}.0.0/16": Route(f"10.{i}.0.0/16")}
            pipit.neighbors[0].options = {"description": str(i), "allow-own-as": i % 2}
            pipit.reload()
    finally:
        stop.set()
        flapping.join()
    if not pipit.far.alive():
        pipit.far.close()
        pipit.far.come_up(timeout=30)
    wait_for(lambda: set(pipit.far.table()) == {"10.59.0.0/16"}, 20, pipit.far.story)


def test_a_thousand_reloads_leave_memory_as_it_is(pipit):
    """Each changes routes, a policy, a neighbor; the history is full after the first hundred."""
    pipit.quiet = True
    texts = []
    for i in range(2):
        pipit.announced = {f"10.{j}.{k}.0/24": Route(f"10.{j}.{k}.0/24", med=i or None)
                           for j in range(4) for k in range(100)}
        pipit.neighbors[0].options = {"description": str(i), "export": "p"}
        texts.append(write(pipit, policies={"p": [{"set": {"med": i}, "then": "accept"}]},
                           log={"level": "error"}))
    sizes = []
    for i in range(1000):
        pipit.file.write_text(texts[i % 2])
        assert pipit.control("reload")["ok"]
        if i in (199, 999):
            sizes.append(pipit.memory())
    assert sizes[1] - sizes[0] < 2 << 20, sizes
    assert len(history(pipit)) <= 32
    assert history(pipit)[0]["number"] == 1001
    assert untouched(pipit)
    wait_for(lambda: len(pipit.far.table()) == 400, 20)


def originated(count):
    return [{"prefix": f"{10 + i // 65536}.{i // 256 % 256}.{i % 256}.0/24",
             "communities": ["65000:1"]} for i in range(count)]


def write_included(pipit, lines):
    """The file, with these lines of `originate` in one that it includes."""
    pipit.announced = {}
    head = pipit.configuration().rstrip().rstrip("}").rstrip()
    rows = "\n".join("  - " + json.dumps(line) for line in lines)
    agent = pipit.folder / "agent.yaml"
    agent.with_suffix(".new").write_text("originate:\n" + rows + "\n")
    agent.with_suffix(".new").rename(agent)
    pipit.file.write_text(head + ',\n "include": ["agent.yaml"]\n}\n')


def test_one_of_twenty_thousand_routes_changes(pipit):
    """Only that route goes out."""
    lines = originated(20000)

    def reload():
        write_included(pipit, lines)
        assert pipit.control("reload")["ok"]

    pipit.quiet = True
    reload()
    wait_for(lambda: len(pipit.far.table()) == len(lines), 30)
    before = pipit.neighbor_details("far")["messages"]["update"]["sent"]
    lines[777]["communities"] = ["65000:2"]
    reload()
    wait_for(lambda: pipit.neighbor_details("far")["messages"]["update"]["sent"] == before + 1, 10)
    lines.pop()
    reload()
    wait_for(lambda: len(pipit.far.table()) == len(lines), 10)
    assert pipit.neighbor_details("far")["messages"]["update"]["sent"] == before + 2
    assert untouched(pipit)
