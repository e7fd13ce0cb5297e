/* The part of a zygote that an interpreter can't do itself, or not as cheaply; libzygote.so, loaded by the preloader.
 * `serve` returns in every job with its order, and the interpreter goes on as if it had just started. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes.h"
#include "filter.h"
#include "identity.h"
#include "interpreter.h"
#include "program.h"
#include "zygote-wire.h"

/* Of the interpreter that has loaded this. */
extern void PyOS_BeforeFork(void);
extern void PyOS_AfterFork_Parent(void);
extern void PyOS_AfterFork_Child(void);
typedef struct object Object;
extern Object *PyBytes_FromStringAndSize(const char *, ssize_t);

__attribute__((visibility("default"))) Object *serve(int control, int spare);

struct order {
    struct zygote_request request;
    int descriptors[ZYGOTE_DESCRIPTORS];
};

static int end_of(const struct order *order, enum zygote_end end)
{
    return order->descriptors[WORLD_NAMESPACES + (int)end];
}

/* False: the other end is gone, and with it the container. */
static bool receive(int control, struct order *order)
{
    struct iovec part = {.iov_base = &order->request, .iov_len = sizeof order->request};
    _Alignas(struct cmsghdr) char space[CMSG_SPACE(sizeof order->descriptors)];
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space};
    ssize_t count;
    do
        count = recvmsg(control, &message, MSG_CMSG_CLOEXEC);
    while (count < 0 && errno == EINTR);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    if (count != (ssize_t)sizeof order->request || header == NULL ||
        header->cmsg_len != CMSG_LEN(sizeof order->descriptors))
        return false;
    memcpy(order->descriptors, CMSG_DATA(header), sizeof order->descriptors);
    return true;
}

static bool enter_world(const struct order *order)
{
    static const struct {
        enum world_namespace which;
        int type;
    } rest[] = {{WORLD_IPC, CLONE_NEWIPC},
                {WORLD_UTS, CLONE_NEWUTS},
                {WORLD_NET, CLONE_NEWNET},
                {WORLD_MOUNT, CLONE_NEWNS}};
    for (unsigned index = 0; index < sizeof rest / sizeof rest[0]; index++)
        if (setns(order->descriptors[rest[index].which], rest[index].type) != 0)
            return false;
    return true;
}

static bool take_ends(const struct order *order)
{
    return dup2(end_of(order, ZYGOTE_STDIN), STDIN_FILENO) >= 0 &&
           dup2(end_of(order, ZYGOTE_STDOUT), STDOUT_FILENO) >= 0 &&
           dup2(end_of(order, ZYGOTE_STDERR), STDERR_FILENO) >= 0 &&
           dup2(end_of(order, ZYGOTE_CHANNEL), PROGRAM_INHERITED) >= 0 &&
           syscall(SYS_close_range, 3u, PROGRAM_INHERITED - 1u, 0u) == 0 &&
           syscall(SYS_close_range, PROGRAM_INHERITED + 1u, ~0u, 0u) == 0;
}

/* Of what the init has left to its zygote. */
static bool empty_bounding_set(void)
{
    for (size_t index = 0; index < ZYGOTE_NEEDS; index++)
        if (prctl(PR_CAPBSET_DROP, zygote_needs[index], 0, 0, 0) != 0)
            return false;
    return true;
}

/* As the init's own children do it. The order of the program comes after this. */
static void become_job(const struct order *order)
{
    const struct owner owner = {.uid = order->request.uid, .gid = order->request.gid};
    bool done = enter_world(order) && setsid() >= 0 && take_ends(order) && empty_bounding_set();
    (void)umask(022);
    if (done)
        identity_volunteer();
    done = done && identity_surrender(&owner) == 0 && filter_load() == 0 && chdir("/workspace") == 0;
    /* After an execve() it would be; nothing of another job is in its memory. */
    done = done && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0) == 0;
    if (!done)
        _exit(127);
}

/* An interpreter of one thread that is spared its own care for forks goes on as it was: no lock is held by another.
   The process in the middle shares the zygote's memory while the zygote waits; it is in the world, so that when it has
   exited the init of the world is the parent of what it forked. Returns true in the job. */
static bool fork_job(const struct order *order, bool spare, volatile struct zygote_reply *reply)
{
    pid_t middle = vfork();
    if (middle == 0) {
        if (!spare)
            PyOS_BeforeFork();
        pid_t job = fork();
        if (job == 0) {
            if (!spare)
                PyOS_AfterFork_Child();
            become_job(order);
            return true;
        }
        reply->error = job < 0 ? errno : 0;
        reply->pid = job;
        if (!spare)
            PyOS_AfterFork_Parent();
        _exit(0);
    }
    if (middle < 0)
        reply->error = errno;
    else
        (void)waitpid(middle, NULL, 0);
    return false;
}

static bool read_exactly(uint8_t *to, size_t count)
{
    while (count > 0) {
        ssize_t some = read(PROGRAM_INHERITED, to, count);
        if (some < 0 && errno == EINTR)
            continue;
        if (some <= 0)
            return false;
        to += some;
        count -= (size_t)some;
    }
    return true;
}

/* As the preloader does it where there is no zygote. Without its first length; closing the channel says that the program
 * is on its way. */
static Object *await_order(void)
{
    static uint8_t text[INTERPRETER_ORDER_MAX];
    const char waits = ZYGOTE_READY;
    if (write(PROGRAM_INHERITED, &waits, 1) != 1 || !read_exactly(text, 4))
        _exit(1);
    uint32_t length = load_u32(text);
    if (length > sizeof text || !read_exactly(text, length))
        _exit(1);
    (void)close(PROGRAM_INHERITED);
    return PyBytes_FromStringAndSize((const char *)text, length);
}

static void close_all(const struct order *order)
{
    for (unsigned index = 0; index < ZYGOTE_DESCRIPTORS; index++)
        (void)close(order->descriptors[index]);
}

Object *serve(int control, int spare)
{
    static struct order order;
    static volatile struct zygote_reply reply;
    const char ready = ZYGOTE_READY;
    (void)fcntl(control, F_SETFD, FD_CLOEXEC);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    if (send(control, &ready, 1, MSG_NOSIGNAL) != 1)
        _exit(1);
    while (receive(control, &order)) {
        reply.pid = -1;
        reply.error = 0;
        if (setns(order.descriptors[WORLD_PID], CLONE_NEWPID) != 0)
            reply.error = errno;
        else if (fork_job(&order, spare != 0, &reply))
            return await_order();
        close_all(&order);
        struct zygote_reply answer = {.pid = reply.pid, .error = reply.error};
        if (send(control, &answer, sizeof answer, MSG_NOSIGNAL) != (ssize_t)sizeof answer)
            _exit(1);
    }
    _exit(0);
}
