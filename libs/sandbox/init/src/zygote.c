#include "zygote.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "interpreter.h"
#include "program.h"
#include "zygote-wire.h"

#define PATIENCE_S 10

static struct {
    pid_t pid;
    int control;
    const struct interpreter *interpreter;
    struct run_message run;
} zygote = {.control = -1};

/* Across execve(), which would drop them. */
static bool keep_capabilities(void)
{
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    uint32_t kept = 0;
    for (size_t index = 0; index < ZYGOTE_NEEDS; index++)
        kept |= UINT32_C(1) << zygote_needs[index];
    for (unsigned long capability = 0; prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; capability++)
        if ((capability > 31 || (kept >> capability & 1) == 0) && prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0)
            return false;
    struct __user_cap_data_struct sets[2] = {{.effective = kept, .permitted = kept, .inheritable = kept}};
    if (syscall(SYS_capset, &header, sets) != 0)
        return false;
    for (size_t index = 0; index < ZYGOTE_NEEDS; index++)
        if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, zygote_needs[index], 0, 0) != 0)
            return false;
    return true;
}

/* An interpreter looks at the kind of its descriptors when it starts: a job's are pipes. Nothing ever comes through
 * these. */
static bool dead_pipes(void)
{
    for (int fd = 0; fd <= 2; fd++) {
        int ends[2];
        if (pipe(ends) != 0)
            return false;
        if (dup2(fd == 0 ? ends[0] : ends[1], fd) < 0)
            return false;
        (void)close(ends[0]);
        (void)close(ends[1]);
    }
    return true;
}

static void default_signals(void)
{
    sigset_t none;
    (void)sigemptyset(&none);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

static _Noreturn void become_zygote(int control)
{
    static char variable[] = ZYGOTE_VARIABLE;
    static char at_once[] = ZYGOTE_BINDS;
    size_t last = 0;
    while (zygote.run.envp[last] != NULL)
        last++;
    zygote.run.envp[last] = variable;
    zygote.run.envp[last + 1] = at_once;
    if (setsid() >= 0 && dup2(control, ZYGOTE_CONTROL) >= 0 && dead_pipes() && keep_capabilities()) {
        default_signals();
        (void)program_execute(&zygote.run);
    }
    _exit(127);
}

static void set_patience(int control)
{
    struct timeval patience = {.tv_sec = PATIENCE_S};
    (void)setsockopt(control, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
}

static void forget(void)
{
    if (zygote.pid > 0) {
        (void)kill(zygote.pid, SIGKILL);
        (void)waitpid(zygote.pid, NULL, 0);
    }
    program_close(&zygote.control);
    zygote.pid = 0;
    zygote.interpreter = NULL;
}

void zygote_start(const char *name)
{
    int ends[2];
    zygote.interpreter = interpreter_named(name);
    if (zygote.interpreter == NULL || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        zygote.interpreter = NULL;
        return;
    }
    interpreter_start(zygote.interpreter, &zygote.run);
    zygote.control = ends[0];
    zygote.pid = fork();
    if (zygote.pid == 0)
        become_zygote(ends[1]);
    (void)close(ends[1]);
    set_patience(zygote.control);
    char word = 0;
    if (zygote.pid < 0 || recv(zygote.control, &word, 1, 0) != 1 || word != ZYGOTE_READY)
        forget();
}

pid_t zygote_pid(void)
{
    return zygote.pid;
}

const char *zygote_name(void)
{
    return zygote.interpreter == NULL ? "" : interpreter_name(zygote.interpreter);
}

bool zygote_serves(const struct run_message *run)
{
    return zygote.interpreter != NULL && strcmp(run->argv[0], zygote.run.argv[0]) == 0;
}

static bool ask(const struct owner *owner, const int ends[ZYGOTE_ENDS])
{
    struct zygote_request request = {.uid = owner->uid, .gid = owner->gid};
    struct iovec part = {.iov_base = &request, .iov_len = sizeof request};
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(ZYGOTE_DESCRIPTORS * sizeof(int))] = {0};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){
        .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(ZYGOTE_DESCRIPTORS * sizeof(int))};
    memcpy(CMSG_DATA(header), world_namespaces(), WORLD_NAMESPACES * sizeof(int));
    memcpy(CMSG_DATA(header) + WORLD_NAMESPACES * sizeof(int), ends, ZYGOTE_ENDS * sizeof(int));
    return sendmsg(zygote.control, &message, MSG_NOSIGNAL) == (ssize_t)sizeof request;
}

pid_t zygote_fork(const struct owner *owner, const int ends[ZYGOTE_ENDS])
{
    struct zygote_reply reply;
    if (!ask(owner, ends))
        return -1;
    ssize_t count = recv(zygote.control, &reply, sizeof reply, 0);
    if (count != (ssize_t)sizeof reply) {
        if (count >= 0)
            errno = EPIPE;
        return -1;
    }
    errno = reply.error;
    return reply.pid;
}
