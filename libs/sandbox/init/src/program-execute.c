#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "program.h"

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
#define MEMLOCK_BYTES (64u * 1024u)

/* Soft and hard alike, so that it can't be raised again; never above what the container has. */
static bool lower(pid_t pid, __rlimit_resource_t resource, uint64_t value)
{
    struct rlimit limit;
    if (prlimit(pid, resource, NULL, &limit) != 0)
        return false;
    if (value < limit.rlim_max)
        limit.rlim_max = value;
    limit.rlim_cur = limit.rlim_max;
    return prlimit(pid, resource, &limit, NULL) == 0;
}

static bool lower_if_asked(pid_t pid, __rlimit_resource_t resource, uint64_t value)
{
    return value == 0 || lower(pid, resource, value);
}

int program_limit(pid_t pid, const struct run_message *run)
{
    /* The init watches the cpu time of the whole tree; per process this only catches what it misses. */
    uint64_t cpu_seconds = run->cpu_us == 0 ? 0 : run->cpu_us / 1000000 + 2;
    bool done = lower(pid, RLIMIT_CORE, 0) && lower(pid, RLIMIT_MEMLOCK, MEMLOCK_BYTES) && lower(pid, RLIMIT_NICE, 0) &&
                lower(pid, RLIMIT_RTPRIO, 0) && lower_if_asked(pid, RLIMIT_CPU, cpu_seconds) &&
                lower_if_asked(pid, RLIMIT_FSIZE, run->file_bytes) &&
                lower_if_asked(pid, RLIMIT_NOFILE, run->open_files) &&
                lower_if_asked(pid, RLIMIT_STACK, run->stack_bytes);
    return done ? 0 : errno;
}

static const char *search_path(const struct run_message *run)
{
    for (char *const *variable = run->envp; *variable != NULL; variable++)
        if (strncmp(*variable, "PATH=", 5) == 0)
            return *variable + 5;
    return DEFAULT_PATH;
}

/* Like a shell: a place where it is not, or may not be run, does not end the search. */
static int execute_from_path(const struct run_message *run)
{
    int error = ENOENT;
    const char *at = search_path(run);
    for (;;) {
        size_t length = strcspn(at, ":");
        char path[PATH_MAX];
        int wanted = length == 0 ? snprintf(path, sizeof path, "./%s", run->argv[0])
                                 : snprintf(path, sizeof path, "%.*s/%s", (int)length, at, run->argv[0]);
        if (wanted > 0 && (size_t)wanted < sizeof path) {
            (void)execve(path, run->argv, run->envp);
            if (errno == EACCES)
                error = EACCES;
            else if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG && errno != ELOOP)
                return errno;
        }
        if (at[length] == 0)
            return error;
        at += length + 1;
    }
}

int program_execute(const struct run_message *run)
{
    if (chdir(run->cwd) != 0)
        return errno;
    int error = program_limit(0, run);
    if (error != 0)
        return error;
    if (strchr(run->argv[0], '/') == NULL)
        return execute_from_path(run);
    (void)execve(run->argv[0], run->argv, run->envp);
    return errno;
}
