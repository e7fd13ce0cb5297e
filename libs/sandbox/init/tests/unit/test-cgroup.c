#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "check.h"

static char root[] = "/tmp/gantry-init-cgroup-XXXXXX";

static void path_of(char *path, size_t size, const char *name)
{
    CHECK((size_t)snprintf(path, size, "%s/%s", root, name) < size);
}

static void write_file(const char *name, const char *text)
{
    char path[256];
    path_of(path, sizeof path, name);
    char *slash = strrchr(path, '/');
    *slash = 0;
    (void)mkdir(path, 0755);
    *slash = '/';
    FILE *file = fopen(path, "w");
    CHECK(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void check_value(const struct cgroup *cgroup, enum cgroup_counter counter, uint64_t wanted)
{
    struct cgroup_value value = cgroup_read(cgroup, counter);
    CHECK(value.known && value.value == wanted);
}

static void close_all(const struct cgroup *cgroup)
{
    for (int counter = 0; counter < CGROUP_COUNTERS; counter++)
        if (cgroup->files[counter] >= 0)
            CHECK(close(cgroup->files[counter]) == 0);
}

static void parses_numbers_and_keys(void)
{
    static const char events[] = "low 1\nhigh 22\nmax 3\noom 4\noom_kill 5\noom_group_kill 6\n";
    uint64_t number = 77;
    CHECK(cgroup_parse("123\n", NULL, &number) && number == 123);
    CHECK(cgroup_parse("18446744073709551615", NULL, &number) && number == UINT64_MAX);
    CHECK(!cgroup_parse("18446744073709551616", NULL, &number));
    CHECK(!cgroup_parse("max\n", NULL, &number) && !cgroup_parse("", NULL, &number) &&
          !cgroup_parse("-1\n", NULL, &number));
    CHECK(!cgroup_parse("12x\n", NULL, &number) && !cgroup_parse(" 12\n", NULL, &number));
    CHECK(cgroup_parse(events, "oom_kill", &number) && number == 5);
    CHECK(cgroup_parse(events, "oom", &number) && number == 4);
    CHECK(cgroup_parse(events, "oom_group_kill", &number) && number == 6);
    CHECK(cgroup_parse(events, "low", &number) && number == 1);
    CHECK(!cgroup_parse(events, "kill", &number) && !cgroup_parse(events, "lo", &number) &&
          !cgroup_parse("", "low", &number));
    CHECK(!cgroup_parse("oom_kill x\n", "oom_kill", &number) && !cgroup_parse("oom_kill", "oom_kill", &number));
}

static void reads_version_1(void)
{
    struct cgroup cgroup;
    write_file("cpuacct/cpuacct.usage", "5999999\n");
    write_file("memory/memory.usage_in_bytes", "1000\n");
    write_file("memory/memory.max_usage_in_bytes", "2000\n");
    write_file("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 7\n");
    write_file("cpu,cpuacct/cpu.stat", "nr_periods 10\nnr_throttled 3\nthrottled_time 123456789\n");
    write_file("pids/pids.current", "12\n");
    write_file("pids/pids.events", "max 9\n");
    cgroup_open(&cgroup, root);
    CHECK(cgroup.version == 1);
    check_value(&cgroup, CGROUP_CPU_US, 5999);
    check_value(&cgroup, CGROUP_MEMORY, 1000);
    check_value(&cgroup, CGROUP_MEMORY_PEAK, 2000);
    check_value(&cgroup, CGROUP_OOM_KILLS, 7);
    check_value(&cgroup, CGROUP_THROTTLED_US, 123456);
    check_value(&cgroup, CGROUP_TASKS, 12);
    check_value(&cgroup, CGROUP_REFUSED_FORKS, 9);
    CHECK(!cgroup_read(&cgroup, CGROUP_TASKS_PEAK).known);
    struct cgroup_value before = cgroup_read(&cgroup, CGROUP_OOM_KILLS);
    write_file("memory/memory.oom_control", "oom_kill_disable 0\nunder_oom 1\noom_kill 9\n");
    struct cgroup_value grown = cgroup_growth(before, cgroup_read(&cgroup, CGROUP_OOM_KILLS));
    CHECK(grown.known && grown.value == 2);
    CHECK(!cgroup_growth(cgroup_read(&cgroup, CGROUP_TASKS_PEAK), before).known);
    close_all(&cgroup);
}

static void reads_version_2(void)
{
    struct cgroup cgroup;
    write_file("cgroup.controllers", "cpu memory pids\n");
    write_file("cpu.stat", "usage_usec 4321\nuser_usec 4000\nsystem_usec 321\nnr_periods 0\nnr_throttled "
                           "0\nthrottled_usec 55\nnr_bursts 0\n");
    write_file("memory.current", "4096\n");
    write_file("memory.events", "low 0\nhigh 0\nmax 3\noom 1\noom_kill 2\noom_group_kill 0\n");
    write_file("pids.current", "5\n");
    write_file("pids.peak", "8\n");
    write_file("pids.events", "max 4\n");
    cgroup_open(&cgroup, root);
    CHECK(cgroup.version == 2);
    check_value(&cgroup, CGROUP_CPU_US, 4321);
    check_value(&cgroup, CGROUP_MEMORY, 4096);
    check_value(&cgroup, CGROUP_OOM_KILLS, 2);
    check_value(&cgroup, CGROUP_THROTTLED_US, 55);
    check_value(&cgroup, CGROUP_TASKS, 5);
    check_value(&cgroup, CGROUP_TASKS_PEAK, 8);
    check_value(&cgroup, CGROUP_REFUSED_FORKS, 4);
    CHECK(!cgroup_read(&cgroup, CGROUP_MEMORY_PEAK).known);
    write_file("memory.peak", "8192\n");
    close_all(&cgroup);
    cgroup_open(&cgroup, root);
    check_value(&cgroup, CGROUP_MEMORY_PEAK, 8192);
    close_all(&cgroup);
}

static void knows_nothing_where_there_is_nothing(void)
{
    struct cgroup cgroup;
    char path[256];
    path_of(path, sizeof path, "missing");
    for (int turn = 0; turn < 2; turn++) {
        cgroup_open(&cgroup, turn == 0 ? path : root);
        CHECK(cgroup.version == 0);
        for (int counter = 0; counter < CGROUP_COUNTERS; counter++)
            CHECK(!cgroup_read(&cgroup, (enum cgroup_counter)counter).known);
    }
}

void test_cgroups(void)
{
    parses_numbers_and_keys();
    CHECK(mkdtemp(root) != NULL);
    knows_nothing_where_there_is_nothing();
    reads_version_1();
    reads_version_2();
    static const char *const names[] = {"cpuacct/cpuacct.usage",
                                        "memory/memory.usage_in_bytes",
                                        "memory/memory.max_usage_in_bytes",
                                        "memory/memory.oom_control",
                                        "cpu,cpuacct/cpu.stat",
                                        "pids/pids.current",
                                        "pids/pids.events",
                                        "cpuacct",
                                        "memory",
                                        "cpu,cpuacct",
                                        "pids",
                                        "cgroup.controllers",
                                        "cpu.stat",
                                        "memory.current",
                                        "memory.events",
                                        "memory.peak",
                                        "pids.current",
                                        "pids.peak",
                                        "pids.events",
                                        "."};
    for (size_t index = 0; index < sizeof names / sizeof names[0]; index++) {
        char path[256];
        path_of(path, sizeof path, names[index]);
        if (names[index][0] == '.')
            path[strlen(root)] = 0;
        CHECK(remove(path) == 0);
    }
}
