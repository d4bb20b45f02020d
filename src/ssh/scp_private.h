/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scp_private.h - what the parts of the SCP engine share.
 *
 * The protocol is a dialogue of lines and bytes, and each side waits for the
 * other's answer: a zero byte, or 1 (2: and goodbye) with a line of text.
 */
#pragma once

#include "base/glob.h"
#include "ssh/scp.h"

enum scp_flags {
    SCP_SINK = 1 << 0,      /* -t: files come */
    SCP_SOURCE = 1 << 1,    /* -f: files go */
    SCP_RECURSIVE = 1 << 2, /* -r */
    SCP_PRESERVE = 1 << 3,  /* -p: times and modes */
    SCP_TO_FOLDER = 1 << 4, /* -d: the target has to be a folder */
};

enum scp_answer { SCP_OK = 0, SCP_ERROR = 1, SCP_FATAL = 2 };

enum { SCP_LINE = 2048, SCP_MODE = 07777 };

/*
 * A command, taken apart. A word is a pattern (base/glob.h): a backslash makes
 * the byte behind it a plain one; an upload's words are one.
 */
struct scp_command {
    unsigned flags;      /* enum scp_flags */
    struct buffer words; /* each with a NUL behind it */
};

/* scp_command.c */
MUST_CHECK enum status scp_command_parse(struct str text,
                                         struct scp_command *out);

/* scp_path.c: paths as vfs.h wants them, with a NUL behind. */
struct scp_path {
    size_t len;
    char text[VFS_PATH + 1];
};
static inline struct str
scp_path_str(const struct scp_path *path)
{
    return str_from(path->text, path->len);
}
MUST_CHECK enum status scp_path_add(struct scp_path *, struct str name);
/* Cut to what scp_path.len was before. */
void scp_path_cut(struct scp_path *, size_t len);
void scp_path_up(struct scp_path *);
void scp_path_root(struct scp_path *);
struct str scp_path_name(const struct scp_path *); /* "" for the root */

/* scp_record.c: a control line, without its line break. */
struct scp_record {
    char kind; /* 'C', 'D', 'E', 'T' */
    uint32_t mode;
    uint64_t size;
    struct str name;
    bool has_times; /* T, unless out of range */
    int64_t atime_ns, mtime_ns;
};
/* ERR_INVALID with the reason. */
MUST_CHECK enum status scp_record_parse(struct str line, struct scp_record *);

struct scp;

/* scp.c */
/* A leading "~" or "~account" is the account's root: what is behind it. */
struct str scp_word_at_home(const struct scp *, struct str word);

/* scp_reply.c: answers, each OK unless memory is out. All but SCP_OK count. */
MUST_CHECK enum status scp_say_ok(struct scp *);
MUST_CHECK enum status scp_say(struct scp *, enum scp_answer, struct str path,
                               const char *text);
/* What went wrong with `path`. */
MUST_CHECK enum status scp_say_failure(struct scp *, struct str path,
                                       enum status);
/* Goodbye: says why, and fails with it. */
MUST_CHECK enum status scp_break(struct scp *, const char *why);

struct scp_times {
    bool known;
    int64_t atime_ns, mtime_ns;
};

/* A folder being received. */
struct scp_received {
    size_t path_len; /* of the folder around it */
    bool was_folder; /* what the target was, around it */
    uint32_t mode;
    struct scp_times times;
};

enum scp_sink_state {
    SINK_AT_LINE,   /* a control line comes */
    SINK_IN_FILE,   /* bytes of the file come */
    SINK_AT_ANSWER, /* the client says whether they were good */
    SINK_IN_ERROR,  /* its text, when they were not */
};

struct scp_sink {
    enum scp_sink_state state;
    enum scp_answer error;  /* SINK_IN_ERROR: which */
    struct scp_path target; /* the folder, or what the file is to be called */
    bool is_folder;
    bool wants_folder; /* it was written with a slash behind it */
    struct scp_times times;
    struct scp_path path; /* of the file */
    struct vfs_file *file;
    uint32_t mode;
    uint64_t size, got;
    enum status failure; /* why it cannot be published */
    size_t depth;
    struct scp_received folders[SCP_DEPTH];
};

/* A folder being listed: to be sent whole, or for names that match. */
struct scp_listing {
    struct vfs_folder *folder;
    size_t path_len;    /* of its path */
    struct str pattern; /* names wanted, of a glob */
    struct str rest;    /* what the word has behind it */
    bool is_glob;
    uint64_t inode; /* of one to be sent */
    int64_t mtime_ns;
};

enum scp_source_state {
    SOURCE_STARTING, /* waits for the client's first answer */
    SOURCE_NEXT,     /* on to the next word, or entry of a folder */
    SOURCE_TIMES,    /* T was said */
    SOURCE_HEADER,   /* C or D was said */
    SOURCE_IN_FILE,
    SOURCE_AFTER_FILE,   /* all bytes were sent */
    SOURCE_AFTER_FOLDER, /* E was said */
};

struct scp_source {
    enum scp_source_state state;
    enum scp_answer error; /* its text is being skipped; SCP_OK: none */
    bool has_ended;        /* the client says no more */
    struct str words;      /* still to be done */
    struct str word;       /* under way */
    bool has_matched;      /* or it has no wildcard */
    struct scp_path path;
    struct vfs_file *file;
    struct vfs_folder *folder; /* its header was not answered yet */
    struct vfs_attributes attributes;
    uint64_t sent;
    enum status failure; /* of reading; zeros are sent from there on */
    size_t depth;
    struct scp_listing listings[SCP_DEPTH];
};

struct scp {
    struct engine engine;
    struct vfs *files;
    const char *account_name;
    struct scp_command command;
    bool is_over;
    bool has_errors;
    struct buffer line; /* the beginning of a line; a source: early answers */
    struct buffer output;
    union {
        struct scp_sink sink;
        struct scp_source source;
    };
};

/* scp_sink.c */
MUST_CHECK enum status scp_sink_start(struct scp *);
MUST_CHECK enum status scp_sink_input(struct scp *, struct str *bytes);
void scp_sink_end(struct scp *);

/* scp_sink_file.c */
MUST_CHECK enum status scp_sink_open(struct scp *, const struct scp_record *);
void scp_sink_write(struct scp *, struct str *bytes);
/* All its bytes came and are good: publish, then answer. */
MUST_CHECK enum status scp_sink_publish(struct scp *);
/* The client says that they are not good. */
MUST_CHECK enum status scp_sink_discard(struct scp *);
void scp_sink_close(struct scp *);

/* scp_source.c */
void scp_source_start(struct scp *);
MUST_CHECK enum status scp_source_input(struct scp *, struct str *bytes);
MUST_CHECK enum status scp_source_run(struct scp *);
void scp_source_done(struct scp *);

/* scp_source_file.c: one file or folder; what cannot be sent is said. */
MUST_CHECK enum status scp_source_offer(struct scp *,
                                        const struct vfs_attributes *known);
MUST_CHECK enum status scp_source_header(struct scp *);
MUST_CHECK enum status scp_source_send(struct scp *);
/* Close what was offered. */
void scp_source_leave(struct scp *);

/* scp_source_walk.c: on to what is to be sent next. */
MUST_CHECK enum status scp_source_next(struct scp *);
/* The current folder's header was accepted. */
void scp_source_enter(struct scp *);
