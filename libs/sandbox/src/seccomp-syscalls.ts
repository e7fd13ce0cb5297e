/**
 * The system calls a sandbox may make, by purpose. Everything else answers EPERM. It is the allow-list that Docker uses for a container
 * without capabilities, read against Linux 6.18, less what `REFUSED_SYSCALLS` names. Both architectures share it: a name that one of
 * them does not have is passed over by the engine.
 */
export const ALLOWED_SYSCALLS: Readonly<Record<string, readonly string[]>> = {
  files: names(`
    access chdir chmod chown close close_range copy_file_range creat dup dup2 dup3 faccessat faccessat2
    fadvise64 fallocate fchdir fchmod fchmodat fchmodat2 fchown fchownat fcntl fdatasync flock fstat fstatfs
    fsync ftruncate futimesat getcwd getdents getdents64 ioctl lchown link linkat lseek lstat mkdir mkdirat
    mknod mknodat newfstatat open openat openat2 pread64 preadv preadv2 pwrite64 pwritev pwritev2 read readahead
    readlink readlinkat readv rename renameat renameat2 rmdir sendfile splice stat statfs statx symlink
    symlinkat sync sync_file_range syncfs tee truncate umask unlink unlinkat utime utimensat utimes vmsplice
    write writev
  `),
  attributes: names(`
    fgetxattr flistxattr fremovexattr fsetxattr getxattr lgetxattr listxattr llistxattr lremovexattr lsetxattr
    removexattr setxattr getxattrat listxattrat removexattrat setxattrat
  `),
  events: names(`
    epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_pwait2 epoll_wait eventfd eventfd2 inotify_add_watch
    inotify_init inotify_init1 inotify_rm_watch poll ppoll pselect6 select signalfd signalfd4 timerfd_create
    timerfd_gettime timerfd_settime io_cancel io_destroy io_getevents io_pgetevents io_setup io_submit
  `),
  memory: names(`
    brk madvise membarrier memfd_create mincore mlock mlock2 mlockall mmap mprotect mremap mseal msync munlock
    munlockall munmap pkey_alloc pkey_free pkey_mprotect cachestat map_shadow_stack remap_file_pages
  `),
  processes: names(`
    execve execveat exit exit_group fork vfork getpgid getpgrp getpid getppid getsid gettid pidfd_open
    pidfd_send_signal prctl restart_syscall rseq seccomp set_robust_list get_robust_list set_tid_address setpgid
    setsid wait4 waitid uname landlock_add_rule landlock_create_ruleset landlock_restrict_self futex futex_waitv
    futex_wait futex_wake futex_requeue
  `),
  identity: names(`
    capget capset getegid geteuid getgid getgroups getresgid getresuid getuid setfsgid setfsuid setgid setgroups
    setregid setresgid setresuid setreuid setuid
  `),
  signals: names(`
    alarm getitimer kill pause rt_sigaction rt_sigpending rt_sigprocmask rt_sigqueueinfo rt_sigreturn
    rt_sigsuspend rt_sigtimedwait rt_tgsigqueueinfo setitimer sigaltstack tgkill tkill
  `),
  time: names(`
    clock_getres clock_gettime clock_nanosleep gettimeofday nanosleep time timer_create timer_delete
    timer_getoverrun timer_gettime timer_settime times
  `),
  scheduling: names(`
    getcpu getpriority getrlimit getrusage ioprio_get ioprio_set prlimit64 sched_get_priority_max
    sched_get_priority_min sched_getaffinity sched_getattr sched_getparam sched_getscheduler
    sched_rr_get_interval sched_setaffinity sched_setattr sched_setparam sched_setscheduler sched_yield
    setpriority setrlimit sysinfo getrandom
  `),
  pipesAndSockets: names(`
    accept accept4 bind connect getpeername getsockname getsockopt listen pipe pipe2 recvfrom recvmmsg recvmsg
    sendmmsg sendmsg sendto setsockopt shutdown
  `),
  systemVAndPosixIpc: names(`
    mq_getsetattr mq_notify mq_open mq_timedreceive mq_timedsend mq_unlink msgctl msgget msgrcv msgsnd semctl
    semget semop semtimedop shmat shmctl shmdt shmget
  `),
};

/** What an architecture has beside the common list. */
export const ARCHITECTURE_SYSCALLS = { amd64: names(`arch_prctl`), arm64: names(`sync_file_range2`) } as const;

/**
 * Left out on purpose, although a container without capabilities has them in Docker's own list or in other ones. The filter does not
 * need this table; a test does, so that none of them ever comes back by way of the list above.
 */
export const REFUSED_SYSCALLS: Readonly<Record<string, readonly string[]>> = {
  'a second way to make every call, past this filter': names(`io_uring_enter io_uring_register io_uring_setup`),
  'reach into other processes': names(
    `ptrace process_vm_readv process_vm_writev process_madvise process_mrelease pidfd_getfd kcmp`,
  ),
  'kernel keyrings are not namespaced': names(`add_key keyctl request_key`),
  'memory that nobody can inspect or reclaim': names(`memfd_secret`),
  'favourite helpers of kernel exploits': names(`userfaultfd modify_ldt bpf perf_event_open lookup_dcookie vserver`),
  namespaces: names(`setns unshare`),
  mounts: names(`
    chroot fsconfig fsmount fsopen fspick listmount mount mount_setattr move_mount open_tree open_tree_attr
    pivot_root statmount swapoff swapon umount umount2 quotactl quotactl_fd
  `),
  'files past their path': names(`name_to_handle_at open_by_handle_at fanotify_init fanotify_mark`),
  'the machine itself': names(`
    acct adjtimex clock_adjtime clock_settime delete_module finit_module init_module ioperm iopl kexec_file_load
    kexec_load personality reboot sethostname setdomainname settimeofday syslog vhangup
  `),
  'placement of memory on nodes': names(`mbind migrate_pages move_pages set_mempolicy set_mempolicy_home_node`),
};

function names(text: string): string[] {
  return text.trim().split(/\s+/);
}
