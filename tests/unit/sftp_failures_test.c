/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sftp_failures_test.c - what is asked of the files, and what a client is told
 * when they fail.
 */
#include "sftp_dialogue.h"

#include "vfs/vfs_private.h"

/* Keeps what a request asked of the files. */
struct asked {
    struct vfs vfs;
    unsigned how;
    uint32_t mode;
};

static enum status
ask_stat(struct vfs *vfs, struct str path, unsigned how,
         struct vfs_attributes *out)
{
    (void)path;
    ((struct asked *)vfs)->how = how;
    *out = (struct vfs_attributes){ 0 };
    return OK;
}

static enum status
ask_set(struct vfs *vfs, struct str path, unsigned how,
        const struct vfs_attributes *attributes)
{
    (void)path;
    ((struct asked *)vfs)->how = how;
    ((struct asked *)vfs)->mode = attributes->mode;
    return OK;
}

TEST(only_stat_asks_what_may_be_told_of_a_left_over)
{
    static const struct vfs_ops ops = { .stat = ask_stat,
                                        .set_attributes = ask_set };
    struct asked asked = { .vfs.ops = &ops };
    struct dialogue *d = dialogue_new(&asked.vfs);

    CLIENT(SSH_FXP_STAT, "s", "/f");
    (void)SERVER_ATTRIBUTES();
    EXPECT(asked.how == (VFS_FOLLOW | VFS_TELL));
    CLIENT(SSH_FXP_LSTAT, "s", "/f");
    (void)SERVER_ATTRIBUTES();
    EXPECT(asked.how == 0);
    CLIENT(SSH_FXP_SETSTAT, "suu", "/f", 4U, 0xffffffffU);
    SERVER_OK();
    EXPECT(asked.how == VFS_FOLLOW && asked.mode == 07777);
    dialogue_free(&d);
}

/* Fails what it is told to. */
struct fault {
    const char *call;
    enum status status;
    const char *why; /* NULL: something with a path of the host */
    int times;
};

static enum status
fail_call(void *arg, const char *call, struct str path)
{
    struct fault *fault = arg;

    (void)path;
    if (strcmp(call, fault->call) != 0)
        return OK;
    fault->times++;
    return fail(fault->status, "%s",
                fault->why ? fault->why : "/srv/host/path is broken");
}

TEST(every_failure_has_its_code_and_no_text_names_the_host)
{
    static const struct {
        enum status status;
        uint32_t code;
    } codes[] = {
        { ERR_NOT_FOUND, SSH_FX_NO_SUCH_FILE },
        { ERR_DENIED, SSH_FX_PERMISSION_DENIED },
        { ERR_EXISTS, SSH_FX_FAILURE },
        { ERR_NOT_EMPTY, SSH_FX_FAILURE },
        { ERR_IS_FOLDER, SSH_FX_FAILURE },
        { ERR_NO_FOLDER, SSH_FX_NO_SUCH_FILE },
        { ERR_FULL, SSH_FX_FAILURE },
        { ERR_BUSY, SSH_FX_FAILURE },
        { ERR_LIMIT, SSH_FX_FAILURE },
        { ERR_INVALID, SSH_FX_BAD_MESSAGE },
        { ERR_UNSUPPORTED, SSH_FX_OP_UNSUPPORTED },
        { ERR_CONFLICT, SSH_FX_FAILURE },
        { ERR_TIMEOUT, SSH_FX_FAILURE },
        { ERR_CLOSED, SSH_FX_FAILURE },
        { ERR_MEMORY, SSH_FX_FAILURE },
        { ERR_IO, SSH_FX_FAILURE },
    };
    struct fault fault = { .call = "vfs_stat" };
    struct vfs *memory, *faulty;

    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_faults(memory, fail_call, &fault, &faulty));
    struct dialogue *d = dialogue_new(faulty);
    for (size_t i = 0; i < sizeof codes / sizeof codes[0]; i++) {
        fault.status = codes[i].status;
        CLIENT(SSH_FXP_STAT, "s", "/f");
        struct reader body = SERVER_REPLY(SSH_FXP_STATUS);
        EXPECT(read_u32(&body) == codes[i].code);
        struct str text = read_string(&body);
        EXPECT(text.len > 0 && memmem(text.data, text.len, "srv", 3) == NULL);
    }
    dialogue_free(&d);
    vfs_free(&faulty);
}

TEST(a_failing_commit_fails_the_close_and_the_handle_is_gone)
{
    struct fault fault = { .call = "vfs_commit", .status = ERR_FULL };
    struct vfs *memory, *faulty;

    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_faults(memory, fail_call, &fault, &faulty));
    struct dialogue *d = dialogue_new(faulty);
    struct dialogue_handle writer = open_file("/f", W | C);
    struct dialogue_handle reader = open_file("/f", R);
    CLIENT(SSH_FXP_CLOSE, "h", writer);
    SERVER_SAYS(SSH_FX_FAILURE,
                "No space is left, or a quota or size limit is used up");
    CLIENT(SSH_FXP_CLOSE, "h", writer);
    SERVER_STATUS(SSH_FX_BAD_MESSAGE);
    close_handle(reader);
    EXPECT(fault.times == 1);
    dialogue_free(&d);
    vfs_free(&faulty);
}

TEST(a_busy_file_says_why_unless_that_would_name_the_host)
{
    struct fault fault = { .call = "vfs_open", .status = ERR_BUSY };
    struct vfs *memory, *faulty;

    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_faults(memory, fail_call, &fault, &faulty));
    struct dialogue *d = dialogue_new(faulty);
    CLIENT(SSH_FXP_OPEN, "sua", "/f", (uint32_t)(W | C), NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "Another session is writing this file");
    fault.why = "an unfinished upload of 'f' is there";
    CLIENT(SSH_FXP_OPEN, "sua", "/f", (uint32_t)(W | C), NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "an unfinished upload of 'f' is there");
    fault.why = "an unfinished upload of '\x1b[2J' is there";
    CLIENT(SSH_FXP_OPEN, "sua", "/f", (uint32_t)(W | C), NULL);
    SERVER_SAYS(SSH_FX_FAILURE, "Another session is writing this file");
    dialogue_free(&d);
    vfs_free(&faulty);
}

TEST(a_channel_that_breaks_commits_nothing)
{
    struct fault fault = { .call = "vfs_commit", .status = ERR_IO };
    struct vfs *memory, *faulty;

    EXPECT_OK(vfs_in_memory(&memory));
    EXPECT_OK(vfs_with_faults(memory, fail_call, &fault, &faulty));
    struct dialogue *d = dialogue_new(faulty);
    (void)open_file("/f", W | C);
    CLIENT(SSH_FXP_OPENDIR, "s", "/");
    (void)SERVER_HANDLE();
    dialogue_free(&d); /* ASan sees what is left open */
    EXPECT(fault.times == 0);
    vfs_free(&faulty);
}
