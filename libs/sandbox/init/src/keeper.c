#include "keeper.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "stage.h"
#include "template.h"
#include "tenant-options.h"
#include "user-namespace.h"
#include "wire.h"
#include "world.h"
#include "zygote.h"

#define EXIT_LOST 121
#define OPTION "--tenant"

static _Noreturn void fail(const char *what)
{
    wire_fail_about("not_confined", "worlds can't be made here: ", what, errno);
}

static void boot(const struct tenant_options *options)
{
    errno = 0;
    const char *wrong = user_namespace_enter(options->first_id, options->jobs);
    if (wrong == NULL)
        wrong = template_enter(options);
    if (wrong != NULL)
        fail(wrong);
    /* Once for all worlds, which are alone in the container's cgroup one after another. */
    stage_open();
    zygote_start(options->zygote);
    stage_share(zygote_pid() > 0 ? 2 : 1);
}

/* Anything but an orderly end leaves a container that nobody can be sure of: its end says so. */
static void see_off(pid_t first)
{
    for (;;) {
        int status;
        pid_t pid = waitpid(-1, &status, __WALL);
        if (pid == first && WIFEXITED(status) && WEXITSTATUS(status) == KEEPER_NEXT)
            return;
        if (pid == first)
            _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
        if (pid < 0 || pid == zygote_pid())
            _exit(EXIT_LOST);
    }
}

void keeper_run(char *const *arguments)
{
    static struct tenant_options options;
    if (strcmp(arguments[0], OPTION) != 0)
        wire_fail("internal", "the init's arguments are unknown");
    const char *wrong = tenant_options(arguments + 1, &options);
    if (wrong != NULL)
        wire_fail("internal", wrong);
    boot(&options);
    for (uint32_t job = 1; job <= options.jobs; job++) {
        errno = 0;
        pid_t first = world_fork();
        if (first < 0)
            fail("no new namespaces");
        if (first == 0) {
            wrong = world_settle(&options, options.first_id + job);
            if (wrong != NULL)
                fail(wrong);
            return;
        }
        see_off(first);
    }
    _exit(0);
}
