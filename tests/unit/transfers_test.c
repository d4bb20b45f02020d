/* SPDX-License-Identifier: Apache-2.0 */
/* transfers_test.c - what is seen of the files that a session moves. */
#include "test.h"

#include "base/thread.h"
#include "vfs/places.h"
#include "vfs/transfers.h"

#include <stdatomic.h>
#include <stdio.h>

enum { SEEN_MAX = 8 };

static struct clock *the_clock;
static struct transfers *list;
static struct vfs *files;

struct seen {
    struct transfer_view views[SEEN_MAX];
    char paths[SEEN_MAX][64];
    size_t count;
};

static void
see(void *arg, const struct transfer_view *view)
{
    struct seen *seen = arg;

    EXPECT(seen->count < SEEN_MAX);
    seen->views[seen->count] = *view;
    snprintf(seen->paths[seen->count++], 64, "%s", view->path);
}

static struct seen
look(void)
{
    struct seen seen = { .count = 0 };

    transfers_each(list, see, &seen);
    return seen;
}

static struct vfs_file *
open_as(const char *path, unsigned flags)
{
    struct vfs_open how = { .flags = flags };
    struct vfs_file *file = NULL;

    EXPECT_OK(vfs_open(files, str_of(path), &how, &file));
    return file;
}

static struct vfs_file *
upload(const char *path)
{
    return open_as(path, VFS_WRITE | VFS_CREATE | VFS_TRUNCATE);
}

static void
put(const char *path, const char *text)
{
    struct vfs_file *file = upload(path);

    EXPECT_OK(vfs_write(file, 0, str_of(text)));
    EXPECT_OK(vfs_commit(file));
    vfs_close(&file);
}

SETUP()
{
    struct vfs *memory = NULL;

    the_clock = clock_settable(1000000);
    EXPECT_OK(transfers_new(the_clock, &list));
    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_transfers(memory, list, &files));
}

TEARDOWN()
{
    vfs_free(&files);
    transfers_unref(&list);
    clock_free(&the_clock);
}

TEST(nothing_is_seen_before_a_file_is_open)
{
    EXPECT(look().count == 0);
}

TEST(an_upload_shows_what_has_been_written)
{
    struct vfs_file *file = upload("/a");
    struct seen seen;

    EXPECT_OK(vfs_write(file, 0, STR("hello")));
    EXPECT_OK(vfs_write(file, 5, STR("!!")));
    seen = look();
    EXPECT(seen.count == 1 && seen.views[0].is_upload);
    EXPECT(seen.views[0].bytes == 7 && seen.views[0].size == 0);
    EXPECT_TEXT(seen.paths[0], "/a");
    vfs_close(&file);
}

TEST(a_download_shows_how_much_there_is)
{
    struct vfs_file *file;
    struct seen seen;
    char into[4];
    size_t got;

    put("/a", "hello");
    file = open_as("/a", VFS_READ);
    EXPECT_OK(vfs_read(file, 0, into, sizeof into, &got));
    seen = look();
    EXPECT(seen.count == 1 && !seen.views[0].is_upload);
    EXPECT(seen.views[0].bytes == 4 && seen.views[0].size == 5);
    vfs_close(&file);
}

TEST(what_failed_has_not_moved)
{
    struct vfs_file *file = upload("/a");

    EXPECT_STATUS(vfs_write(file, UINT64_MAX, STR("x")), ERR_FULL);
    EXPECT(look().views[0].bytes == 0);
    vfs_close(&file);
}

TEST(a_file_that_could_not_be_opened_is_not_seen)
{
    struct vfs_open how = { .flags = VFS_READ };
    struct vfs_file *file;

    EXPECT_STATUS(vfs_open(files, STR("/nothing"), &how, &file), ERR_NOT_FOUND);
    EXPECT(look().count == 0);
}

TEST(the_oldest_is_first_and_closing_takes_out_only_the_closed)
{
    struct vfs_file *a = upload("/a");
    struct vfs_file *b = upload("/b");
    struct vfs_file *c = upload("/c");
    struct seen seen = look();

    EXPECT(seen.count == 3);
    EXPECT_TEXT(seen.paths[0], "/a");
    EXPECT_TEXT(seen.paths[2], "/c");
    vfs_close(&b);
    seen = look();
    EXPECT(seen.count == 2);
    EXPECT_TEXT(seen.paths[1], "/c");
    vfs_close(&a);
    vfs_close(&c);
    EXPECT(look().count == 0);
}

TEST(totals_outlive_the_files)
{
    struct vfs_file *file;
    uint64_t up;
    uint64_t down;
    char into[8];
    size_t got;

    put("/a", "hello");
    file = open_as("/a", VFS_READ);
    EXPECT_OK(vfs_read(file, 1, into, sizeof into, &got));
    vfs_close(&file);
    transfers_totals(list, &up, &down);
    EXPECT(up == 5 && down == 4);
}

TEST(the_speed_is_that_of_late)
{
    struct vfs_file *file = upload("/a");

    EXPECT_OK(vfs_write(file, 0, STR("0123456789")));
    clock_advance(the_clock, 100);
    EXPECT(look().views[0].speed == 100); /* of its first moments */
    clock_advance(the_clock, 1900);
    EXPECT_OK(vfs_write(file, 10, STR("0123456789")));
    EXPECT(look().views[0].speed == 10); /* 20 bytes in 2 s */
    clock_advance(the_clock, 1000);
    EXPECT_OK(vfs_write(file, 20, STR("0123456789012345678901234567890")));
    EXPECT(look().views[0].speed == 31);
    clock_advance(the_clock, 3000);
    EXPECT(look().views[0].speed == 0); /* it stands */
    vfs_close(&file);
}

TEST(the_list_may_outlive_the_files)
{
    struct transfers *kept = transfers_ref(list);
    uint64_t up;
    uint64_t down;

    put("/a", "hello");
    vfs_free(&files);
    transfers_unref(&list);
    transfers_totals(kept, &up, &down);
    EXPECT(up == 5);
    transfers_unref(&kept);
}

/* ---- seen from another thread, for ThreadSanitizer ---- */

struct watcher {
    atomic_bool ends;
    atomic_uint looks;
    uint64_t last; /* of the file that grows */
};

static void
see_growing(void *arg, const struct transfer_view *view)
{
    struct watcher *w = arg;

    if (strcmp(view->path, "/grows") != 0)
        return;
    EXPECT(view->bytes >= w->last);
    w->last = view->bytes;
}

static void *
watch(void *arg)
{
    struct watcher *w = arg;

    while (!atomic_load(&w->ends)) {
        transfers_each(list, see_growing, w);
        atomic_fetch_add(&w->looks, 1);
    }
    return NULL;
}

TEST(anybody_may_look_while_files_move_open_and_close)
{
    struct watcher w = { .last = 0 };
    struct vfs_file *file = upload("/grows");
    pthread_t thread;

    EXPECT_OK(thread_start(&thread, "watch", watch, &w));
    for (unsigned i = 0; i < 2000 || atomic_load(&w.looks) < 10; i++) {
        EXPECT_OK(vfs_write(file, 0, STR("0123456789")));
        put("/passes", "by");
    }
    atomic_store(&w.ends, true);
    pthread_join(thread, NULL);
    vfs_close(&file);
    EXPECT(look().count == 0);
}
