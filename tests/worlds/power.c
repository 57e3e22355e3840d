/* A disk that keeps only what was synced: preloaded into a process, it holds in POWER_DISK what POWER_HOME would hold
 * after a power cut. fsync and fdatasync of a file keep its content under its name; those of a folder keep its list of
 * names, where what was never synced itself is empty. Nothing else reaches that disk. The real one is not waited for.
 * POWER_SYNCS: so many times it may sync, and is killed instead of the next. POWER_ROOM: so many bytes may its files in
 * POWER_HOME grow, then the disk is full.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local char draft[PATH_MAX];

static void fail(const char *what) {
    perror(what);
    abort();
}

static const char *draft_name(const char *disk) {
    snprintf(draft, sizeof draft, "%s.draft-%d", disk, (int)getpid());
    return draft;
}

/* What is kept of a file, whatever it is called: by its number and birth, since a number is given again. */
static void content_of(const char *disk, const char *path, int fd, char *into) {
    struct statx about;
    if (statx(fd, path, path[0] ? 0 : AT_EMPTY_PATH, STATX_INO | STATX_BTIME, &about)) fail("statx");
    snprintf(into, PATH_MAX, "%s.contents/%llu-%lld-%u", disk, (unsigned long long)about.stx_ino,
             (long long)about.stx_btime.tv_sec, about.stx_btime.tv_nsec);
}

static void name_it(const char *disk, const char *content, const char *name) {
    const char *part = draft_name(disk);
    unlink(part);
    if (link(content, part) || rename(part, name)) fail("keep a name");
    unlink(part); /* where both were the same file already, rename does nothing */
}

static void make_folders(const char *disk, const char *below) {
    char path[PATH_MAX];
    snprintf(path, sizeof path, "%s%s/", disk, below);
    for (char *slash = path + 1; (slash = strchr(slash, '/')); *slash++ = '/') {
        *slash = 0;
        if (mkdir(path, 0700) && errno != EEXIST) fail("mkdir");
    }
}

/* Read through the descriptor: to open and close the file once more would end SQLite's own locks on it. */
static void keep_file(int fd, const char *path, const char *disk, const char *name) {
    char content[PATH_MAX], block[1 << 16];
    int from = fd, own = -1;
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY) from = own = open(path, O_RDONLY | O_CLOEXEC);
    int to = open(draft_name(disk), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (from < 0 || to < 0) fail("keep a file");
    off_t at = 0;
    for (ssize_t read; (read = pread(from, block, sizeof block, at)) > 0; at += read)
        if (write(to, block, read) != read) fail("write");
    close(to);
    if (own >= 0) close(own);
    content_of(disk, "", fd, content);
    if (rename(draft, content)) fail("rename");
    name_it(disk, content, name);
}

static void keep_names(const char *path, const char *disk, const char *kept) {
    char here[PATH_MAX], there[PATH_MAX], content[PATH_MAX];
    struct stat about;
    struct dirent *entry;
    DIR *names = opendir(path);
    if (!names) fail("opendir");
    while ((entry = readdir(names))) {
        snprintf(here, sizeof here, "%s/%s", path, entry->d_name);
        snprintf(there, sizeof there, "%s/%s", kept, entry->d_name);
        if (lstat(here, &about) || !S_ISREG(about.st_mode)) continue;
        content_of(disk, here, AT_FDCWD, content);
        if (access(content, F_OK)) close(open(content, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
        name_it(disk, content, there);
    }
    closedir(names);
    if (!(names = opendir(kept))) fail("opendir");
    while ((entry = readdir(names))) {
        snprintf(here, sizeof here, "%s/%s", path, entry->d_name);
        snprintf(there, sizeof there, "%s/%s", kept, entry->d_name);
        if (lstat(here, &about) && !lstat(there, &about) && S_ISREG(about.st_mode)) unlink(there);
    }
    closedir(names);
}

/* Whether a descriptor is of something in POWER_HOME that has a name; its path, and what it is. */
static int is_at_home(int fd, char *path, struct stat *about) {
    const char *home = getenv("POWER_HOME");
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = home ? readlink(link, path, PATH_MAX - 1) : -1;
    if (length < 0 || fstat(fd, about)) return 0;
    path[length] = 0;
    return !strncmp(path, home, strlen(home)) && about->st_nlink;
}

/* Whether a write still finds room. */
static int has_room(int fd, size_t count, off_t at) {
    static off_t grown;
    const char *room = getenv("POWER_ROOM");
    char path[PATH_MAX];
    struct stat about;
    if (!room || fd < 3 || !is_at_home(fd, path, &about) || !S_ISREG(about.st_mode)) return 1;
    off_t end = (at < 0 ? lseek(fd, 0, SEEK_CUR) : at) + (off_t)count;
    off_t more = end > about.st_size ? end - about.st_size : 0;
    if (grown + more > atoll(room)) {
        errno = ENOSPC;
        return 0;
    }
    grown += more;
    return 1;
}

static int keep(int fd) {
    static long syncs;
    const char *home = getenv("POWER_HOME"), *disk = getenv("POWER_DISK"), *most = getenv("POWER_SYNCS");
    char path[PATH_MAX], kept[PATH_MAX], folder[PATH_MAX];
    struct stat about;
    if (!disk || !is_at_home(fd, path, &about)) return 0;
    pthread_mutex_lock(&one_at_a_time);
    if (most && syncs++ == atol(most)) kill(getpid(), SIGKILL);
    snprintf(kept, sizeof kept, "%s%s", disk, path + strlen(home));
    snprintf(folder, sizeof folder, "%s", path + strlen(home));
    if (!S_ISDIR(about.st_mode) && strrchr(folder, '/')) *strrchr(folder, '/') = 0;
    make_folders(disk, folder);
    if (S_ISDIR(about.st_mode)) keep_names(path, disk, kept);
    else if (S_ISREG(about.st_mode)) keep_file(fd, path, disk, kept);
    pthread_mutex_unlock(&one_at_a_time);
    return 0;
}

int fsync(int fd) { return keep(fd); }

int fdatasync(int fd) { return keep(fd); }

ssize_t write(int fd, const void *from, size_t count) {
    return has_room(fd, count, -1) ? syscall(SYS_write, fd, from, count) : -1;
}

ssize_t pwrite64(int fd, const void *from, size_t count, off_t at) {
    return has_room(fd, count, at) ? syscall(SYS_pwrite64, fd, from, count, at) : -1;
}

ssize_t pwrite(int fd, const void *from, size_t count, off_t at) { return pwrite64(fd, from, count, at); }
