#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "filter.h"
#include "identity.h"

static struct {
    uint32_t uid; /* 0: this is no world */
    const char *ahead;
    int namespaces[WORLD_NAMESPACES];
} world = {.ahead = "", .namespaces = {-1, -1, -1, -1, -1}};

pid_t world_fork(void)
{
    unsigned long flags = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | SIGCHLD;
    return (pid_t)syscall(SYS_clone, flags, NULL, NULL, NULL, NULL);
}

/* What the engine would mask in /proc and everybody may read. A mask of the engine's own would forbid a fresh /proc.
 */
static bool mask_proc(void)
{
    static const char *const hidden[] = {"/proc/keys", "/proc/acpi", "/proc/scsi", "/proc/asound", "/proc/kcore"};
    for (size_t index = 0; index < sizeof hidden / sizeof hidden[0]; index++) {
        struct stat found;
        if (lstat(hidden[index], &found) != 0)
            continue;
        unsigned long empty = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;
        int failed = S_ISDIR(found.st_mode) ? mount("tmpfs", hidden[index], "tmpfs", empty, "size=4k")
                                            : mount("/dev/null", hidden[index], NULL, MS_BIND, NULL);
        if (failed != 0)
            return false;
    }
    return true;
}

static bool mount_place(const struct place *place, uint32_t uid)
{
    char options[256];
    unsigned long flags = MS_NOSUID | MS_NODEV | (place->exec ? 0 : MS_NOEXEC);
    int length = snprintf(options, sizeof options, "%s,uid=%u,gid=%u", place->options, uid, uid);
    return length > 0 && (size_t)length < sizeof options && mount("tmpfs", place->path, "tmpfs", flags, options) == 0;
}

static const char *mount_all(const struct tenant_options *options, uint32_t uid)
{
    unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
    if (mount("proc", "/proc", "proc", flags, NULL) != 0)
        return "no fresh /proc";
    if (!mask_proc())
        return "parts of /proc can't be hidden";
    if (mount("mqueue", "/dev/mqueue", "mqueue", flags, NULL) != 0)
        return "no fresh /dev/mqueue";
    if (mount("devpts", "/dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620") != 0)
        return "no fresh /dev/pts";
    for (unsigned index = 0; index < options->place_count; index++)
        if (!mount_place(&options->places[index], uid))
            return "no fresh tmpfs";
    return NULL;
}

/* A container without a network has a loopback that works, too. */
static bool start_loopback(void)
{
    struct ifreq request = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int any = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    bool started = any >= 0 && ioctl(any, SIOCSIFFLAGS, &request) == 0;
    if (any >= 0)
        (void)close(any);
    return started;
}

/* Now, for later this process hides its own. */
static bool hold_namespaces(void)
{
    static const char *const names[WORLD_NAMESPACES] = {"pid", "mnt", "ipc", "uts", "net"};
    for (int index = 0; index < WORLD_NAMESPACES; index++) {
        char path[32];
        (void)snprintf(path, sizeof path, "/proc/self/ns/%s", names[index]);
        world.namespaces[index] = open(path, O_RDONLY | O_CLOEXEC);
        if (world.namespaces[index] < 0)
            return false;
    }
    return true;
}

const char *world_settle(const struct tenant_options *options, uint32_t uid)
{
    world.uid = uid;
    world.ahead = options->ahead;
    const char *wrong = mount_all(options, uid);
    if (wrong != NULL)
        return wrong;
    if (!start_loopback())
        return "no loopback";
    if (options->zygote[0] != 0 && !hold_namespaces())
        return "the world's namespaces can't be held";
    wrong = identity_take();
    if (wrong != NULL)
        return wrong;
    return filter_load() == 0 ? NULL : "no second filter";
}

bool world_is(void)
{
    return world.uid != 0;
}

struct owner world_owner(void)
{
    return (struct owner){.uid = world.uid, .gid = world.uid};
}

const char *world_ahead(void)
{
    return world.ahead;
}

const int *world_namespaces(void)
{
    return world.namespaces;
}
