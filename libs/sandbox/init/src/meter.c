#include "meter.h"

#include <sys/resource.h>
#include <sys/statvfs.h>
#include <time.h>

static uint64_t reaped_cpu_us(void)
{
    struct rusage usage;
    if (getrusage(RUSAGE_CHILDREN, &usage) != 0)
        return 0;
    return ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * 1000000u +
           (uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec;
}

static uint64_t process_cpu_us(pid_t pid)
{
    clockid_t clock;
    struct timespec used;
    if (pid <= 0 || clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * 1000000u + (uint64_t)used.tv_nsec / 1000u;
}

void meter_open(struct meter *meter, const char *cgroup_root)
{
    cgroup_open(&meter->cgroup, cgroup_root);
}

void meter_share(struct meter *meter, unsigned others)
{
    meter->others = others;
}

void meter_begin(struct meter *meter)
{
    for (int counter = 0; counter < CGROUP_COUNTERS; counter++)
        meter->base[counter] = cgroup_read(&meter->cgroup, (enum cgroup_counter)counter);
    meter->main = 0;
    meter->main_us = 0;
    meter->reaped_us = reaped_cpu_us();
    meter->memory_peak = 0;
    meter->tasks_peak = 0;
}

/* A process that has waited for its program used some time before. */
void meter_main(struct meter *meter, pid_t main)
{
    meter->main = main;
    meter->main_us = process_cpu_us(main);
}

void meter_sample(struct meter *meter)
{
    struct cgroup_value tasks = cgroup_read(&meter->cgroup, CGROUP_TASKS);
    meter->tasks = tasks.value > meter->others ? tasks.value - meter->others - 1 : 0;
    meter->memory = cgroup_read(&meter->cgroup, CGROUP_MEMORY);
    if (meter->tasks > meter->tasks_peak)
        meter->tasks_peak = meter->tasks;
    if (meter->memory.value > meter->memory_peak)
        meter->memory_peak = meter->memory.value;
}

/* Without a cgroup: the main process and whatever has been reaped. Other living processes count when they end. */
uint64_t meter_cpu_us(const struct meter *meter)
{
    struct cgroup_value grown = cgroup_growth(meter->base[CGROUP_CPU_US], cgroup_read(&meter->cgroup, CGROUP_CPU_US));
    if (grown.known)
        return grown.value;
    return reaped_cpu_us() - meter->reaped_us + process_cpu_us(meter->main) - meter->main_us;
}

static void put(struct attribute_writer *writer, uint8_t tag, struct cgroup_value value)
{
    if (value.known)
        attribute_put_number(writer, tag, value.value);
}

static struct cgroup_value growth(const struct meter *meter, enum cgroup_counter counter)
{
    return cgroup_growth(meter->base[counter], cgroup_read(&meter->cgroup, counter));
}

void meter_put_usage(const struct meter *meter, struct attribute_writer *writer)
{
    attribute_put_number(writer, 1, meter_cpu_us(meter));
    put(writer, 2, meter->memory);
    put(writer, 3, (struct cgroup_value){.value = meter->tasks, .known = meter->base[CGROUP_TASKS].known});
}

/* The largest process that has been reaped: what a stage too short for samples has needed at least. */
static uint64_t largest_process(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_CHILDREN, &usage) == 0 ? (uint64_t)usage.ru_maxrss * 1024u : 0;
}

/* The kernel's own peak, or what was sampled where it keeps none. In a shared container it is that of this stage only if it
 * rose in it. */
static struct cgroup_value memory_peak(const struct meter *meter)
{
    struct cgroup_value peak = cgroup_read(&meter->cgroup, CGROUP_MEMORY_PEAK);
    bool another = meter->others > 0 && peak.known && peak.value <= meter->base[CGROUP_MEMORY_PEAK].value;
    if (peak.known && !another)
        return peak;
    uint64_t largest = another ? largest_process() : 0;
    return (struct cgroup_value){.value = largest > meter->memory_peak ? largest : meter->memory_peak,
                                 .known = meter->memory.known};
}

/* The kernel's peak counts the threads of the container runtime's start too: it only tells something if it rose in this
 * stage. */
static struct cgroup_value tasks_peak(const struct meter *meter)
{
    struct cgroup_value peak = cgroup_read(&meter->cgroup, CGROUP_TASKS_PEAK);
    struct cgroup_value base = meter->base[CGROUP_TASKS_PEAK];
    if (peak.known && base.known && peak.value > base.value)
        return (struct cgroup_value){.value = peak.value - meter->others - 1, .known = true};
    return (struct cgroup_value){.value = meter->tasks_peak, .known = meter->base[CGROUP_TASKS].known};
}

void meter_put_report(const struct meter *meter, struct attribute_writer *writer)
{
    attribute_put_number(writer, 7, meter_cpu_us(meter));
    put(writer, 8, memory_peak(meter));
    put(writer, 9, tasks_peak(meter));
    put(writer, 10, growth(meter, CGROUP_OOM_KILLS));
    put(writer, 11, growth(meter, CGROUP_REFUSED_FORKS));
    put(writer, 12, growth(meter, CGROUP_THROTTLED_US));
}

/* A tmpfs without a size, or without a limit of inodes, says 0 in all. */
static bool full(const char *place)
{
    struct statvfs now;
    if (statvfs(place, &now) != 0)
        return false;
    return (now.f_blocks > 0 && now.f_bavail == 0) || (now.f_files > 0 && now.f_favail == 0);
}

uint64_t meter_places_full(void)
{
    return full("/workspace") || full("/tmp") ? 1 : 0;
}
