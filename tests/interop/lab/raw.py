"""A speaker that says exactly the octets a test gives it, and keeps what it hears."""

import select
import socket
import struct
import threading
import time

from lab import wire
from lab.waiting import wait_for

TCP_MD5SIG = 14
IP_MINTTL = 21


def md5_signature(peer, password, port=0):
    """struct tcp_md5sig of linux/tcp.h."""
    if ":" in peer:
        address = struct.pack("=HHI16sI", socket.AF_INET6, socket.htons(port), 0,
                              socket.inet_pton(socket.AF_INET6, peer), 0)
    else:
        address = struct.pack("=HH4s", socket.AF_INET, socket.htons(port),
                              socket.inet_aton(peer))
    key = password.encode()
    return address.ljust(128, b"\0") + struct.pack("=BBHi", 0, 0, len(key), 0) + key.ljust(
        80, b"\0")


class RawSpeaker:
    """One session at a time from `machine` to `peer`."""

    def __init__(self, machine, peer, asn, identifier=None, password=None, ttl=None, source=None):
        self.machine, self.peer, self.asn = machine, peer, asn
        self.v6 = ":" in peer
        self.source = source or (machine.v6 if self.v6 else machine.v4)
        self.identifier = identifier or machine.v4
        self.password, self.ttl = password, ttl
        self.socket = self.listener = None
        self.messages, self.closed, self.reading = [], False, True
        self.keepalives = True
        self._stop = False
        self._thread = None
        self._lock = threading.Lock()
        self._sending = threading.Lock()  # a keepalive must not come between parts of a message

    # -- transport
    def _make_socket(self):
        with self.machine.entered():
            made = socket.socket(socket.AF_INET6 if self.v6 else socket.AF_INET)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if self.password:
            made.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG,
                            md5_signature(self.peer, self.password))
        if self.ttl is not None:
            level, option = ((socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if self.v6
                             else (socket.IPPROTO_IP, socket.IP_TTL))
            made.setsockopt(level, option, self.ttl)
        return made

    def connect(self, timeout=10, port=179):
        """Opens a TCP connection, trying again until `timeout`; starts to listen to it."""
        deadline = time.monotonic() + timeout
        while True:
            made = self._make_socket()
            made.settimeout(max(0.2, min(3.0, deadline - time.monotonic())))
            try:
                made.bind((self.source, 0))
                made.connect((self.peer, port))
                break
            except OSError:
                made.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)
        self._take(made)
        return self

    def listen(self, port=179):
        self.listener = self._make_socket()
        self.listener.bind((self.source, port))
        self.listener.listen(16)
        return self

    def accept(self, timeout=15):
        self.listener.settimeout(timeout)
        made, _ = self.listener.accept()
        self._take(made)
        return self

    def _take(self, made):
        self._end_thread()
        made.settimeout(None)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket, self.messages, self.closed, self._stop = made, [], False, False
        self._thread = threading.Thread(target=self._read, args=(made,), daemon=True)
        self._thread.start()

    def _read(self, connection):
        stream, last = b"", time.monotonic()
        while not self._stop:
            ready, _, _ = select.select([connection] if self.reading else [], [], [], 0.05)
            if self.keepalives and time.monotonic() - last > 1 and self.established():
                last = time.monotonic()
                self._keep_alive()
            if not ready:
                continue
            try:
                data = connection.recv(1 << 18)
            except OSError:
                data = b""
            if not data:
                self.closed = True
                return
            found, stream = wire.split(stream + data)
            with self._lock:
                self.messages += found

    def _keep_alive(self):
        if self._sending.acquire(blocking=False):
            try:
                self.socket.sendall(wire.keepalive())
            except OSError:
                pass
            finally:
                self._sending.release()

    def send(self, octets):
        with self._sending:
            self.socket.sendall(octets)

    def send_bytewise(self, octets, pause=0.0):
        for octet in octets:
            self.socket.sendall(bytes([octet]))
            if pause:
                time.sleep(pause)

    def drop(self):
        """Ends the connection with a RST."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def hang_up(self):
        """Ends the connection; a listener stays."""
        self._end_thread()
        if self.socket is not None:
            self.socket.close()
        self.socket = None

    def close(self):
        self.hang_up()
        if self.listener is not None:
            self.listener.close()
        self.listener = None

    def _end_thread(self):
        self._stop = True
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    # -- BGP
    def open(self, hold=90, capabilities=None, identifier=None):
        self.send(wire.open_message(self.asn, identifier or self.identifier, hold, capabilities))
        return self

    def handshake(self, hold=90, capabilities=None, timeout=15):
        """OPEN and KEEPALIVE both ways; the session is Established afterwards."""
        self.open(hold, capabilities)
        wait_for(lambda: self.heard(wire.OPEN) or self.heard(wire.NOTIFICATION) or self.closed,
                 timeout, lambda: f"OPEN, heard {self.story()}")
        self.send(wire.keepalive())
        wait_for(lambda: self.heard(wire.KEEPALIVE) or self.closed, timeout,
                 lambda: f"KEEPALIVE, heard {self.story()}")
        assert not self.heard(wire.NOTIFICATION), self.story()
        assert not self.closed, self.story()
        return self

    def come_up(self, timeout=40, **words):
        """Connects and shakes hands until that works: the other side may have to leave Idle."""
        deadline = time.monotonic() + timeout
        while True:
            try:
                return self.connect(max(0.5, deadline - time.monotonic())).handshake(**words)
            except (OSError, AssertionError):
                self.close()
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def established(self):
        return self.heard(wire.OPEN) and self.heard(wire.KEEPALIVE)

    def heard(self, kind):
        """The bodies of the messages of a kind received so far."""
        with self._lock:
            return [body for k, body in self.messages if k == kind]

    def updates(self):
        return [wire.read_update(body) for body in self.heard(wire.UPDATE)]

    def table(self):
        """What the other side has announced and not withdrawn: {prefix: attributes}."""
        table = {}
        for update in self.updates():
            for prefix in update.withdrawn:
                table.pop(prefix, None)
            for prefix in update.announced:
                table[prefix] = update.attributes
        return table

    def notification(self, timeout=10):
        """Waits for a NOTIFICATION: (code, subcode, data)."""
        body = wait_for(lambda: self.heard(wire.NOTIFICATION), timeout,
                        lambda: f"a NOTIFICATION, heard {self.story()}")[0]
        return body[0], body[1], body[2:]

    def wait_closed(self, timeout=10):
        wait_for(lambda: self.closed, timeout, "the connection is closed")

    def alive(self):
        return not self.closed and not self.heard(wire.NOTIFICATION)

    def story(self):
        """What happened, in short."""
        names = {1: "OPEN", 2: "UPDATE", 3: "NOTIFICATION", 4: "KEEPALIVE", 5: "ROUTE-REFRESH"}
        with self._lock:
            words = [names.get(k, str(k)) + (f" {b.hex()}" if k == 3 else "")
                     for k, b in self.messages[-20:]]
        return ", ".join(words) + (", closed" if self.closed else "")
