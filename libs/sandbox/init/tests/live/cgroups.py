"""A cgroup of its own for every sandbox, v1 or v2, as Docker makes one for a container."""

import os
import time

ROOT = "/sys/fs/cgroup"
VERSION = 2 if os.path.exists(f"{ROOT}/cgroup.controllers") else 1


def write(path, value):
    with open(path, "w", encoding="ascii") as target:
        target.write(str(value))


class Cgroup:
    version = VERSION

    def __init__(self, name, memory, pids):
        self.name = name
        if VERSION == 2:
            write(f"{ROOT}/cgroup.subtree_control", "+memory +pids +cpu")
            self.places = [f"{ROOT}/{name}"]
            limits = [("memory.max", memory), ("memory.swap.max", 0), ("pids.max", pids)]
            limits = [(f"{ROOT}/{name}/{file}", value) for file, value in limits]
        else:
            self.places = [f"{ROOT}/{controller}/{name}" for controller in ("memory", "pids", "cpuacct", "cpu")]
            limits = [(f"{ROOT}/memory/{name}/memory.limit_in_bytes", memory), (f"{ROOT}/pids/{name}/pids.max", pids)]
        for place in self.places:
            os.makedirs(place)
        for path, value in limits:
            if os.path.exists(path):
                write(path, value)

    def remove(self):
        """A cgroup stays busy for a moment after its last process."""
        until = time.monotonic() + 10
        for place in self.places:
            while os.path.exists(place):
                try:
                    os.rmdir(place)
                except OSError:
                    if time.monotonic() > until:
                        raise
                    time.sleep(0.001)
