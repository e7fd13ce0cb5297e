#include "cgroup.h"

#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX 4096u

struct source {
    const char *path;
    const char *other_path; /* hosts mount cpu and cpuacct apart or together */
    const char *key;
    unsigned divisor;
};

static const struct source version_1[CGROUP_COUNTERS] = {
    [CGROUP_CPU_US] = {"cpuacct/cpuacct.usage", "cpu,cpuacct/cpuacct.usage", NULL, 1000},
    [CGROUP_MEMORY] = {"memory/memory.usage_in_bytes", NULL, NULL, 1},
    [CGROUP_MEMORY_PEAK] = {"memory/memory.max_usage_in_bytes", NULL, NULL, 1},
    [CGROUP_OOM_KILLS] = {"memory/memory.oom_control", NULL, "oom_kill", 1},
    [CGROUP_THROTTLED_US] = {"cpu/cpu.stat", "cpu,cpuacct/cpu.stat", "throttled_time", 1000},
    [CGROUP_TASKS] = {"pids/pids.current", NULL, NULL, 1},
    [CGROUP_TASKS_PEAK] = {"pids/pids.peak", NULL, NULL, 1},
    [CGROUP_REFUSED_FORKS] = {"pids/pids.events", NULL, "max", 1},
};

static const struct source version_2[CGROUP_COUNTERS] = {
    [CGROUP_CPU_US] = {"cpu.stat", NULL, "usage_usec", 1},
    [CGROUP_MEMORY] = {"memory.current", NULL, NULL, 1},
    [CGROUP_MEMORY_PEAK] = {"memory.peak", NULL, NULL, 1},
    [CGROUP_OOM_KILLS] = {"memory.events", NULL, "oom_kill", 1},
    [CGROUP_THROTTLED_US] = {"cpu.stat", NULL, "throttled_usec", 1},
    [CGROUP_TASKS] = {"pids.current", NULL, NULL, 1},
    [CGROUP_TASKS_PEAK] = {"pids.peak", NULL, NULL, 1},
    [CGROUP_REFUSED_FORKS] = {"pids.events", NULL, "max", 1},
};

static bool parse_number(const char *text, uint64_t *number)
{
    uint64_t value = 0;
    const char *at = text;
    for (; *at >= '0' && *at <= '9'; at++) {
        unsigned digit = (unsigned)(*at - '0');
        if (value > (UINT64_MAX - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (at == text || (*at != 0 && *at != '\n'))
        return false;
    *number = value;
    return true;
}

bool cgroup_parse(const char *text, const char *key, uint64_t *number)
{
    if (key == NULL)
        return parse_number(text, number);
    size_t length = strlen(key);
    for (const char *line = text; line != NULL;) {
        if (strncmp(line, key, length) == 0 && line[length] == ' ')
            return parse_number(line + length + 1, number);
        line = strchr(line, '\n');
        if (line != NULL)
            line++;
    }
    return false;
}

static const struct source *sources(const struct cgroup *cgroup)
{
    return cgroup->version == 1 ? version_1 : version_2;
}

struct cgroup_value cgroup_read(const struct cgroup *cgroup, enum cgroup_counter counter)
{
    struct cgroup_value result = {.value = 0, .known = false};
    if (cgroup->files[counter] < 0)
        return result;
    char text[TEXT_MAX];
    ssize_t count = pread(cgroup->files[counter], text, sizeof text - 1, 0);
    if (count <= 0)
        return result;
    text[count] = 0;
    const struct source *source = &sources(cgroup)[counter];
    result.known = cgroup_parse(text, source->key, &result.value);
    result.value /= source->divisor;
    return result;
}

struct cgroup_value cgroup_growth(struct cgroup_value before, struct cgroup_value now)
{
    bool known = before.known && now.known;
    return (struct cgroup_value){.value = known && now.value > before.value ? now.value - before.value : 0,
                                 .known = known};
}

static int open_file(int directory, const char *path)
{
    return path == NULL ? -1 : openat(directory, path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
}

static bool open_version(struct cgroup *cgroup, int directory, int version)
{
    cgroup->version = version;
    bool any = false;
    for (int counter = 0; counter < CGROUP_COUNTERS; counter++) {
        const struct source *source = &sources(cgroup)[counter];
        int fd = open_file(directory, source->path);
        if (fd < 0)
            fd = open_file(directory, source->other_path);
        cgroup->files[counter] = fd;
        if (fd >= 0 && !cgroup_read(cgroup, (enum cgroup_counter)counter).known) {
            (void)close(fd);
            cgroup->files[counter] = -1;
        }
        any = any || cgroup->files[counter] >= 0;
    }
    return any;
}

void cgroup_open(struct cgroup *cgroup, const char *root)
{
    for (int counter = 0; counter < CGROUP_COUNTERS; counter++)
        cgroup->files[counter] = -1;
    cgroup->version = 0;
    int directory = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (directory < 0)
        return;
    int version = faccessat(directory, "cgroup.controllers", F_OK, 0) == 0 ? 2 : 1;
    if (!open_version(cgroup, directory, version))
        cgroup->version = 0;
    (void)close(directory);
}
