#include "filter.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* CLONE_NEWTIME, NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET; the first can't come through clone(). */
#define NAMESPACE_FLAGS 0x7e020000u

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#define X32_FIRST 0x40000000u
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#define X32_FIRST 0xffffffffu
#else
#error "no filter for this machine"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, (action))
#define REFUSE RETURN(SECCOMP_RET_ERRNO | EPERM)
#define REFUSE_CALL(number) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1), REFUSE

/* The container's own filter refuses all but the first five, too: it stays in force below this one. */
static struct sock_filter program[] = {
    LOAD(arch),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    LOAD(nr),
    BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, X32_FIRST, 0, 1),
    RETURN(SECCOMP_RET_KILL_PROCESS),
    REFUSE_CALL(SYS_unshare),
    REFUSE_CALL(SYS_setns),
    REFUSE_CALL(SYS_mount),
    REFUSE_CALL(SYS_umount2),
    REFUSE_CALL(SYS_pivot_root),
    REFUSE_CALL(SYS_chroot),
    REFUSE_CALL(SYS_sethostname),
    REFUSE_CALL(SYS_setdomainname),
    REFUSE_CALL(SYS_fsopen),
    REFUSE_CALL(SYS_fsmount),
    REFUSE_CALL(SYS_fsconfig),
    REFUSE_CALL(SYS_fspick),
    REFUSE_CALL(SYS_open_tree),
    REFUSE_CALL(SYS_move_mount),
    REFUSE_CALL(SYS_mount_setattr),
    REFUSE_CALL(SYS_ptrace),
    REFUSE_CALL(SYS_process_vm_readv),
    REFUSE_CALL(SYS_process_vm_writev),
    REFUSE_CALL(SYS_pidfd_getfd),
    REFUSE_CALL(SYS_kcmp),
    REFUSE_CALL(SYS_keyctl),
    REFUSE_CALL(SYS_add_key),
    REFUSE_CALL(SYS_request_key),
    REFUSE_CALL(SYS_bpf),
    REFUSE_CALL(SYS_perf_event_open),
    REFUSE_CALL(SYS_userfaultfd),
    REFUSE_CALL(SYS_io_uring_setup),
    REFUSE_CALL(SYS_io_uring_enter),
    REFUSE_CALL(SYS_io_uring_register),
    REFUSE_CALL(SYS_open_by_handle_at),
    /* Its flags are behind a pointer; libraries fall back to clone(). */
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 0, 1),
    RETURN(SECCOMP_RET_ERRNO | ENOSYS),
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 0, 3),
    LOAD(args[0]),
    BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, NAMESPACE_FLAGS, 0, 1),
    REFUSE,
    RETURN(SECCOMP_RET_ALLOW),
};

int filter_load(void)
{
    struct sock_fprog whole = {.len = sizeof program / sizeof program[0], .filter = program};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0u, &whole) == 0 ? 0 : errno;
}
