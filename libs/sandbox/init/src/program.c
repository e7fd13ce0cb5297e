#include "program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"
#include "zygote.h"

#define SIGNALS 64

/* The child's ends; everything is close-on-exec. */
struct child_ends {
    int started;
    int stdin_from;
    int stdout_to;
    int stderr_to;
};

static bool make_pipe(int *from, int *to)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return false;
    *from = ends[0];
    *to = ends[1];
    return true;
}

/* They belong to the job, so that /dev/stdin, /dev/stdout and /dev/stderr can be opened by name. */
static bool make_pipes(struct program *program, struct child_ends *child)
{
    return make_pipe(&program->started, &child->started) && make_pipe(&child->stdin_from, &program->stdin_to) &&
           make_pipe(&program->stdout_from, &child->stdout_to) && make_pipe(&program->stderr_from, &child->stderr_to);
}

static bool never_wait(const struct program *program)
{
    return fcntl(program->started, F_SETFL, O_NONBLOCK) == 0 && fcntl(program->stdin_to, F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(program->stdout_from, F_SETFL, O_NONBLOCK) == 0 &&
           fcntl(program->stderr_from, F_SETFL, O_NONBLOCK) == 0;
}

void program_close(int *fd)
{
    if (*fd >= 0)
        (void)close(*fd);
    *fd = -1;
}

void program_close_all(struct program *program)
{
    program_close(&program->started);
    program_close(&program->stdin_to);
    program_close(&program->stdout_from);
    program_close(&program->stderr_from);
}

static void close_child_ends(struct child_ends *child)
{
    program_close(&child->started);
    program_close(&child->stdin_from);
    program_close(&child->stdout_to);
    program_close(&child->stderr_to);
}

/* What the kernel takes for a signal's action on every architecture starts with the handler; all zero is SIG_DFL
   without flags. The C library's sigaction() hides two signals that whatever started the container may have left
   ignored. */
static void default_signals(void)
{
    static const unsigned long by_default[4];
    for (int number = 1; number <= SIGNALS; number++)
        (void)syscall(SYS_rt_sigaction, number, by_default, NULL, SIGNALS / 8);
    sigset_t none;
    (void)sigemptyset(&none);
    (void)sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Everything that makes the child a job and not yet this job: a process started ahead of its RUN goes through it as
 * well. */
static int become_job(const struct child_ends *child, const struct owner *owner)
{
    (void)umask(022);
    if (setsid() < 0)
        return errno;
    if (dup2(child->stdin_from, STDIN_FILENO) < 0 || dup2(child->stdout_to, STDOUT_FILENO) < 0 ||
        dup2(child->stderr_to, STDERR_FILENO) < 0)
        return errno;
    identity_volunteer();
    int error = identity_surrender(owner);
    default_signals();
    return error;
}

static _Noreturn void child_main(const struct child_ends *child, const struct owner *owner,
                                 const struct run_message *run, int inherited)
{
    int error = become_job(child, owner);
    if (error == 0 && inherited >= 0 && dup2(inherited, PROGRAM_INHERITED) < 0)
        error = errno;
    if (error == 0)
        error = program_execute(run);
    (void)!write(child->started, &error, sizeof error);
    _exit(127);
}

int program_start(struct program *program, const struct owner *owner, const struct run_message *run, int inherited)
{
    struct child_ends child = {-1, -1, -1, -1};
    *program = (struct program){-1, -1, -1, -1, -1};
    identity_borrow(owner);
    bool made = make_pipes(program, &child) && never_wait(program);
    int error = made ? 0 : errno;
    identity_return();
    if (error == 0) {
        const int ends[ZYGOTE_ENDS] = {child.stdin_from, child.stdout_to, child.stderr_to, inherited};
        program->pid = inherited >= 0 && zygote_serves(run) ? zygote_fork(owner, ends) : fork();
        if (program->pid == 0)
            child_main(&child, owner, run, inherited);
        error = program->pid < 0 ? errno : 0;
    }
    close_child_ends(&child);
    if (error != 0)
        program_close_all(program);
    return error;
}
