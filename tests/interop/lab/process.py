"""A daemon of the laboratory: started in a namespace, ended by its process id, its output kept."""

import contextlib
import ctypes
import os
import signal
import subprocess
import time

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def _die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Process:
    """One running program."""

    def __init__(self, machine, folder, name, command, environment=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log_file = folder / f"{name}.out"
        with self.log_file.open("ab") as output:
            self.child = subprocess.Popen(
                machine.command(*command), stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, cwd=folder, env={**os.environ, **(environment or {})},
                start_new_session=True, preexec_fn=_die_with_parent)

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def send(self, number):
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def pause(self):
        self.send(signal.SIGSTOP)

    def resume(self):
        self.send(signal.SIGCONT)

    def kill(self):
        """Ends it at once, without a chance to say goodbye."""
        self.send(signal.SIGKILL)
        return self.child.wait()

    def stop(self, timeout=10.0):
        """Asks it to end, and returns its exit status."""
        if self.running():
            self.resume()
            self.send(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.child.wait(timeout)
        if self.running():
            self.kill()
        self._end_session()
        return self.child.returncode

    def _end_session(self):
        """Children that it left behind (privilege separation, API helpers) share its session."""
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            left = self.members()
            if not left:
                return
            for pid in left:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.02)

    def members(self):
        """Process ids of the daemon and of what it started."""
        members = []
        for entry in os.listdir("/proc"):
            if entry.isdigit():
                with contextlib.suppress(OSError):
                    with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as stat:
                        fields = stat.read().rsplit(")", 1)[1].split()
                    if int(fields[3]) == self.pid and fields[0] != "Z":
                        members.append(int(entry))
        return members

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""
