"""The laboratory: a network and the speakers in it, taken down together."""

from lab.network import Network


class Lab:
    """Machines get their numbers in the order in which they are asked for, from 1."""

    def __init__(self, folder):
        self.folder = folder
        self.network = Network()
        self.speakers = []
        self.closers = []
        self._number = 0

    def machine(self, label):
        if label not in self.network.machines:
            self._number += 1
        return self.network.machine(label, self._number)

    def add(self, vendor, label=None, asn=65000):
        """A speaker of a class of lab's vendors, not yet started."""
        speaker = vendor(self, self.machine(label or vendor.kind), asn)
        self.speakers.append(speaker)
        return speaker

    def on_close(self, action):
        """Something to be called before the machines go."""
        self.closers.append(action)

    def logs(self):
        """Pairs of a name and the end of what that speaker wrote."""
        return [(s.machine.label, s.log()[-6000:]) for s in self.speakers]

    def close(self):
        for action in reversed(self.closers):
            action()
        self.closers.clear()
        for speaker in reversed(self.speakers):
            speaker.stop()
        self.speakers.clear()
        self.network.delete()
