#include "user-namespace.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "identity.h"

#define BIT(capability) (UINT32_C(1) << (capability))

/* The kernel charges what a user namespace uses (inotify instances, for one) to the user who made it: root would pay
   for all tenants together. So the container's own user makes it, and root is gone before there is anything to be root
   over. */
static bool become(uint32_t id)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    uint32_t needed = BIT(CAP_SETUID) | BIT(CAP_SETGID);
    struct __user_cap_data_struct sets[2] = {{.effective = needed, .permitted = needed}};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) == 0 &&
           setgroups(0, NULL) == 0 && setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0 &&
           syscall(SYS_capset, &header, sets) == 0 && prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0) == 0 &&
           prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
}

static bool write_map(const char *path, uint32_t first_id, uint32_t jobs)
{
    char map[96];
    int length = snprintf(map, sizeof map, "%u %u 1\n%u %u %u\n", INIT_ID, first_id, first_id + 1, first_id + 1, jobs);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    bool written = fd >= 0 && write(fd, map, (size_t)length) == length;
    if (fd >= 0)
        (void)close(fd);
    return written;
}

/* It stays outside, where the two capabilities count, and lives no longer than this. */
static _Noreturn void map_from_outside(int when, uint32_t first_id, uint32_t jobs)
{
    char word;
    if (read(when, &word, 1) != 1)
        _exit(1);
    bool mapped = write_map("/proc/1/uid_map", first_id, jobs) && write_map("/proc/1/gid_map", first_id, jobs);
    _exit(mapped ? 0 : 1);
}

const char *user_namespace_enter(uint32_t first_id, uint32_t jobs)
{
    int go[2];
    if (!become(first_id))
        return "the init can't become the tenant's user: it needs user 0:0 and the capabilities SETUID and SETGID";
    if (pipe2(go, O_CLOEXEC) != 0)
        return "no pipe";
    pid_t outside = fork();
    if (outside == 0)
        map_from_outside(go[0], first_id, jobs);
    bool made = outside > 0 && unshare(CLONE_NEWUSER) == 0;
    if (made) {
        (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        made = write(go[1], "g", 1) == 1;
    }
    (void)close(go[0]);
    (void)close(go[1]);
    int status = 1;
    if (outside > 0 && waitpid(outside, &status, 0) != outside)
        status = 1;
    if (!made)
        return "this host allows no user namespaces here";
    if (status != 0)
        return "the ids of the user namespace can't be mapped";
    if (getuid() != INIT_ID || getgid() != INIT_ID)
        return "the init has no id in its user namespace";
    return NULL;
}
