"""What a reload does about each key: the table that the daemon goes by, row by row, against two
BIRDs. Counted are sessions that were reset and UPDATE messages that were sent."""

import copy
import json
import re
import subprocess

import pytest
from conftest import need
from lab.bird import Bird
from lab.pipit import BUILD, Pipit
from lab.reload_samples import OWN, SAMPLES, THEIRS, at, neighbor
from lab.route import Route
from lab.speaker import link
from lab.waiting import holds_for, wait_for

def rows():
    """The table: {key: effects}."""
    tool = BUILD / "config" / "config-describe"
    if not tool.exists():
        return {}
    text = subprocess.run([tool, "changes"], capture_output=True, text=True, check=True).stdout
    return {row["key"]: set(row["effects"]) for row in json.loads(text)}


class Table:
    """pipit between two BIRDs; its file is changed again and again."""

    def __init__(self, lab):
        self.pipit = lab.add(Pipit, asn=65000)
        self.a = lab.add(Bird, label="a", asn=65001)
        self.b = lab.add(Bird, label="b", asn=65002)
        to_a, from_a = link(self.pipit, self.a)
        to_b, from_b = link(self.pipit, self.b)
        to_a.name, to_b.name = "a", "b"
        self.a.announced = {p: Route(p) for p in THEIRS}
        self.a.start(from_a)
        self.b.start(from_b)
        self.pipit.announced = {p: Route(p) for p in OWN}
        self.pipit.announced[OWN[0]] = Route(OWN[0], communities=("65000:1",))
        self.pipit.settings = {"groups": {"g": {"timers": {"connect-retry": 2}}}}
        self.pipit.start(to_a, to_b)
        self.pipit.wait_established()
        self.base = json.loads(self.pipit.configuration())
        wait_for(lambda: self.b.count() == len(OWN + THEIRS) and self.a.count() == len(OWN), 20)

    def write(self, *changes):
        """The file with these changes of the base."""
        config = copy.deepcopy(self.base)
        for change in changes:
            change(config)
        self.pipit.file.write_text(json.dumps(config))

    def load(self, *changes, then=None):
        """Reloads with these changes of the base; `then`: the control socket from then on."""
        self.write(*changes)
        answer = self.pipit.control("reload")
        assert answer.get("ok"), answer
        self.pipit.socket = then or self.pipit.socket
        wait_for(self.answers, 10)  # a control socket that changes is another one for a moment
        return answer

    def answers(self):
        try:
            return self.pipit.control("status")
        except (OSError, ValueError):
            return None

    def neighbor(self, name):
        return self.pipit.control("show neighbor", name=name)

    def counters(self, name):
        found = self.neighbor(name)
        return found["established_count"], found["messages"]["update"]["sent"]

    def resets(self, name):
        """How often the session went down for Cease/Other Configuration Change."""
        return len(re.findall(rf"{name}: session down.*Cease/Other Configuration Change",
                              self.pipit.log()))

    def back(self):
        """The file as it was, and everything settled."""
        self.load()
        wait_for(lambda: all(self.neighbor(n)["state"] == "Established" for n in "ab"), 30,
                 lambda: [self.neighbor(n)["state"] + str(self.neighbor(n)["last_error"])
                          for n in "ab"])
        wait_for(lambda: self.routes() == (len(OWN), len(OWN + THEIRS)), 20,
                 lambda: self.routes())

    def routes(self):
        """Routes that stand advertised to a and b, everything in the update groups settled."""
        groups = self.groups()
        if any(g["backlog"] or g["lagging"] for g in groups):
            return None
        return tuple(self.neighbor(n)["families"]["ipv4-unicast"]["advertised"] for n in "ab")

    def received(self):
        """Routes that a has announced, before policy."""
        return self.neighbor("a")["families"]["ipv4-unicast"]["received"]

    def groups(self):
        return self.pipit.answer("show groups")[:-1]

    def seen(self):
        """By neighbor and direction: {prefix: attributes}."""
        keys = ("next_hop", "as_path", "med", "local_preference", "communities")
        found = {(name, view): {r["prefix"]: [r[k] for k in keys]
                                for r in self.pipit.answer("show routes", neighbor=name,
                                                            view=view)[:-1]}
                 for name in "ab" for view in ("accepted", "advertised")}
        found["kernel", "accepted"] = {
            r["prefix"]: [r[k] for k in keys] for source in ("kernel", "connected")
            for r in self.pipit.answer("show routes", source=source)[:-1] if r["valid"]}
        ways = ("hops", "type", "preferred_source")
        found["kernel", "installed"] = {
            r["prefix"]: ([r["table"], r["metric"], r["protocol"]], [r[k] for k in ways])
            for r in self.pipit.answer("show kernel")[:-1]
            if r["direction"] == "exported" and r["state"] == "installed"}
        return found

    def dry_run(self):
        """What a reload of the file would do to routes: {(neighbor, change, prefix)}; its counts
        must say the same."""
        *found, last = self.pipit.answer("reload", **{"dry-run": True, "routes": True})
        assert last.get("ok"), last
        routes = {(r["neighbor"], r["change"], r["prefix"]) for r in found
                  if "prefix" in r and not r["while_down"]}
        for row in (r for r in found if "name" in r):
            for change in CHANGES:
                assert row[change] == len([r for r in routes if r[:2] == (row["name"], change)])
        return routes


CHANGES = ("accepted", "rejected", "changed", "announced", "withdrawn", "updated", "lost", "moved")


def kernel_change(was, now):
    """Of a route of ours in the kernel: (place, ways), None where there is none."""
    return ("announced" if was is None else "withdrawn" if now is None else
            "moved" if was[0] != now[0] else "updated")


def difference(before, after):
    """The same as Table.dry_run(), out of two answers of Table.seen()."""
    found = set()
    for (name, view), was in before.items():
        now = after[name, view]
        if view == "installed":
            found |= {(name, kernel_change(was.get(p), now.get(p)), p)
                      for p in was.keys() | now.keys() if was.get(p) != now.get(p)}
            continue
        new, gone, other = (("announced", "withdrawn", "updated") if view == "advertised" else
                            ("accepted", "rejected", "changed"))
        for prefix in was.keys() | now.keys():
            if was.get(prefix) != now.get(prefix):
                found.add((name, new if prefix not in was else gone if prefix not in now else other,
                           prefix))
    return found


@pytest.fixture(scope="module")
def table(module_lab):
    need(Bird)
    return Table(module_lab)


def test_every_row_has_a_sample():
    shared = ("policies.", "sets.", "tests[].")
    missing = [key for key in rows() if key not in SAMPLES and not key.startswith(shared)]
    assert rows() and not missing


@pytest.mark.parametrize("key", [k for k, s in SAMPLES.items() if s])
def test_a_change_does_what_the_table_says(table, key):
    sample, effects = SAMPLES[key], rows()[key]
    table.load(sample.before)
    wait_for(lambda: all(table.neighbor(n)["state"] == "Established" for n in "ab"), 30)
    wait_for(lambda: table.received() == len(THEIRS), 10)  # `before` may have reset the session
    wait_for(lambda: table.routes() is not None, 10)
    holds_for(lambda: table.routes() is not None, 0.1)
    before = {n: table.counters(n) for n in "ab"}
    table.write(sample.after)
    seen, predicted = table.seen(), table.dry_run()
    resets = table.resets("a")

    answer = table.load(sample.after)
    # router.cluster-id resets clients only, and there are none.
    if "reset" in effects and key != "router.cluster-id":
        assert "a" in answer["reset"]
        wait_for(lambda: table.resets("a") == resets + 1, 5)
        assert ("b" in answer["reset"]) == key.startswith("router.")
        if not key.startswith("router."):
            assert table.counters("b")[0] == before["b"][0]
        table.back()
        return

    assert not answer["reset"] and not answer["added"] and not answer["removed"]
    wanted = {"a": sample.a, "b": sample.b}

    def updates():
        return {n: table.counters(n)[1] - before[n][1] for n in "ab"}

    def right():
        found = updates()
        return all(found[n] <= wanted[n] and (found[n] > 0) == (wanted[n] > 0) for n in "ab")

    def story():
        return f"UPDATE messages sent: {updates()}, at most: {wanted}"

    wait_for(right, 10, story)
    holds_for(right, 0.25, story)
    assert {n: table.counters(n)[0] for n in "ab"} == {n: before[n][0] for n in "ab"}
    wait_for(lambda: predicted == difference(seen, table.seen()), 5,
             lambda: f"{predicted} {difference(seen, table.seen())}")
    table.back()


def test_the_control_socket_moves_alone(table):
    before = {n: table.counters(n) for n in "ab"}
    home, moved = table.pipit.socket, table.pipit.folder / "moved.sock"
    table.load(at(["control", "socket"], str(moved)), then=moved)
    assert {n: table.counters(n) for n in "ab"} == before
    table.load(then=home)
    assert {n: table.counters(n) for n in "ab"} == before


def test_a_password_that_moves_into_a_file_resets_nothing(table):
    table.load(neighbor("password", "secret"))
    counted = table.counters("a")[0]
    (table.pipit.folder / "key").write_text("secret\n")
    assert table.load(neighbor("password-file", "key"))["reset"] == []
    assert table.counters("a")[0] == counted
    (table.pipit.folder / "key").write_text("other\n")
    assert table.load(neighbor("password-file", "key"))["reset"] == ["a"]
    table.back()


def test_shutdown_ends_the_session_and_nothing_else_does(table):
    before = table.counters("b")[0]
    answer = table.load(neighbor("shutdown", "back at noon"))
    assert answer["updated"] == ["a"] and not answer["reset"]
    sent = table.neighbor("a")["notification_sent"]
    assert (sent["code"], sent["subcode"], sent["message"]) == (6, 2, "back at noon")
    # Another change of the neighbor does not bring it back.
    table.load(neighbor("shutdown", "back at noon"), neighbor("description", "x"))
    assert table.neighbor("a")["shutdown"]
    assert table.counters("b")[0] == before
    table.back()


def test_what_an_operator_shut_down_stays_down(table):
    table.pipit.control("neighbor disable", name="a")
    table.load(neighbor("description", "x"), neighbor("timers.connect-retry", 9))
    assert table.neighbor("a")["shutdown"]
    table.pipit.control("neighbor enable", name="a")
    table.back()


def test_a_reflector_client_is_reset_when_its_role_changes(table):
    """An internal neighbor that nobody answers for is enough: its options count."""
    internal = {"address": "10.99.0.98", "asn": 65000, "passive": True,
                "families": {"ipv4-unicast": {}}}
    table.load(at(["neighbors", "c"], internal))
    answer = table.load(at(["neighbors", "c"], {**internal, "route-reflector-client": True}))
    assert answer["reset"] == ["c"]
    answer = table.load(at(["neighbors", "c"], {**internal, "route-reflector-client": True}),
                        at(["router", "cluster-id"], "1.2.3.4"))
    assert answer["reset"] == ["c"]
    assert sorted(answer["updated"]) == ["a", "b"]
    table.back()


def test_a_lower_limit_is_felt_at_once_and_a_higher_one_lets_the_neighbor_try_again(table):
    def limited(limit):
        return neighbor("families", {"ipv4-unicast": {
            "max-prefixes": {"limit": limit, "action": "stop"}}})

    table.load(limited(10))
    table.load(limited(2))
    sent = table.neighbor("a")["notification_sent"]
    assert (sent["code"], sent["subcode"]) == (6, 1)
    table.load(limited(20))
    wait_for(lambda: table.neighbor("a")["state"] == "Established", 30)
    table.back()
