/* SPDX-License-Identifier: Apache-2.0 */
/*
 * doctor_trials.c - what uploads rely on, tried out on a storage.
 *
 * Each trial makes what it needs by the names a, b and c in the bed, which is
 * removed behind the last.
 */
#include "main/doctor.h"

#include "base/clock.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

enum {
    LEAST_FREE_MIB = 16,
    LOW_PERCENT = 5,
    BLOCK = 4096,
    REPLACEMENTS = 200,
    SPEED_MS = 500,
    SPEED_FILES = 500,
};

/* ---- what it is ---- */

void
doctor_kind(struct doctor *d, const struct bed *bed)
{
    const char *kind = "";
    const char *advice = "";
    struct statvfs mount = { 0 };
    enum health health = doctor_file_system(bed->folder, &kind, &advice);

    fstatvfs(bed->folder, &mount);
    if ((mount.f_flag & ST_SYNCHRONOUS) != 0)
        doctor_say(d, WARNING,
                   "%s is mounted with sync: every write waits for the disk; "
                   "Convoy syncs where it matters",
                   bed->storage);
    if (health == HEALTHY)
        doctor_say(d, HEALTHY, "%s is on %s%s", bed->storage, kind,
                   (mount.f_flag & (ST_NOATIME | ST_RELATIME)) == 0
                       ? "; noatime would spare a write for every read"
                       : "");
    else
        doctor_say(d, health, "%s is on %s: %s", bed->storage, kind, advice);
}

void
doctor_space(struct doctor *d, const struct bed *bed)
{
    struct statvfs room;

    if (fstatvfs(bed->folder, &room) < 0) {
        doctor_say(d, WARNING, "%s: %s", bed->storage, strerror(errno));
        return;
    }
    uint64_t free_mib = (uint64_t)room.f_bavail * room.f_frsize / 1024 / 1024;
    bool has_inodes = room.f_files > 0;

    if (free_mib < LEAST_FREE_MIB || (has_inodes && room.f_favail == 0))
        doctor_say(d, FAILURE, "%s is full: %llu MiB and %llu files are left",
                   bed->storage, (unsigned long long)free_mib,
                   (unsigned long long)room.f_favail);
    else if (room.f_bavail * 100 < room.f_blocks * LOW_PERCENT ||
             (has_inodes && room.f_favail * 100 < room.f_files * LOW_PERCENT))
        doctor_say(d, WARNING,
                   "%s is nearly full: %llu MiB and %llu files are left",
                   bed->storage, (unsigned long long)free_mib,
                   (unsigned long long)room.f_favail);
    else
        doctor_say(d, HEALTHY, "%s has %llu MiB left", bed->storage,
                   (unsigned long long)free_mib);
}

/* ---- names ---- */

/* A file of one block of `letter`; 0, or the errno. */
static int
make_file(const struct bed *bed, const char *name, char letter)
{
    char block[BLOCK];
    int file = openat(bed->folder, name,
                      O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    int error = file < 0 ? errno : 0;

    memset(block, letter, sizeof block);
    ssize_t written = error == 0 ? write(file, block, sizeof block) : 0;
    if (written < 0)
        error = errno;
    else if (error == 0 && written < BLOCK)
        error = ENOSPC;
    if (file >= 0)
        close(file);
    return error;
}

struct reader {
    const struct bed *bed;
    atomic_bool is_over;
    unsigned reads;
    unsigned missing; /* the name was not there for a moment */
    unsigned torn;    /* neither the old nor the new content */
};

static void
read_once(struct reader *reader)
{
    char block[BLOCK] = "";
    int file = openat(reader->bed->folder, "a", O_RDONLY | O_CLOEXEC);
    ssize_t got = file >= 0 ? pread(file, block, sizeof block, 0) : -1;

    reader->reads++;
    if (file < 0)
        reader->missing++;
    else if (got != sizeof block || block[0] != block[BLOCK - 1])
        reader->torn++;
    if (file >= 0)
        close(file);
}

static void *
keep_reading(void *arg)
{
    struct reader *reader = arg;

    while (!atomic_load(&reader->is_over))
        read_once(reader);
    return NULL;
}

static int
replace_often(const struct bed *bed)
{
    for (int i = 0; i < REPLACEMENTS; i++) {
        int error = make_file(bed, "b", (char)('A' + i % 26));

        if (error == 0 && renameat(bed->folder, "b", bed->folder, "a") != 0)
            error = errno;
        if (error != 0)
            return error;
    }
    return 0;
}

void
doctor_rename(struct doctor *d, const struct bed *bed)
{
    struct reader reader = { .bed = bed };
    pthread_t thread;
    int error = make_file(bed, "a", '.');

    if (error == 0 &&
        thread_start(&thread, "reader", keep_reading, &reader) != OK) {
        doctor_say(d, FAILURE, "%s", fail_reason());
        return;
    }
    if (error == 0) {
        error = replace_often(bed);
        atomic_store(&reader.is_over, true);
        pthread_join(thread, NULL);
    }
    if (error != 0)
        doctor_say(d, FAILURE, "%s: files cannot be replaced: %s", bed->storage,
                   strerror(error));
    else if (reader.missing > 0 || reader.torn > 0)
        doctor_say(d, FAILURE,
                   "%s: while files are replaced, readers see none (%u) or a "
                   "part (%u): uploads cannot appear whole here",
                   bed->storage, reader.missing, reader.torn);
    else
        doctor_say(d, HEALTHY, "%s: replacing a file is one step for readers",
                   bed->storage);
}

void
doctor_noreplace(struct doctor *d, const struct bed *bed)
{
    (void)!make_file(bed, "a", 'a');
    (void)!make_file(bed, "b", 'b');
    bool keeps =
        renameat2(bed->folder, "b", bed->folder, "a", RENAME_NOREPLACE) != 0;
    bool is_known = !keeps || errno == EEXIST;
    bool swaps =
        renameat2(bed->folder, "b", bed->folder, "a", RENAME_EXCHANGE) == 0;

    if (!is_known)
        doctor_say(d, WARNING,
                   "%s cannot rename without replacing: a link is made and "
                   "the old name removed instead",
                   bed->storage);
    else if (!keeps)
        doctor_say(d, FAILURE, "%s replaces files although it is told not to",
                   bed->storage);
    else
        doctor_say(d, HEALTHY, "%s renames without replacing%s", bed->storage,
                   swaps ? ", and swaps" : "");
}

void
doctor_exclusive(struct doctor *d, const struct bed *bed)
{
    (void)!make_file(bed, "a", 'a');
    (void)!make_file(bed, "b", 'b');
    int again =
        openat(bed->folder, "a", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool is_exclusive = again < 0 && errno == EEXIST;
    if (again >= 0)
        close(again);
    bool link_keeps =
        linkat(bed->folder, "a", bed->folder, "b", 0) != 0 && errno == EEXIST;
    bool links = linkat(bed->folder, "a", bed->folder, "c", 0) == 0;
    unlinkat(bed->folder, "c", 0);

    if (!is_exclusive || (links && !link_keeps))
        doctor_say(d, FAILURE,
                   "%s lets two make the same file: two uploads of a name "
                   "would not see each other",
                   bed->storage);
    else if (!links)
        doctor_say(d, WARNING, "%s has no hard links: clients cannot make any",
                   bed->storage);
    else
        doctor_say(d, HEALTHY, "%s lets one make a file, not two",
                   bed->storage);
}

void
doctor_inode(struct doctor *d, const struct bed *bed)
{
    struct stat before = { 0 };
    struct stat after = { 0 };

    (void)!make_file(bed, "a", 'a');
    fstatat(bed->folder, "a", &before, AT_SYMLINK_NOFOLLOW);
    renameat(bed->folder, "a", bed->folder, "b");
    fstatat(bed->folder, "b", &after, AT_SYMLINK_NOFOLLOW);
    if (before.st_ino == 0 || before.st_ino != after.st_ino ||
        before.st_dev != after.st_dev)
        doctor_say(d, FAILURE,
                   "%s: a file that is renamed becomes another (its inode "
                   "changes): uploads lose track of it",
                   bed->storage);
    else
        doctor_say(d, HEALTHY, "%s: a file stays the same under another name",
                   bed->storage);
}

/* ---- what belongs to a file ---- */

void
doctor_sync(struct doctor *d, const struct bed *bed)
{
    int error = make_file(bed, "a", 'a');
    int file = openat(bed->folder, "a", O_WRONLY | O_CLOEXEC);

    if (error == 0 && (file < 0 || fsync(file) != 0))
        error = errno;
    if (file >= 0)
        close(file);
    if (error != 0)
        doctor_say(d, FAILURE, "%s: a file cannot be brought to the disk: %s",
                   bed->storage, strerror(error));
    else if (fsync(bed->folder) != 0)
        doctor_say(d, FAILURE,
                   "%s: a folder cannot be brought to the disk (%s): a new "
                   "file may be gone after a power cut",
                   bed->storage, strerror(errno));
    else
        doctor_say(d, HEALTHY, "%s: files and folders are brought to the disk",
                   bed->storage);
}

void
doctor_attributes(struct doctor *d, const struct bed *bed)
{
    (void)!make_file(bed, "a", 'a');
    int file = openat(bed->folder, "a", O_RDWR | O_CLOEXEC);
    bool works =
        file >= 0 && fsetxattr(file, "user.convoy.doctor", "1", 1, 0) == 0;

    if (file >= 0)
        close(file);
    if (works)
        doctor_say(d, HEALTHY, "%s keeps attributes (user.*)", bed->storage);
    else
        doctor_say(d, WARNING,
                   "%s keeps no attributes (user.*): what is known of an "
                   "upload lies in a file beside it",
                   bed->storage);
}

void
doctor_times(struct doctor *d, const struct bed *bed)
{
    enum { MOMENT = 1700000001, FINE = 123456789, COARSE = 1000000 };
    struct timespec times[2] = { { MOMENT, FINE }, { MOMENT, FINE } };
    struct stat st = { 0 };

    (void)!make_file(bed, "a", 'a');
    if (utimensat(bed->folder, "a", times, 0) != 0 ||
        fstatat(bed->folder, "a", &st, 0) != 0 || st.st_mtime < MOMENT - 1 ||
        st.st_mtime > MOMENT + 1)
        doctor_say(d, WARNING, "%s does not keep the time of a file",
                   bed->storage);
    else if (st.st_mtime != MOMENT)
        doctor_say(d, WARNING,
                   "%s keeps times to two seconds: clients that compare them "
                   "send files again",
                   bed->storage);
    else
        doctor_say(d, HEALTHY, "%s keeps times to the %s", bed->storage,
                   st.st_mtim.tv_nsec == FINE ? "nanosecond"
                   : st.st_mtim.tv_nsec / COARSE == FINE / COARSE
                       ? "millisecond"
                       : "second");
}

void
doctor_locks(struct doctor *d, const struct bed *bed)
{
    struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
    struct flock other = lock;

    (void)!make_file(bed, "a", 'a');
    int first = openat(bed->folder, "a", O_RDWR | O_CLOEXEC);
    int second = openat(bed->folder, "a", O_RDWR | O_CLOEXEC);
    bool locks = first >= 0 && fcntl(first, F_OFD_SETLK, &lock) == 0;
    bool holds =
        locks && second >= 0 && fcntl(second, F_OFD_SETLK, &other) != 0;

    if (first >= 0)
        close(first);
    if (second >= 0)
        close(second);
    if (holds)
        doctor_say(d, HEALTHY, "%s has locks that hold", bed->storage);
    else
        doctor_say(d, WARNING,
                   "%s has no locks: an upload that broke off is taken over "
                   "later, when its lease is over",
                   bed->storage);
}

/* ---- how fast ---- */

static bool
publish_one(const struct bed *bed)
{
    if (make_file(bed, "b", 'b') != 0)
        return false;
    int file = openat(bed->folder, "b", O_WRONLY | O_CLOEXEC);
    bool is_synced = file >= 0 && fsync(file) == 0;

    if (file >= 0)
        close(file);
    return is_synced && renameat(bed->folder, "b", bed->folder, "a") == 0 &&
           fsync(bed->folder) == 0;
}

void
doctor_speed(struct doctor *d, const struct bed *bed)
{
    int64_t began = clock_now_ms(clock_real());
    int64_t passed = 0;
    int64_t files = 0;

    while (passed < SPEED_MS && files < SPEED_FILES && publish_one(bed)) {
        files++;
        passed = clock_now_ms(clock_real()) - began;
    }
    if (files == 0)
        doctor_say(d, FAILURE, "%s: a file cannot be published", bed->storage);
    else
        doctor_say(d, HEALTHY,
                   "%s publishes %lld files of 4 KiB a second, one after the "
                   "other",
                   bed->storage,
                   (long long)(files * 1000 / (passed > 0 ? passed : 1)));
}
