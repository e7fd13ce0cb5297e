#!/bin/sh
# Runs as the first process of a new pid and mount namespace: builds what Docker gives a sandbox container out of this machine's /usr,
# then becomes the init. enter.sh ROOT INIT UID CGROUP_VERSION CGROUP_NAME [WORKSPACE_OPTIONS]
set -eu
root=$1 init=$2 uid=$3 version=$4 name=$5 options=${6:-size=64m}
case $version in
1) for controller in memory pids cpuacct cpu; do echo 0 >"/sys/fs/cgroup/$controller/$name/cgroup.procs"; done ;;
2) echo 0 >"/sys/fs/cgroup/$name/cgroup.procs" ;;
esac
mount --make-rprivate /
mount -t tmpfs -o mode=755 none "$root"
cd "$root"
mkdir usr etc proc dev sys tmp workspace opt opt/gantry
for part in bin sbin lib lib32 lib64; do
  if [ -L "/$part" ]; then ln -s "$(readlink "/$part")" "$part"
  elif [ -d "/$part" ]; then mkdir "$part"; mount --bind "/$part" "$part"; fi
done
mount --bind /usr usr
mount --bind /etc etc
mount -t proc -o nosuid,nodev,noexec proc proc
mount -t tmpfs -o mode=755,nosuid none dev
for node in null zero full random urandom tty; do
  touch "dev/$node"
  mount --bind "/dev/$node" "dev/$node"
done
ln -s /proc/self/fd dev/fd
for stream in 0:stdin 1:stdout 2:stderr; do ln -s "/proc/self/fd/${stream%:*}" "dev/${stream#*:}"; done
mkdir -p sys/fs/cgroup
case $version in
1) for controller in memory pids cpuacct cpu; do
     mkdir "sys/fs/cgroup/$controller"
     mount --bind "/sys/fs/cgroup/$controller/$name" "sys/fs/cgroup/$controller"
   done ;;
2) mount --bind "/sys/fs/cgroup/$name" sys/fs/cgroup ;;
esac
mount -t tmpfs -o "mode=700,uid=$uid,gid=$uid,nosuid,nodev,$options" none workspace
mount -t tmpfs -o "mode=1777,uid=$uid,gid=$uid,nosuid,nodev,$options" none tmp
cp "$init" opt/gantry/gantry-init
cp -r "$GANTRY_PRELOADER" opt/gantry/preload
mkdir old dev/shm
mount -o remount,ro "$root"
enter="chroot ."
if [ -n "${GANTRY_ARGUMENTS:-}" ]; then
  # Who has been chrooted can make no user namespace.
  mount --make-rprivate / && pivot_root . old && umount -l old
  enter=
fi
# Whatever starts a container may leave signals ignored.
exec $enter /usr/bin/env --ignore-signal=HUP,INT,PIPE,TERM,CHLD /usr/bin/setpriv --no-new-privs --inh-caps=-all --bounding-set="${GANTRY_BOUNDING:--all,+setuid,+setgid,+kill}" \
  /opt/gantry/gantry-init ${GANTRY_ARGUMENTS:-}
