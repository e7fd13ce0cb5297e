#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "identity.h"

#define PARENT_MODE 0755

static int enter(int directory, const char *name)
{
    return openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/* One step down without following a link, which an earlier stage may have left. */
static int enter_or_make(int directory, const char *name)
{
    int next = enter(directory, name);
    if (next >= 0 || errno != ENOENT)
        return next;
    if (mkdirat(directory, name, PARENT_MODE) != 0)
        return -1;
    return enter(directory, name);
}

/* A fresh inode: writing into what lies there could reach another name of it, or wait at a fifo. */
static int create(int directory, const char *name, uint32_t mode)
{
    if (unlinkat(directory, name, 0) != 0 && errno != ENOENT)
        return -1;
    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd >= 0 && fchmod(fd, mode) != 0) {
        int error = errno;
        (void)close(fd);
        errno = error;
        return -1;
    }
    return fd;
}

static int walk(char *path, uint32_t mode)
{
    int directory = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
    char *name = path + 1;
    for (char *slash; directory >= 0 && (slash = strchr(name, '/')) != NULL; name = slash + 1) {
        *slash = 0;
        int next = enter_or_make(directory, name);
        int error = errno;
        *slash = '/';
        (void)close(directory);
        directory = next;
        errno = error;
    }
    if (directory < 0)
        return -1;
    int fd = create(directory, name, mode);
    int error = errno;
    (void)close(directory);
    errno = error;
    return fd;
}

int files_create(const struct owner *owner, char *path, uint32_t mode)
{
    identity_borrow(owner);
    int fd = walk(path, mode);
    int error = errno;
    identity_return();
    errno = error;
    return fd;
}

int files_append(int fd, const uint8_t *bytes, size_t count)
{
    while (count > 0) {
        ssize_t written = write(fd, bytes, count);
        if (written < 0) {
            if (errno == EINTR)
                continue;
            return errno;
        }
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}
