"""Network namespaces on one bridge that is itself in a namespace: the host sees none of it.

Machine N has 10.99.0.N/24, fd99::N/64 and fe80::N on `e0`, 10.255.0.N/32 and fd99:ff::N/128 on
`lo`. Names begin with `pit` and the number of the process that made them, so that runs side by
side do not meet and what a killed run left behind can be recognised.
"""

import contextlib
import ctypes
import itertools
import os
import re
import subprocess
import threading

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
_numbers = itertools.count(1)


def _setns(handle):
    if _libc.setns(handle, CLONE_NEWNET) != 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def shell(*command, check=True):
    """Runs a command and returns its output."""
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stderr.strip()}")
    return done.stdout


def sweep():
    """Removes namespaces whose maker is no more."""
    for name in re.findall(r"^pit(\d+)-(\S+)", shell("ip", "netns", "list", check=False), re.M):
        if not os.path.exists(f"/proc/{name[0]}"):
            shell("ip", "netns", "delete", f"pit{name[0]}-{name[1]}", check=False)


class Namespace:
    """One machine of the laboratory."""

    def __init__(self, name, label):
        self.name = name
        self.label = label
        self.v4 = self.v6 = self.link_local = None
        shell("ip", "netns", "add", name)
        self.run("sh", "-c", "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad;"
                             "echo 0 > /proc/sys/net/ipv6/conf/all/accept_dad;"
                             "echo 1 > /proc/sys/net/ipv4/ip_forward;"
                             "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding;"
                             "ip link set lo up")

    def command(self, *command):
        """The words that run `command` inside."""
        return ["ip", "netns", "exec", self.name, *map(str, command)]

    def run(self, *command, check=True):
        return shell(*self.command(*command), check=check)

    def ip(self, *words, check=True):
        return shell("ip", "-n", self.name, *words, check=check)

    @contextlib.contextmanager
    def entered(self):
        """Sockets that this thread makes meanwhile belong to the namespace, for good."""
        home = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
        there = os.open(f"/run/netns/{self.name}", os.O_RDONLY)
        try:
            _setns(there)
            yield self
        finally:
            _setns(home)
            os.close(home)
            os.close(there)

    def delete(self):
        shell("ip", "netns", "delete", self.name, check=False)


class Network:
    """The bridge and the machines on it."""

    def __init__(self):
        self.prefix = f"pit{os.getpid()}-{next(_numbers)}"
        self.machines = {}
        self.switch = None

    def _name(self, label):
        return f"{self.prefix}-{label}"

    def machine(self, label, number):
        """A namespace on the bridge, made when it is asked for the first time."""
        if label in self.machines:
            return self.machines[label]
        if self.switch is None:
            self.switch = Namespace(self._name("switch"), "switch")
            self.switch.ip("link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
            self.switch.ip("link", "set", "br0", "up")
        machine = Namespace(self._name(label), label)
        self.machines[label] = machine
        port = f"p{number}"
        self.switch.ip("link", "add", port, "type", "veth",
                       "peer", "name", "e0", "netns", machine.name)
        self.switch.ip("link", "set", port, "master", "br0", "up")
        machine.v4, machine.v6 = f"10.99.0.{number}", f"fd99::{number}"
        machine.link_local = f"fe80::{number}"
        machine.run("sh", "-ec", f"""
            ip link set e0 addrgenmode none; ip link set e0 up
            ip addr add {machine.v4}/24 dev e0
            ip addr add {machine.v6}/64 dev e0 nodad
            ip addr add {machine.link_local}/64 dev e0 nodad
            ip addr add 10.255.0.{number}/32 dev lo
            ip addr add fd99:ff::{number}/128 dev lo nodad""")
        return machine

    def cut(self, label):
        """Takes a machine off the bridge without any link going down for it."""
        self.switch.ip("link", "set", self._port(label), "nomaster")

    def mend(self, label):
        self.switch.ip("link", "set", self._port(label), "master", "br0")

    def _port(self, label):
        return "p" + self.machines[label].v4.rsplit(".", 1)[1]

    def delete(self):
        for machine in self.machines.values():
            machine.delete()
        if self.switch is not None:
            self.switch.delete()
        self.machines.clear()
        self.switch = None
