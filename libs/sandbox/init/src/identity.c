#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "wire.h"

#define BIT(capability) (UINT32_C(1) << (capability))
#define KEPT (BIT(CAP_SETUID) | BIT(CAP_SETGID) | BIT(CAP_KILL))
#define UNCHANGED ((uid_t)-1)

static int set_capabilities(uint32_t capabilities)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct sets[2] = {{.effective = capabilities, .permitted = capabilities}};
    return (int)syscall(SYS_capset, &header, sets);
}

static bool get_capabilities(struct __user_cap_data_struct sets[2])
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    return syscall(SYS_capget, &header, sets) == 0;
}

uint64_t identity_capabilities(void)
{
    struct __user_cap_data_struct sets[2] = {{.effective = 0}};
    (void)get_capabilities(sets);
    return (uint64_t)sets[0].effective | (uint64_t)sets[1].effective << 32;
}

bool identity_no_new_privileges(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1;
}

uint64_t identity_seccomp_mode(void)
{
    int mode = prctl(PR_GET_SECCOMP);
    return mode > 0 ? (uint64_t)mode : 0;
}

/* Every change of uid sets it to what the host has in fs.suid_dumpable. */
static void hide(void)
{
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}

/* Only where SETPCAP was given too; without it no_new_privs alone has to make the bounding set void. */
static void empty_bounding_set(void)
{
    for (unsigned long capability = 0; prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0; capability++)
        continue;
}

const char *identity_take(void)
{
    hide();
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return "no_new_privs can't be set";
    empty_bounding_set();
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 ||
        setresgid(INIT_ID, INIT_ID, INIT_ID) != 0 || setresuid(INIT_ID, INIT_ID, INIT_ID) != 0)
        return "the init can't become uid 65532: it needs user 0:0 and the capabilities SETUID and SETGID";
    hide();
    if (set_capabilities(KEPT) != 0 || identity_capabilities() != KEPT)
        return "the init needs the capabilities SETUID, SETGID and KILL";
    (void)prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0)
        return "the init can't hide its memory";
    return NULL;
}

/* setfsuid() has no error: a second call tells. */
static bool file_identity_is(uid_t uid, gid_t gid)
{
    return setfsuid(UNCHANGED) == (int)uid && setfsgid(UNCHANGED) == (int)gid;
}

/* The real ids matter as well: the kernel charges pipe buffers to the uid, and the init's is shared by all containers
 * of a host; and prlimit() on another process asks for both. */
void identity_borrow(const struct owner *owner)
{
    int failed = setresgid(owner->gid, UNCHANGED, UNCHANGED) | setresuid(owner->uid, UNCHANGED, UNCHANGED);
    (void)setfsgid(owner->gid);
    (void)setfsuid(owner->uid);
    hide();
    if (failed != 0 || !file_identity_is(owner->uid, owner->gid))
        wire_fail("not_confined", "the init can't act as the job's uid: is it mapped in this user namespace?");
}

void identity_return(void)
{
    int failed = setresuid(INIT_ID, UNCHANGED, UNCHANGED) | setresgid(INIT_ID, UNCHANGED, UNCHANGED);
    (void)setfsgid(INIT_ID);
    (void)setfsuid(INIT_ID);
    hide();
    if (failed != 0 || !file_identity_is(INIT_ID, INIT_ID))
        wire_fail("internal", "the init can't return to its own uid");
}

/* A process that is not dumpable does not own its files in /proc. Nothing else runs yet as this uid. */
void identity_volunteer(void)
{
    (void)prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    hide();
    if (fd >= 0) {
        (void)!write(fd, "1000", 4);
        (void)close(fd);
    }
}

int identity_surrender(const struct owner *owner)
{
    if (setgroups(0, NULL) != 0 || setresgid(owner->gid, owner->gid, owner->gid) != 0 ||
        setresuid(owner->uid, owner->uid, owner->uid) != 0)
        return errno;
    hide();
    (void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (set_capabilities(0) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return errno;
    struct __user_cap_data_struct sets[2];
    if (!get_capabilities(sets))
        return errno;
    for (unsigned set = 0; set < 2; set++)
        if ((sets[set].effective | sets[set].permitted | sets[set].inheritable) != 0)
            return EPERM;
    return 0;
}
