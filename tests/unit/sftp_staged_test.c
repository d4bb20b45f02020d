/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_staged_test.c - the clients' own sequences, over uploads that are staged
 * on a disk: what they see, and what everybody else sees meanwhile.
 */
#include "sftp_sequences.h"

#include "store/store.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONTENT = 700001, PART = 300000 };

/* One node, its disk, and the sessions of one account. */
struct node {
    struct store *store;
    struct uploads *uploads;
};

static char content[CONTENT];

static struct str
whole(void)
{
    for (size_t i = 0; i < CONTENT; i++)
        content[i] = (char)(i * 7919 >> 8);
    return str_from(content, CONTENT);
}

static struct node
node_start(void)
{
    struct node node;
    struct uploads_options options = {
        .clock = clock_real(),
        .node = "node",
        .lease_ms = 10000,
        .keep_ms = 86400000,
    };

    EXPECT_OK(store_in_memory(clock_real(), &node.store));
    options.store = node.store;
    EXPECT_OK(uploads_new(&options, &node.uploads));
    return node;
}

static void
node_stop(struct node *node)
{
    uploads_free(&node->uploads);
    store_close(&node->store);
}

static struct vfs *
session_of(const struct node *node)
{
    struct disk_options options = {
        .root = test_folder(),
        .uploads = node->uploads,
        .owner = "alice",
        .staged_uploads = true,
    };
    struct vfs *disk;
    struct vfs *files;

    EXPECT_OK(vfs_on_disk(&options, &disk));
    EXPECT_OK(vfs_with_links(disk, &files));
    return files;
}

/* What a reader gets of /f; false when there is nothing for it. */
static bool
is_published(struct vfs *reader, size_t at, struct str expected)
{
    struct vfs_open how = { .flags = VFS_READ };
    AUTO(vfs_close) struct vfs_file *file = NULL;
    AUTO(str_free) char *bytes = malloc(2 * CONTENT + 1);
    size_t got;

    if (vfs_open(reader, STR("/f"), &how, &file) != OK)
        return false;
    EXPECT_OK(vfs_read(file, at, bytes, 2 * CONTENT + 1, &got));
    return got == expected.len && memcmp(bytes, expected.data, got) == 0;
}

/* A whole session: the row's upload, from the first packet to the last. */
static void
upload_in_a_session(const struct node *node, const struct sequence *row,
                    struct str bytes)
{
    struct vfs *files = session_of(node);
    struct dialogue *channel = dialogue_new(files);

    sequence_upload(row, "/f", bytes);
    dialogue_free(&channel);
    vfs_free(&files);
}

/* A session whose connection breaks after `most` bytes. */
static void
cut_in_a_session(const struct node *node, const struct sequence *row,
                 size_t most)
{
    struct vfs *files = session_of(node);
    struct dialogue *channel = dialogue_new(files);
    struct upload u = sequence_begin(row, "/f", whole());

    sequence_write(&u, most);
    dialogue_free(&channel);
    vfs_free(&files);
}

static void
remove_file(struct vfs *files)
{
    EXPECT_OK(vfs_remove(files, STR("/f"), VFS_REMOVE_FILE));
}

TEST(every_client_uploads_a_new_file_that_nobody_sees_before_it_is_whole)
{
    struct node node = node_start();
    struct vfs *reader = session_of(&node);

    for (size_t i = 0; i < sequence_count; i++) {
        if (sequences[i].does & NEEDS_ONE)
            continue;
        struct vfs *files = session_of(&node);
        struct dialogue *channel = dialogue_new(files);
        struct upload u = sequence_begin(&sequences[i], "/f", whole());
        sequence_write(&u, SIZE_MAX);
        EXPECT(!is_published(reader, 0, whole()));
        sequence_end(&u);
        EXPECT(is_published(reader, 0, whole()));
        dialogue_free(&channel);
        vfs_free(&files);
        remove_file(reader);
    }
    vfs_free(&reader);
    node_stop(&node);
}

TEST(every_client_that_resumes_completes_what_another_client_left)
{
    struct node node = node_start();
    struct vfs *reader = session_of(&node);

    for (size_t i = 0; i < sequence_count; i++) {
        if (!(sequences[i].does & RESUMES))
            continue;
        cut_in_a_session(&node, sequence_of("curl -T"), PART);
        EXPECT(!is_published(reader, 0, str_from(content, PART)));
        upload_in_a_session(&node, &sequences[i], whole());
        EXPECT(is_published(reader, 0, whole()));
        remove_file(reader);
    }
    vfs_free(&reader);
    node_stop(&node);
}

TEST(every_client_that_starts_anew_gets_its_own_content_and_not_the_left_over)
{
    struct node node = node_start();
    struct vfs *reader = session_of(&node);

    for (size_t i = 0; i < sequence_count; i++) {
        if (sequences[i].does & (RESUMES | APPENDS | NEEDS_ONE))
            continue;
        cut_in_a_session(&node, sequence_of("sftp put"), PART);
        upload_in_a_session(&node, &sequences[i], str_from(content, 1000));
        EXPECT(is_published(reader, 0, str_from(content, 1000)));
        remove_file(reader);
    }
    vfs_free(&reader);
    node_stop(&node);
}

TEST(every_client_replaces_or_extends_what_is_published)
{
    struct node node = node_start();
    struct vfs *reader = session_of(&node);

    for (size_t i = 0; i < sequence_count; i++) {
        unsigned does = sequences[i].does;

        if ((does & NEEDS_NONE) || ((does & MOVES) && !(does & REMOVES_FIRST)))
            continue;
        upload_in_a_session(&node, sequence_of("sftp put"),
                            str_from(whole().data, PART));
        upload_in_a_session(&node, &sequences[i], whole());
        EXPECT(is_published(reader, (does & APPENDS) ? PART : 0, whole()));
        remove_file(reader);
    }
    vfs_free(&reader);
    node_stop(&node);
}

TEST(a_client_that_replaces_and_is_cut_leaves_what_was_published)
{
    static const char *const rows[] = { "sftp put", "scp",      "rclone",
                                        "curl -T",  "lftp put", "psftp put" };
    struct node node = node_start();
    struct vfs *reader = session_of(&node);
    struct str old = STR("what was there before");

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        upload_in_a_session(&node, sequence_of("sftp put"), old);
        cut_in_a_session(&node, sequence_of(rows[i]), PART);
        EXPECT(is_published(reader, 0, old));
        remove_file(reader);
    }
    vfs_free(&reader);
    node_stop(&node);
}
