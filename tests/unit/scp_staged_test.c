/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_staged_test.c - what others see of a file that comes by SCP.
 */
#include "upload_world.h"

#include "ssh/scp.h"

static struct world world;

SETUP()
{
    world = (struct world){ 0 };
    world_open(&world);
}

TEARDOWN()
{
    world_close(&world);
}

static struct engine *
begin(struct vfs *files, const char *command)
{
    struct scp_options options = { .files = files, .account_name = "alice" };
    struct engine *engine;

    EXPECT_OK(scp_new(&options, str_of(command), &engine));
    return engine;
}

/* What the engine said meanwhile is `expected`. */
static void
talk(struct engine *engine, struct str bytes, struct str expected)
{
    size_t taken;

    EXPECT_OK(engine->ops->input(engine, bytes, &taken));
    EXPECT(taken == bytes.len);
    EXPECT(str_equal(buffer_str(engine->ops->output(engine)), expected));
    buffer_clear(engine->ops->output(engine));
}

TEST(a_file_is_published_when_its_status_has_come_and_before_the_answer)
{
    struct engine *e = begin(session(&world, "alice"), "scp -t .");

    talk(e, STR("C0644 5 f\n"), STR("\0\0"));
    EXPECT(!is_published(&world, "/f"));
    talk(e, STR("hello"), STR_NONE);
    EXPECT(!is_published(&world, "/f"));
    talk(e, STR("\0"), STR("\0"));
    EXPECT_TEXT(published(&world, "/f"), "hello");
    EXPECT(staged(&world) == 0);
    e->ops->free(e);
}

TEST(an_empty_file_waits_for_its_status_too)
{
    struct engine *e = begin(session(&world, "alice"), "scp -t .");

    talk(e, STR("C0644 0 f\n"), STR("\0\0"));
    EXPECT(!is_published(&world, "/f"));
    talk(e, STR("\0"), STR("\0"));
    EXPECT_TEXT(published(&world, "/f"), "");
    e->ops->free(e);
}

TEST(a_published_file_stays_until_the_new_one_is_whole)
{
    struct vfs *alice = session(&world, "alice");

    publish(alice, "/f", "old");
    struct engine *e = begin(alice, "scp -t .");
    talk(e, STR("C0644 3 f\nne"), STR("\0\0"));
    EXPECT_TEXT(published(&world, "/f"), "old");
    talk(e, STR("w\0"), STR("\0"));
    EXPECT_TEXT(published(&world, "/f"), "new");
    e->ops->free(e);
}

TEST(a_transfer_that_was_cut_is_not_published_and_kept)
{
    struct vfs *alice = session(&world, "alice");
    struct engine *e = begin(alice, "scp -t .");

    talk(e, STR("C0644 9 f\nhello"), STR("\0\0"));
    e->ops->free(e);
    EXPECT(!is_published(&world, "/f"));
    EXPECT(staged(&world) > 0);
    /* SFTP's sessions may go on with it. */
    EXPECT(told(session(&world, "alice"), "/f") == 4);
}

TEST(all_bytes_without_the_status_are_not_enough)
{
    struct vfs *alice = session(&world, "alice");
    struct engine *e = begin(alice, "scp -t .");

    talk(e, STR("C0644 5 f\nhello"), STR("\0\0"));
    e->ops->input_ended(e);
    EXPECT(!is_published(&world, "/f"));
    e->ops->free(e);
    EXPECT(!is_published(&world, "/f"));
}

TEST(what_the_client_calls_broken_is_neither_published_nor_kept)
{
    struct vfs *alice = session(&world, "alice");

    publish(alice, "/f", "old");
    struct engine *e = begin(alice, "scp -t .");
    talk(e, STR("C0644 5 f\nhe\0\0\0\1scp: read error\n"),
         STR("\0\0\1scp: /f: not kept, since it could not be read in full\n"));
    EXPECT_TEXT(published(&world, "/f"), "old");
    EXPECT(staged(&world) == 0);
    e->ops->free(e);
}

TEST(the_next_try_starts_anew)
{
    struct vfs *alice = session(&world, "alice");
    struct engine *e = begin(alice, "scp -t .");

    talk(e, STR("C0644 9 f\nhello"), STR("\0\0"));
    e->ops->free(e);
    e = begin(session(&world, "alice"), "scp -t .");
    talk(e, STR("C0644 2 f\nhi\0"), STR("\0\0\0"));
    EXPECT_TEXT(published(&world, "/f"), "hi");
    EXPECT(staged(&world) == 0);
    e->ops->free(e);
}

static void
three_bytes(struct disk_options *options)
{
    options->maximum_file_size = 3;
}

TEST(a_file_over_the_limit_is_refused_and_the_next_one_comes)
{
    struct vfs *alice = session_with(&world, "alice", three_bytes);
    struct engine *e = begin(alice, "scp -t .");

    talk(e, STR("C0644 5 f\nhello\0"),
         STR("\0\0\1scp: /f: A limit of the server is reached\n"));
    talk(e, STR("C0644 3 g\nabc\0"), STR("\0\0"));
    EXPECT(!is_published(&world, "/f"));
    EXPECT_TEXT(published(&world, "/g"), "abc");
    e->ops->free(e);
}

TEST(somebody_elses_upload_is_in_the_way)
{
    struct vfs_file *bobs = open_ok(session(&world, "bob"), "/f", W | C | T);
    struct engine *e = begin(session(&world, "alice"), "scp -t .");

    talk(e, STR("C0644 1 f\n"),
         STR("\0\1scp: /f: Another session is writing this file\n"));
    cut(bobs);
    e->ops->free(e);
}

TEST(times_and_mode_are_there_when_it_is_published)
{
    struct engine *e = begin(session(&world, "alice"), "scp -p -t .");
    struct stat is;

    talk(e, STR("T1000 0 2000 0\nC0604 1 f\nx\0"), STR("\0\0\0\0"));
    EXPECT(stat(host_path(&world, "/f"), &is) == 0);
    EXPECT((is.st_mode & 07777) == 0604);
    EXPECT(is.st_mtim.tv_sec == 1000 && is.st_atim.tv_sec == 2000);
    e->ops->free(e);
}

TEST(what_is_staged_does_not_go_to_others)
{
    struct engine *e = begin(session(&world, "alice"), "scp -t .");
    struct engine *other = begin(session(&world, "alice"), "scp -f * f");

    talk(e, STR("C0644 9 f\nhello"), STR("\0\0"));
    talk(other, STR("\0"),
         STR("\1scp: /*: No such file or directory\n"
             "\1scp: /f: No such file or directory\n"));
    other->ops->free(other);
    e->ops->free(e);
}
