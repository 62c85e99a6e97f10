/* Preloaded into a program: journals what it writes, truncates, syncs and unlinks in one folder, in that very order. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PATH_LENGTH 4096
#define REAL(name)                                    \
    static __typeof__(name) *real;                    \
    if (real == NULL) {                               \
        real = (__typeof__(name) *)dlsym(RTLD_NEXT, #name); \
    }

static int journal = -1;
static const char *folder;

__attribute__((constructor)) static void open_journal(void) {
    const char *path = getenv("POWERLOSS_JOURNAL");
    folder = getenv("POWERLOSS_FOLDER");
    if (path != NULL && folder != NULL) {
        journal = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    }
}

/* One line, "what offset length path", then the bytes: a single append, so that threads cannot mix. */
static void note(char what, const char *path, long long offset, const void *bytes, size_t length) {
    char line[PATH_LENGTH + 64];
    if (journal < 0 || strncmp(path, folder, strlen(folder)) != 0) {
        return;
    }
    int size = snprintf(line, sizeof line, "%c %lld %zu %s\n", what, offset, length, path);
    struct iovec parts[2] = {{line, (size_t)size}, {(void *)bytes, bytes == NULL ? 0 : length}};
    if (writev(journal, parts, 2) < 0) {
        abort();
    }
}

static void note_open(char what, int descriptor, long long offset, const void *bytes, size_t length) {
    char link[64], path[PATH_LENGTH];
    if (journal < 0) {
        return;
    }
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size > 0) {
        path[size] = '\0';
        note(what, path, offset, bytes, length);
    }
}

ssize_t write(int descriptor, const void *bytes, size_t length) {
    REAL(write)
    ssize_t done = real(descriptor, bytes, length);
    if (done > 0 && descriptor != journal) {
        note_open('w', descriptor, lseek(descriptor, 0, SEEK_CUR) - done, bytes, (size_t)done);
    }
    return done;
}

ssize_t pwrite(int descriptor, const void *bytes, size_t length, off_t offset) {
    REAL(pwrite)
    ssize_t done = real(descriptor, bytes, length, offset);
    if (done > 0) {
        note_open('w', descriptor, offset, bytes, (size_t)done);
    }
    return done;
}

ssize_t pwrite64(int descriptor, const void *bytes, size_t length, off64_t offset) {
    REAL(pwrite64)
    ssize_t done = real(descriptor, bytes, length, offset);
    if (done > 0) {
        note_open('w', descriptor, offset, bytes, (size_t)done);
    }
    return done;
}

int ftruncate(int descriptor, off_t length) {
    REAL(ftruncate)
    int failed = real(descriptor, length);
    if (!failed) {
        note_open('t', descriptor, length, NULL, 0);
    }
    return failed;
}

int ftruncate64(int descriptor, off64_t length) {
    REAL(ftruncate64)
    int failed = real(descriptor, length);
    if (!failed) {
        note_open('t', descriptor, length, NULL, 0);
    }
    return failed;
}

int fsync(int descriptor) {
    REAL(fsync)
    int failed = real(descriptor);
    if (!failed) {
        note_open('s', descriptor, 0, NULL, 0);
    }
    return failed;
}

int fdatasync(int descriptor) {
    REAL(fdatasync)
    int failed = real(descriptor);
    if (!failed) {
        note_open('s', descriptor, 0, NULL, 0);
    }
    return failed;
}

int unlink(const char *path) {
    REAL(unlink)
    int failed = real(path);
    if (!failed) {
        note('u', path, 0, NULL, 0);
    }
    return failed;
}
