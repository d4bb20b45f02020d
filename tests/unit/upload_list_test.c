/* SPDX-License-Identifier: Apache-2.0 */
/* upload_list_test.c - the operator sees unfinished uploads and ends them. */
#include "upload_world.h"

#include "vfs/uploads_view.h"

#include <stdio.h>

enum { SEEN_MAX = 8 };

static struct world world;

struct seen {
    struct upload_view view;
    char id[UPLOAD_ID];
    char owner[64];
    char folder_path[512];
    char leaf[64];
    char staging[80];
};

struct listing {
    struct seen all[SEEN_MAX];
    size_t count;
};

static enum status
see(void *arg, const struct upload_view *v)
{
    struct listing *l = arg;

    EXPECT(l->count < SEEN_MAX);
    struct seen *s = &l->all[l->count++];
    s->view = *v;
    snprintf(s->id, sizeof s->id, "%s", v->id);
    snprintf(s->owner, sizeof s->owner, "%s", v->owner);
    snprintf(s->folder_path, sizeof s->folder_path, "%s", v->folder_path);
    snprintf(s->leaf, sizeof s->leaf, "%s", v->leaf);
    snprintf(s->staging, sizeof s->staging, "%s", v->staging);
    s->view.id = s->id;
    s->view.owner = s->owner;
    s->view.folder_path = s->folder_path;
    s->view.leaf = s->leaf;
    s->view.staging = s->staging;
    return OK;
}

/* In a place that does not move: the views point into it. */
static struct listing *
list(void)
{
    static struct listing listing;

    listing.count = 0;
    EXPECT_OK(uploads_each(world.uploads, see, &listing));
    return &listing;
}

static void
leave_over(const char *path, uint64_t size)
{
    struct vfs *alice = session(&world, "alice");
    struct vfs_file *file = open_ok(alice, path, W | C | T);

    send_pattern(file, 0, size);
    cut(file);
    session_end(&world, alice);
}

static enum status
discard(const struct upload_view *v, bool force)
{
    struct upload_discarded gone;

    return uploads_discard(world.uploads, v, force, "a test asked", &gone);
}

SETUP()
{
    world = (struct world){ 0 };
    world_open(&world);
}

TEARDOWN()
{
    world_close(&world);
}

TEST(no_upload_no_line)
{
    publish(session(&world, "alice"), "/done", "text");
    EXPECT(list()->count == 0);
}

TEST(a_cut_upload_is_left_over_with_its_durable_bytes)
{
    leave_over("/big", 5000);
    struct listing *l = list();

    EXPECT(l->count == 1 && !l->all[0].view.is_running);
    EXPECT(l->all[0].view.durable == 5000);
    EXPECT_TEXT(l->all[0].owner, "alice");
    EXPECT_TEXT(l->all[0].leaf, "big");
    EXPECT_TEXT(l->all[0].folder_path, world.root);
}

TEST(an_upload_on_its_way_is_running)
{
    struct vfs *alice = session(&world, "alice");
    struct vfs_file *file = open_ok(alice, "/big", W | C | T);

    send_pattern(file, 0, 5000);
    EXPECT(list()->count == 1 && list()->all[0].view.is_running);
    finish(file);
    EXPECT(list()->count == 0);
}

TEST(a_resumed_left_over_is_one_line)
{
    struct vfs_file *file;

    leave_over("/big", 5000);
    file = resume_ok(session(&world, "alice"), "/big", 4000);
    EXPECT(list()->count == 1 && list()->all[0].view.is_running);
    cut(file);
}

TEST(an_id_is_the_same_as_long_as_account_and_path_are)
{
    char first[UPLOAD_ID];

    leave_over("/big", 5000);
    memcpy(first, list()->all[0].id, sizeof first);
    leave_over("/big", 6000);
    EXPECT_TEXT(list()->all[0].id, first);
    leave_over("/other", 6000);
    EXPECT(list()->count == 2);
    EXPECT(strcmp(list()->all[0].id, list()->all[1].id) != 0);
}

TEST(a_discarded_left_over_is_gone_and_nothing_of_it_is_told)
{
    leave_over("/big", 5000);
    EXPECT(told(session(&world, "alice"), "/big") == 4999);
    EXPECT_OK(discard(&list()->all[0].view, false));
    EXPECT(list()->count == 0);
    EXPECT(staged(&world) == 0);
    EXPECT(told(session(&world, "alice"), "/big") == -1);
    EXPECT(was_told(&world, "upload_discarded"));
}

TEST(a_left_over_is_discarded_once)
{
    struct upload_view view;

    leave_over("/big", 5000);
    view = list()->all[0].view;
    EXPECT_OK(discard(&view, false));
    EXPECT_STATUS(discard(&view, false), ERR_NOT_FOUND);
}

TEST(a_running_upload_is_not_discarded)
{
    struct vfs_file *file =
        open_ok(session(&world, "alice"), "/big", W | C | T);

    send_pattern(file, 0, 5000);
    EXPECT_STATUS(discard(&list()->all[0].view, false), ERR_BUSY);
    send_pattern(file, 5000, 1000);
    finish(file);
    EXPECT(has_pattern(&world, "/big", 6000));
}

TEST(by_force_a_running_upload_is_discarded_and_its_next_write_fails)
{
    struct vfs_file *file =
        open_ok(session(&world, "alice"), "/big", W | C | T);

    send_pattern(file, 0, 5000);
    EXPECT_OK(discard(&list()->all[0].view, true));
    EXPECT(try_send(file, 5000, "more") != OK);
    EXPECT(vfs_commit(file) != OK);
    vfs_close(&file);
    EXPECT(!is_published(&world, "/big"));
    EXPECT(list()->count == 0);
    EXPECT(staged(&world) == 0);
}

TEST(what_was_published_stays_when_a_left_over_is_discarded)
{
    publish(session(&world, "alice"), "/big", "published");
    leave_over("/big", 5000);
    EXPECT_OK(discard(&list()->all[0].view, false));
    EXPECT_TEXT(published(&world, "/big"), "published");
}

TEST(a_newer_upload_of_the_name_survives_a_late_discard)
{
    struct upload_view late;
    struct vfs_file *file;

    leave_over("/big", 5000);
    late = list()->all[0].view;
    file = open_ok(session(&world, "alice"), "/big", W | C | T);
    char staging[80];
    memcpy(staging, late.staging, sizeof staging);
    late.staging = staging;
    send_pattern(file, 0, 100);
    EXPECT_STATUS(discard(&late, false), ERR_NOT_FOUND);
    finish(file);
    EXPECT(has_pattern(&world, "/big", 100));
}

TEST(left_overs_of_a_process_that_died_are_listed_after_a_restart)
{
    leave_over("/big", 5000);
    world_restart(&world, true);
    EXPECT(list()->count == 1 && !list()->all[0].view.is_running);
    EXPECT_OK(discard(&list()->all[0].view, false));
    EXPECT(list()->count == 0);
}
