#include "template.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Every container of ours has a tmpfs here, so that the place is there to be built on. */
#define ROOT "/workspace"

static bool bind(const char *from, const char *to)
{
    /* A part that has other mounts below it can only be bound with them: they are locked. */
    return mount(from, to, NULL, MS_BIND | MS_REC, NULL) == 0;
}

static bool make_file(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
    return fd >= 0 && close(fd) == 0;
}

static bool copy_link(const char *from, const char *to)
{
    char target[PATH_MAX];
    ssize_t length = readlink(from, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = 0;
    return symlink(target, to) == 0;
}

/* Each bind is a mount that every world has to copy. */
static bool is_empty(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL)
        return false;
    bool empty = true;
    for (struct dirent *entry; empty && (entry = readdir(directory)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    (void)closedir(directory);
    return empty;
}

static bool copy_directory(const char *from, const char *to, mode_t mode)
{
    if (mkdir(to, mode) != 0 || chmod(to, mode) != 0)
        return false;
    return is_empty(from) || bind(from, to);
}

static bool copy_entry(const char *name)
{
    char from[NAME_MAX + 2];
    char to[NAME_MAX + sizeof ROOT + 1];
    struct stat found;
    (void)snprintf(from, sizeof from, "/%s", name);
    (void)snprintf(to, sizeof to, ROOT "/%s", name);
    if (lstat(from, &found) != 0)
        return false;
    if (S_ISLNK(found.st_mode))
        return copy_link(from, to);
    if (S_ISDIR(found.st_mode))
        return copy_directory(from, to, found.st_mode & 0777);
    if (S_ISREG(found.st_mode))
        return make_file(to) && (found.st_size == 0 || bind(from, to));
    return true;
}

/* Made here, or empty until a world fills it. */
static bool is_special(const struct tenant_options *options, const char *name)
{
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, "dev") == 0)
        return true;
    for (unsigned index = 0; index < options->place_count; index++)
        if (strcmp(options->places[index].path + 1, name) == 0)
            return true;
    return false;
}

static bool copy_root(const struct tenant_options *options)
{
    DIR *root = opendir("/");
    if (root == NULL)
        return false;
    bool copied = true;
    for (struct dirent *entry; copied && (entry = readdir(root)) != NULL;)
        if (!is_special(options, entry->d_name))
            copied = copy_entry(entry->d_name);
    int error = errno;
    (void)closedir(root);
    errno = error;
    return copied;
}

static bool make_places(const struct tenant_options *options)
{
    for (unsigned index = 0; index < options->place_count; index++) {
        const char *path = options->places[index].path;
        char to[PATH_MAX];
        /* One deeper down lies in a part of the image that is there already. */
        if (strchr(path + 1, '/') != NULL)
            continue;
        if ((size_t)snprintf(to, sizeof to, ROOT "%s", path) >= sizeof to || mkdir(to, 0755) != 0)
            return false;
    }
    return true;
}

static bool make_devices(void)
{
    static const char *const nodes[] = {"null", "zero", "full", "random", "urandom", "tty"};
    static const char *const links[][2] = {{"/proc/self/fd", "fd"},
                                           {"/proc/self/fd/0", "stdin"},
                                           {"/proc/self/fd/1", "stdout"},
                                           {"/proc/self/fd/2", "stderr"},
                                           {"pts/ptmx", "ptmx"}};
    if (mkdir(ROOT "/dev", 0755) != 0 || mkdir(ROOT "/dev/shm", 0755) != 0 || mkdir(ROOT "/dev/mqueue", 0755) != 0 ||
        mkdir(ROOT "/dev/pts", 0755) != 0)
        return false;
    for (size_t index = 0; index < sizeof nodes / sizeof nodes[0]; index++) {
        char from[32];
        char to[64];
        (void)snprintf(from, sizeof from, "/dev/%s", nodes[index]);
        (void)snprintf(to, sizeof to, ROOT "/dev/%s", nodes[index]);
        if (!make_file(to) || !bind(from, to))
            return false;
    }
    for (size_t index = 0; index < sizeof links / sizeof links[0]; index++) {
        char to[64];
        (void)snprintf(to, sizeof to, ROOT "/dev/%s", links[index][1]);
        if (symlink(links[index][0], to) != 0)
            return false;
    }
    return true;
}

/* The old tree goes as a whole: one by one its mounts are locked. */
static bool take_root(void)
{
    return chdir(ROOT) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 && umount2(".", MNT_DETACH) == 0 &&
           chdir("/") == 0 &&
           mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL) == 0;
}

const char *template_enter(const struct tenant_options *options)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0)
        return "no mount namespace";
    if (mount("tmpfs", ROOT, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m,nr_inodes=1024") != 0)
        return "no tmpfs for the root";
    if (!copy_root(options))
        return "the image's root can't be copied";
    if (!make_places(options) || !make_devices())
        return "the root's own places can't be made";
    return take_root() ? NULL : "the root can't be changed";
}
