#include "collector.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "listing.h"
#include "parcel.h"
#include "text.h"

#define DEPTH_MAX 64u
#define OPEN_FILE (O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
#define OPEN_DIRECTORY (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)

/* What each pattern still can match below a directory. */
struct hopes {
    glob_state states[COLLECT_PATTERNS_MAX];
    bool whole; /* a pattern ends with the name that led here */
    bool deeper;
};

static struct {
    const struct collect_message *order;
    uint64_t deadline_us;
    dev_t device;
    uint64_t files;
    uint64_t bytes;
    size_t length;
    char path[PARCEL_PATH_MAX + 1 + NAME_MAX + 2]; /* relative to the root; one name more than may be told */
} collector;

static void walk(int directory, const struct hopes *hopes, unsigned depth);

static void omit(enum omission why)
{
    parcel_omitted(collector.length == 0 ? "." : collector.path, why);
}

static void stop_if_late(void)
{
    if (clock_us() < collector.deadline_us)
        return;
    omit(OMITTED_TIME);
    parcel_close(COLLECTED_LATE);
}

static struct hopes step(const struct hopes *from, const char *name)
{
    struct hopes to = {.whole = false};
    for (unsigned index = 0; index < collector.order->count; index++) {
        bool whole = false;
        to.states[index] = 0;
        if (from->states[index] != 0)
            to.states[index] = glob_step(&collector.order->patterns[index], from->states[index], name, &whole);
        to.whole = to.whole || whole;
        to.deeper = to.deeper || to.states[index] != 0;
    }
    return to;
}

static enum omission too_large(uint64_t size)
{
    const struct collect_message *order = collector.order;
    if (collector.files >= order->max_files)
        return OMITTED_NUMBER;
    if (size > order->max_file_bytes)
        return OMITTED_FILE_SIZE;
    if (size > order->max_total_bytes - collector.bytes)
        return OMITTED_TOTAL_SIZE;
    return OMITTED_NONE;
}

static bool same_moment(const struct timespec *one, const struct timespec *other)
{
    return one->tv_sec == other->tv_sec && one->tv_nsec == other->tv_nsec;
}

static bool unchanged(const struct stat *before, const struct stat *after)
{
    return S_ISREG(after->st_mode) && before->st_dev == after->st_dev && before->st_ino == after->st_ino &&
           before->st_size == after->st_size && same_moment(&before->st_mtim, &after->st_mtim) &&
           same_moment(&before->st_ctim, &after->st_ctim);
}

/* Never more than was announced, however much there is to read. */
static enum omission send_content(int fd, uint64_t size)
{
    while (size > 0) {
        if (clock_us() >= collector.deadline_us)
            return OMITTED_TIME;
        ssize_t count = read(fd, parcel_space(), size < FRAME_OUTPUT_MAX ? (size_t)size : FRAME_OUTPUT_MAX);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return OMITTED_UNREADABLE;
        if (count == 0)
            return OMITTED_CHANGED;
        parcel_data((size_t)count);
        size -= (uint64_t)count;
    }
    return OMITTED_NONE;
}

static void send_file(int fd, const struct stat *found)
{
    uint64_t size = (uint64_t)found->st_size;
    struct stat now;
    parcel_artifact(collector.path, size);
    enum omission why = send_content(fd, size);
    if (why == OMITTED_NONE && (fstat(fd, &now) != 0 || !unchanged(found, &now)))
        why = OMITTED_CHANGED;
    parcel_end(why);
    if (why != OMITTED_NONE)
        return;
    collector.files++;
    collector.bytes += size;
}

static void take_file(int directory, const char *name, const struct stat *found)
{
    enum omission why = too_large((uint64_t)found->st_size);
    if (why != OMITTED_NONE) {
        omit(why);
        return;
    }
    int fd = openat(directory, name, OPEN_FILE);
    if (fd < 0) {
        omit(OMITTED_UNREADABLE);
        return;
    }
    struct stat now;
    if (fstat(fd, &now) != 0 || !unchanged(found, &now))
        omit(OMITTED_CHANGED);
    else
        send_file(fd, found);
    (void)close(fd);
}

static void take_directory(int directory, const char *name, const struct hopes *hopes, unsigned depth)
{
    if (depth == DEPTH_MAX) {
        omit(OMITTED_DEPTH);
        return;
    }
    int inside = openat(directory, name, OPEN_DIRECTORY);
    struct stat now;
    if (inside < 0)
        omit(errno == EMFILE ? OMITTED_DEPTH : OMITTED_UNREADABLE);
    else if (fstat(inside, &now) != 0 || now.st_dev != collector.device)
        omit(OMITTED_UNREADABLE);
    else
        walk(inside, hopes, depth + 1);
    if (inside >= 0)
        (void)close(inside);
}

/* What is a file, what is a directory and what is neither is looked at before anything is opened. */
static void visit(int directory, const char *name, const struct hopes *hopes, unsigned depth)
{
    struct stat found;
    bool known = fstatat(directory, name, &found, AT_SYMLINK_NOFOLLOW) == 0;
    bool is_directory = known && S_ISDIR(found.st_mode);
    if (is_directory ? !hopes->deeper : !hopes->whole)
        return;
    if (!text_valid(name))
        omit(OMITTED_NO_TEXT);
    else if (collector.length > PARCEL_PATH_MAX)
        omit(OMITTED_DEPTH);
    else if (!known || found.st_dev != collector.device)
        omit(OMITTED_UNREADABLE);
    else if (is_directory)
        take_directory(directory, name, hopes, depth);
    else if (S_ISREG(found.st_mode))
        take_file(directory, name, &found);
    else
        omit(OMITTED_NO_FILE);
}

static void walk(int directory, const struct hopes *hopes, unsigned depth)
{
    struct listing listing = listing_read(directory);
    if (listing.failed)
        omit(OMITTED_UNREADABLE);
    if (listing.cut)
        omit(OMITTED_NUMBER);
    size_t length = collector.length;
    for (uint32_t index = 0; index < listing.count; index++) {
        const char *name = listing_name(&listing, index);
        stop_if_late();
        struct hopes below = step(hopes, name);
        if (!below.whole && !below.deeper)
            continue;
        size_t size = strlen(name);
        if (length > 0)
            collector.path[length] = '/';
        collector.length = length + (length > 0 ? 1 : 0) + size;
        memcpy(collector.path + collector.length - size, name, size + 1);
        visit(directory, name, &below, depth);
        collector.length = length;
        collector.path[length] = 0;
    }
    listing_drop(&listing);
}

/* Down from the top, for the job may have put a link in the place of any part. */
static int open_root(const char *root)
{
    char name[NAME_MAX + 1];
    int directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    for (const char *at = root; directory >= 0 && *at != 0;) {
        size_t length = strcspn(++at, "/");
        memcpy(name, at, length);
        name[length] = 0;
        at += length;
        int next = openat(directory, name, *at == 0 ? OPEN_DIRECTORY : O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        (void)close(directory);
        directory = next;
    }
    return directory;
}

void collector_run(const struct collect_message *order, int to, uint64_t deadline_us)
{
    collector.order = order;
    collector.deadline_us = deadline_us;
    parcel_to(to);
    int root = open_root(order->root);
    struct stat found;
    if (root < 0 || fstat(root, &found) != 0) {
        omit(OMITTED_UNREADABLE);
        parcel_close(COLLECTED_ALL);
    }
    collector.device = found.st_dev;
    struct hopes hopes = {.whole = false};
    for (unsigned index = 0; index < order->count; index++)
        hopes.states[index] = glob_begin(&order->patterns[index]);
    walk(root, &hopes, 0);
    parcel_close(COLLECTED_ALL);
}
