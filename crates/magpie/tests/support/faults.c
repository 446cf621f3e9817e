/* Stands between a process and the C library, so that its disk is full or slow below one folder and its clock is wrong, while
 * it runs and without rights of an administrator.
 *
 * MAGPIE_FAULTS is a folder of switches, MAGPIE_FAULTS_BELOW the folder whose disk is meant. A file `full` there: nothing can be
 * written any more, and of every other write half still goes in, as where a disk fills up. `slow`: writing and syncing take
 * long. `clock` holds how many seconds the time of day is ahead. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) \
    static __typeof__(&name) real; \
    if (!real) real = (__typeof__(&name))dlsym(RTLD_NEXT, #name)

static const char *switch_path(const char *name, char *path) {
    const char *folder = getenv("MAGPIE_FAULTS");
    if (!folder) return NULL;
    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

static int is_on(const char *name) {
    char path[PATH_MAX];
    int saved = errno, on = switch_path(name, path) && access(path, F_OK) == 0;
    errno = saved;
    return on;
}

static int is_below(int fd) {
    const char *folder = getenv("MAGPIE_FAULTS_BELOW");
    char link[64], path[PATH_MAX];
    int saved = errno;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    errno = saved;
    if (!folder || length < 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

static void take_long(int fd, long milliseconds) {
    struct timespec pause = {0, milliseconds * 1000000};
    if (is_on("slow") && is_below(fd)) nanosleep(&pause, NULL);
}

/* How many bytes still go in; -1 for none, with the error that a full disk gives. */
static ssize_t room(int fd, size_t count) {
    static int writes;
    if (!is_on("full") || !is_below(fd)) return (ssize_t)count;
    if (count > 1 && __atomic_fetch_add(&writes, 1, __ATOMIC_RELAXED) % 2) return (ssize_t)(count / 2);
    errno = ENOSPC;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    REAL(write);
    take_long(fd, 2);
    ssize_t fits = room(fd, count);
    return fits < 0 ? fits : real(fd, bytes, (size_t)fits);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    REAL(pwrite64);
    take_long(fd, 2);
    ssize_t fits = room(fd, count);
    return fits < 0 ? fits : real(fd, bytes, (size_t)fits, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) { return pwrite64(fd, bytes, count, offset); }

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    take_long(fd, 2);
    if (is_on("full") && is_below(fd)) {
        errno = ENOSPC;
        return -1;
    }
    return real(fd, parts, count);
}

int fsync(int fd) {
    REAL(fsync);
    take_long(fd, 150);
    return real(fd);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    take_long(fd, 150);
    return real(fd);
}

static long seconds_ahead(void) {
    static long ahead;
    char path[PATH_MAX], text[32] = {0};
    int saved = errno;
    int fd = switch_path("clock", path) ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (fd >= 0) {
        if (read(fd, text, sizeof text - 1) > 0) ahead = atol(text);
        close(fd);
    }
    errno = saved;
    return ahead;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    REAL(clock_gettime);
    int outcome = real(clock, now);
    if (outcome == 0 && clock == CLOCK_REALTIME) now->tv_sec += seconds_ahead();
    return outcome;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    REAL(gettimeofday);
    int outcome = real(now, zone);
    if (outcome == 0) now->tv_sec += seconds_ahead();
    return outcome;
}

time_t time(time_t *now) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}
