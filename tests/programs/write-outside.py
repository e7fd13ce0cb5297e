"""Tries to write where it must not. Prints each place that let it."""
import os

for place in ["/", "/etc", "/usr", "/usr/bin", "/opt/gantry", "/dev", "/var/tmp", "/run", "/home", "/root"]:
    try:
        open(f"{place}/planted", "w").close()
        print("created in", place)
    except OSError:
        pass
for file in [
    "/etc/passwd", "/opt/gantry/gantry-init", "/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname", "/proc/sysrq-trigger",
    "/proc/self/oom_score_adj_", "/proc/1/oom_score_adj", "/proc/1/mem", "/sys/kernel/uevent_helper", "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes", "/sys/fs/cgroup/pids/pids.max", "/sys/fs/cgroup/cgroup.procs",
    "/sys/fs/cgroup/memory/release_agent", "/dev/mem", "/dev/kmsg", "/dev/vda",
]:
    try:
        os.close(os.open(file, os.O_WRONLY))
        print("opened", file)
    except OSError:
        pass
for place in ["/sys/fs/cgroup", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/pids"]:
    try:
        os.mkdir(f"{place}/planted")
        print("made a group in", place)
    except OSError:
        pass
