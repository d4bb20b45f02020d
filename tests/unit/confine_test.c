/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine_test.c - what a confined thread, and a confined process, can do.
 *
 * Neither can be taken back: threads are confined in a thread of their own,
 * processes in a child.
 */
#include "base/confine.h"

#include "base/str.h"
#include "base/thread.h"
#include "base/worker.h"
#include "test.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

enum { PATH_TEXT = 256, LANDLOCK_WANTED = 2 };

static char home[PATH_TEXT];
static char shared[PATH_TEXT];  /* writable, too */
static char archive[PATH_TEXT]; /* to be read only */
static char outside[PATH_TEXT];

static char *
in(const char *folder, const char *name)
{
    char *path = NULL;

    EXPECT(asprintf(&path, "%s/%s", folder, name) > 0);
    return path;
}

static void
make_file(const char *folder, const char *name)
{
    AUTO(str_free) char *path = in(folder, name);
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

    EXPECT(file >= 0);
    EXPECT(write(file, "text", 4) == 4);
    close(file);
}

static void
make_folder(char path[PATH_TEXT], const char *name)
{
    snprintf(path, PATH_TEXT, "%s/%s", test_folder(), name);
    EXPECT(mkdir(path, 0700) == 0 || errno == EEXIST);
    make_file(path, "file");
}

SETUP()
{
    make_folder(home, "home");
    make_folder(shared, "shared");
    make_folder(archive, "archive");
    make_folder(outside, "outside");
}

/* What a call in the thread came to: 0 or its errno. */
struct attempts {
    int opens_inside, opens_outside, lists_inside, lists_outside;
    int follows_a_link_out, keeps_what_is_open;
    int makes_inside, makes_outside, truncates, removes;
    int renames_between, renames_out, links_between;
    int reads_archive, writes_archive, takes_from_archive;
    int runs_a_program, makes_a_pipe, makes_a_socket_file;
    int opens_after_widening;
};

static int
error_of(long result)
{
    return result >= 0 ? 0 : errno;
}

static int
open_error(const char *folder, const char *name, int flags)
{
    AUTO(str_free) char *path = in(folder, name);
    int file = open(path, flags | O_CLOEXEC, 0600);
    int error = error_of(file);

    if (file >= 0)
        close(file);
    return error;
}

static int
rename_error(const char *from, const char *to, const char *name)
{
    AUTO(str_free) char *old = in(from, name);
    AUTO(str_free) char *new = in(to, name);

    return error_of(rename(old, new));
}

static enum status
confine_to_all(void)
{
    const struct confine_folder folders[] = {
        { home, true },
        { shared, true },
        { archive, false },
        { "/there/is/no/such/folder", true },
    };

    return confine_thread(folders, sizeof folders / sizeof folders[0]);
}

static void
try_reading(struct attempts *now)
{
    now->opens_inside = open_error(home, "file", O_RDWR);
    now->opens_outside = open_error(outside, "file", O_RDONLY);
    now->lists_inside = open_error(home, ".", O_RDONLY | O_DIRECTORY);
    now->lists_outside = open_error(outside, ".", O_RDONLY | O_DIRECTORY);
    now->follows_a_link_out = open_error(home, "link", O_RDONLY);
    now->reads_archive = open_error(archive, "file", O_RDONLY);
    now->writes_archive = open_error(archive, "file", O_WRONLY);
}

static void
try_names(struct attempts *now)
{
    AUTO(str_free) char *mine = in(home, "made");
    AUTO(str_free) char *theirs = in(shared, "linked");
    AUTO(str_free) char *pipe_path = in(home, "pipe");

    now->makes_inside = open_error(home, "made", O_WRONLY | O_CREAT | O_EXCL);
    now->makes_outside = open_error(outside, "made", O_WRONLY | O_CREAT);
    now->truncates = error_of(truncate(mine, 0));
    now->links_between = error_of(link(mine, theirs));
    now->renames_between = rename_error(home, shared, "made");
    now->removes = error_of(unlink(theirs));
    now->renames_out = rename_error(home, outside, "file");
    now->takes_from_archive = rename_error(archive, home, "file");
    now->makes_a_pipe = error_of(mkfifo(pipe_path, 0600));
    now->makes_a_socket_file = error_of(mknod(pipe_path, S_IFSOCK | 0600, 0));
}

static int
run_error(void)
{
    AUTO(str_free) char *program = in(home, "file");
    char *const arguments[] = { program, NULL };

    return error_of(execv(program, arguments));
}

static void *
live_confined(void *arg)
{
    struct attempts *now = arg;
    AUTO(str_free) char *path = in(outside, "file");
    int file = open(path, O_RDWR | O_CLOEXEC);
    const struct confine_folder wider = { "/", true };

    EXPECT_OK(confine_to_all());
    try_reading(now);
    try_names(now);
    now->keeps_what_is_open = error_of(pwrite(file, "TEXT", 4, 0));
    close(file);
    now->runs_a_program = run_error();
    EXPECT_OK(confine_thread(&wider, 1));
    now->opens_after_widening = open_error(outside, "file", O_RDONLY);
    return NULL;
}

static void
run_in_thread(void *(*run)(void *), void *arg)
{
    pthread_t thread;

    EXPECT_OK(thread_start(&thread, "confined", run, arg));
    pthread_join(thread, NULL);
}

static bool
has_landlock(void)
{
    if (confine_landlock_version() >= LANDLOCK_WANTED)
        return true;
    EXPECT_STATUS(confine_to_all(), ERR_UNSUPPORTED);
    return false;
}

static struct attempts
attempts_of_a_confined_thread(void)
{
    AUTO(str_free) char *link_path = in(home, "link");
    AUTO(str_free) char *target = in(outside, "file");
    struct attempts now = { 0 };

    EXPECT(symlink(target, link_path) == 0);
    run_in_thread(live_confined, &now);
    return now;
}

TEST(a_confined_thread_reads_and_writes_in_its_folders_and_nowhere_else)
{
    if (!has_landlock())
        return;
    struct attempts now = attempts_of_a_confined_thread();

    EXPECT(now.opens_inside == 0);
    EXPECT(now.lists_inside == 0);
    EXPECT(now.makes_inside == 0);
    EXPECT(now.truncates == 0);
    EXPECT(now.removes == 0);
    EXPECT(now.opens_outside == EACCES);
    EXPECT(now.lists_outside == EACCES);
    EXPECT(now.makes_outside == EACCES);
    EXPECT(now.follows_a_link_out == EACCES);
}

TEST(files_move_between_the_folders_of_a_thread_but_not_out_of_them)
{
    if (!has_landlock())
        return;
    struct attempts now = attempts_of_a_confined_thread();

    EXPECT(now.renames_between == 0);
    EXPECT(now.links_between == 0);
    EXPECT(now.renames_out != 0);
}

TEST(a_folder_that_is_only_to_be_read_stays_as_it_is)
{
    if (!has_landlock())
        return;
    struct attempts now = attempts_of_a_confined_thread();

    EXPECT(now.reads_archive == 0);
    EXPECT(now.writes_archive == EACCES);
    EXPECT(now.takes_from_archive != 0);
}

TEST(a_confined_thread_runs_no_program_and_makes_no_pipe_or_socket)
{
    if (!has_landlock())
        return;
    struct attempts now = attempts_of_a_confined_thread();

    EXPECT(now.runs_a_program == EACCES);
    EXPECT(now.makes_a_pipe == EACCES);
    EXPECT(now.makes_a_socket_file == EACCES);
}

TEST(what_was_open_before_stays_open)
{
    if (!has_landlock())
        return;
    EXPECT(attempts_of_a_confined_thread().keeps_what_is_open == 0);
}

TEST(confinement_is_never_widened)
{
    if (!has_landlock())
        return;
    EXPECT(attempts_of_a_confined_thread().opens_after_widening == EACCES);
}

static void *
look_outside(void *error_out)
{
    *(int *)error_out = open_error(outside, "file", O_RDONLY);
    return NULL;
}

static void *
start_another(void *error_out)
{
    EXPECT_OK(confine_to_all());
    run_in_thread(look_outside, error_out);
    return NULL;
}

TEST(threads_that_a_confined_one_starts_are_confined_and_others_are_not)
{
    int error = 0;

    if (!has_landlock())
        return;
    run_in_thread(start_another, &error);
    EXPECT(error == EACCES);
    run_in_thread(look_outside, &error);
    EXPECT(error == 0);
}

struct replaced {
    struct worker *worker; /* not confined */
    int own_error;         /* of the thread that moved its folder itself */
    int after_error;       /* of opening, when others had done it */
};

static enum status
move_away(void *arg)
{
    (void)arg;
    EXPECT(rename_error(test_folder(), outside, "home") == 0);
    EXPECT(mkdir(home, 0700) == 0);
    make_file(home, "file");
    return OK;
}

static void *
see_a_folder_replaced(void *arg)
{
    struct replaced *seen = arg;

    EXPECT_OK(confine_to_all());
    EXPECT(open_error(home, "file", O_RDONLY) == 0);
    seen->own_error = rename_error(test_folder(), outside, "home");
    EXPECT_OK(worker_run(seen->worker, move_away, NULL));
    seen->after_error = open_error(home, "file", O_RDONLY);
    return NULL;
}

TEST(a_folder_that_others_replaced_is_closed_to_the_thread)
{
    struct replaced seen = { 0 };

    if (!has_landlock())
        return;
    EXPECT_OK(worker_start("others", &seen.worker));
    run_in_thread(see_a_folder_replaced, &seen);
    worker_stop(&seen.worker);
    EXPECT(seen.own_error != 0);
    EXPECT(seen.after_error == EACCES);
}

/* From here on: the process. */

static const struct forbidden {
    const char *name;
    long number;
    long arguments[3];
} forbidden[] = {
    /* clang-format off */
    { "process_vm_writev", SYS_process_vm_writev, { -1 } },
    { "mount", SYS_mount, { 0 } },
    { "umount2", SYS_umount2, { 0 } },
    { "move_mount", SYS_move_mount, { -1, 0, -1 } },
    { "open_tree", SYS_open_tree, { -1 } },
    { "fsopen", SYS_fsopen, { 0 } },
    { "bpf", SYS_bpf, { -1 } },
    { "perf_event_open", SYS_perf_event_open, { 0 } },
    { "kexec_load", SYS_kexec_load, { 0 } },
    { "init_module", SYS_init_module, { 0 } },
    { "finit_module", SYS_finit_module, { -1 } },
    { "delete_module", SYS_delete_module, { 0 } },
    { "keyctl", SYS_keyctl, { -1 } },
    { "add_key", SYS_add_key, { 0 } },
    { "userfaultfd", SYS_userfaultfd, { -1 } },
    { "io_uring_setup", SYS_io_uring_setup, { 0 } },
    { "io_uring_enter", SYS_io_uring_enter, { -1 } },
    { "unshare", SYS_unshare, { 0 } },
    { "setns", SYS_setns, { -1 } },
    { "chroot", SYS_chroot, { 0 } },
    { "pivot_root", SYS_pivot_root, { 0 } },
    { "reboot", SYS_reboot, { 0 } },
    { "swapon", SYS_swapon, { 0 } },
    { "swapoff", SYS_swapoff, { 0 } },
    { "sethostname", SYS_sethostname, { 0 } },
    { "clock_settime", SYS_clock_settime, { 0 } },
    { "adjtimex", SYS_adjtimex, { 0 } },
    { "quotactl", SYS_quotactl, { 0 } },
    { "acct", SYS_acct, { -1 } },
    { "open_by_handle_at", SYS_open_by_handle_at, { -1 } },
    { "setuid", SYS_setuid, { 0 } },
    { "capset", SYS_capset, { 0 } },
    { "mknodat", SYS_mknodat, { -1 } },
    { "shmget", SYS_shmget, { 0 } },
    { "clone into a user namespace", SYS_clone, { CLONE_NEWUSER } },
    { "a raw socket", SYS_socket, { AF_PACKET, SOCK_RAW, 0 } },
    { "typing for others", SYS_ioctl, { 0, TIOCSTI, 0 } },
    { "limits of another process", SYS_prlimit64, { 1, 0, 0 } },
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    { "ptrace", SYS_ptrace, { -1 } },
    { "process_vm_readv", SYS_process_vm_readv, { -1 } },
    { "personality", SYS_personality, { -1 } },
    { "kill", SYS_kill, { 0, 0, 0 } },
#endif
    /* clang-format on */
};

/* Run it in a child that is confined; its exit code is what it returns. */
static int
in_a_confined_process(int (*run)(void))
{
    int how = 0;
    pid_t child = fork();

    if (child == 0) {
        if (confine_process() != OK) {
            fprintf(stderr, "%s\n", fail_reason());
            _exit(99);
        }
        _exit(run());
    }
    EXPECT(waitpid(child, &how, 0) == child);
    EXPECT(WIFEXITED(how));
    return WEXITSTATUS(how);
}

static int
try_forbidden(void)
{
    int done = 0;

    for (size_t i = 0; i < sizeof forbidden / sizeof forbidden[0]; i++) {
        const struct forbidden *f = &forbidden[i];
        long result = syscall(f->number, f->arguments[0], f->arguments[1],
                              f->arguments[2], 0, 0, 0);

        if (result == -1 && errno == EPERM)
            continue;
        fprintf(stderr, "%s: %ld, errno %d\n", f->name, result, errno);
        done++;
    }
    return done;
}

TEST(a_confined_process_makes_none_of_the_dangerous_calls)
{
    EXPECT(in_a_confined_process(try_forbidden) == 0);
}

static int
try_unknown(void)
{
    const long unknown[] = { SYS_clone3, 599, 511 };
    int wrong = 0;

    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++)
        wrong += syscall(unknown[i], 0, 0, 0) != -1 || errno != ENOSYS;
    return wrong;
}

TEST(calls_newer_than_the_list_do_not_exist_so_that_the_older_are_used)
{
    EXPECT(in_a_confined_process(try_unknown) == 0);
}

static int
work_with_files(void)
{
    AUTO(str_free) char *path = in(home, "new");
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    struct stat st;

    return file < 0 || write(file, "text", 4) != 4 || fsync(file) != 0 ||
           fallocate(file, FALLOC_FL_KEEP_SIZE, 0, 8192) != 0 ||
           fsetxattr(file, "user.test", "1", 1, 0) != 0 ||
           fstat(file, &st) != 0 || fchmod(file, 0640) != 0 ||
           lockf(file, F_TLOCK, 0) != 0 || close(file) != 0 ||
           rename_error(home, shared, "new") != 0;
}

static int
work_with_sockets(void)
{
    int pair[2];
    struct pollfd ready = { .events = POLLIN };
    int internet = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return 1;
    ready.fd = pair[0];
    return (internet < 0 && errno != EAFNOSUPPORT) ||
           send(pair[1], "x", 1, MSG_NOSIGNAL) != 1 || poll(&ready, 1, 0) != 1;
}

/* Expressions are compiled into code that the processor runs. */
static int
match_an_expression(void)
{
    int error = 0;
    size_t at = 0;
    pcre2_code *code =
        pcre2_compile((PCRE2_SPTR) "^a+b$", 5, 0, &error, &at, NULL);
    pcre2_match_data *found = pcre2_match_data_create(4, NULL);
    int has_jit = 0;

    pcre2_config(PCRE2_CONFIG_JIT, &has_jit);
    int compiled = has_jit ? pcre2_jit_compile(code, PCRE2_JIT_COMPLETE) : 0;
    int matches = pcre2_match(code, (PCRE2_SPTR) "aaab", 4, 0, 0, found, NULL);
    pcre2_match_data_free(found);
    pcre2_code_free(code);
    return compiled != 0 || matches != 1;
}

static void *
confine_a_thread(void *arg)
{
    enum status status = confine_to_all();

    *(bool *)arg = status == OK || status == ERR_UNSUPPORTED;
    return NULL;
}

static int
start_confined_threads(void)
{
    pthread_t thread;
    bool is_confined = false;

    if (thread_start(&thread, "late", confine_a_thread, &is_confined) != OK)
        return 1;
    pthread_join(thread, NULL);
    return !is_confined;
}

static int
run_a_program(void)
{
    int how = 0;
    pid_t child = fork();
    char *const arguments[] = { "true", NULL };

    if (child == 0) {
        execv("/bin/true", arguments);
        _exit(1);
    }
    return waitpid(child, &how, 0) != child || how != 0;
}

static int
try_all_work(void)
{
    return work_with_files() | work_with_sockets() << 1 |
           match_an_expression() << 2 | start_confined_threads() << 3 |
           run_a_program() << 4;
}

TEST(a_confined_process_works_on_with_files_sockets_threads_and_expressions)
{
    EXPECT(in_a_confined_process(try_all_work) == 0);
}

struct early_thread {
    pthread_mutex_t lock;
    int error;
};

static void *
wait_and_try(void *arg)
{
    struct early_thread *early = arg;

    pthread_mutex_lock(&early->lock);
    early->error = error_of(unshare(0));
    pthread_mutex_unlock(&early->lock);
    return NULL;
}

/* In a child of its own, as the filter is never taken off. */
static int
confine_with_an_early_thread(void)
{
    struct early_thread early = { .lock = PTHREAD_MUTEX_INITIALIZER };
    pthread_t thread;

    pthread_mutex_lock(&early.lock);
    if (thread_start(&thread, "early", wait_and_try, &early) != OK ||
        confine_process() != OK)
        return 2;
    pthread_mutex_unlock(&early.lock);
    pthread_join(thread, NULL);
    return early.error == EPERM ? 0 : 1;
}

TEST(threads_from_before_are_confined_with_the_process)
{
    int how = 0;
    pid_t child = fork();

    if (child == 0)
        _exit(confine_with_an_early_thread());
    EXPECT(waitpid(child, &how, 0) == child);
    EXPECT(how == 0);
}

static int
has_new_privileges(void)
{
    return prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1;
}

TEST(a_confined_process_gains_no_privileges_from_a_file)
{
    EXPECT(in_a_confined_process(has_new_privileges) == 0);
}
