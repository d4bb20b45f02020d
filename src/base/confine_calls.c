/* SPDX-License-Identifier: Apache-2.0 */
/*
 * confine_calls.c - keeping the process to its system calls, by seccomp.
 *
 * What is not in the list fails with EPERM, so that a library that tries goes
 * on. Calls that are newer than the list fail with ENOSYS instead: the C
 * library tries those first and then does it in the older way.
 */
#include "base/confine.h"

#include "base/str.h"

#include <errno.h>
#include <linux/fs.h>
#include <linux/sched.h>
#include <seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

/* No Linux has as many; what it adds until then is unknown to us. */
enum { HIGHEST_NUMBER = 600, NAME_SIZE = 32 };

static const struct calls {
    const char *why;
    const char *names;
} allowed[] = {
    /* clang-format off */
    { "files and their bytes",
      "open openat openat2 creat close close_range read write pread64 pwrite64 "
      "readv writev preadv pwritev preadv2 pwritev2 lseek fsync fdatasync "
      "sync_file_range syncfs ftruncate truncate fallocate fadvise64 readahead "
      "copy_file_range sendfile splice flock fcntl dup dup2 dup3 pipe pipe2" },
    { "what is known of a file",
      "stat fstat lstat newfstatat statx statfs fstatfs access faccessat "
      "faccessat2 readlink readlinkat getdents64 getdents getcwd" },
    { "names and attributes",
      "mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link "
      "linkat symlink symlinkat chmod fchmod fchmodat fchmodat2 chown fchown "
      "lchown fchownat utime utimes futimesat utimensat umask "
      "setxattr lsetxattr fsetxattr getxattr lgetxattr fgetxattr "
      "listxattr llistxattr flistxattr removexattr lremovexattr fremovexattr" },
    { "being told of a changed configuration file",
      "inotify_init inotify_init1 inotify_add_watch inotify_rm_watch" },
    { "clients, the operator's socket, the service manager",
      "socketpair bind listen accept accept4 connect getsockname getpeername "
      "getsockopt setsockopt sendto recvfrom sendmsg recvmsg sendmmsg recvmmsg "
      "shutdown" },
    { "waiting",
      "poll ppoll select pselect6 epoll_create epoll_create1 epoll_ctl "
      "epoll_wait epoll_pwait epoll_pwait2 eventfd eventfd2 signalfd "
      "signalfd4 timerfd_create timerfd_settime timerfd_gettime nanosleep "
      "clock_nanosleep pause restart_syscall" },
    { "time: mostly not even a call; never set",
      "clock_gettime clock_getres gettimeofday time times" },
    { "memory; executable for the matching of expressions",
      "brk mmap munmap mremap mprotect madvise msync mincore mlock mlock2 "
      "munlock membarrier" },
    { "threads",
      "exit exit_group futex futex_waitv set_robust_list get_robust_list "
      "set_tid_address gettid rseq arch_prctl sched_yield sched_getaffinity "
      "sched_setaffinity sched_getparam sched_getscheduler getcpu "
      "get_thread_area set_thread_area" },
    { "signals to threads of its own: kill is not among them",
      "rt_sigaction rt_sigprocmask rt_sigreturn rt_sigtimedwait rt_sigpending "
      "rt_sigsuspend sigaltstack tgkill" },
    { "who and where it is",
      "getpid getppid getuid geteuid getgid getegid getresuid getresgid "
      "getgroups getpgrp getpgid getsid capget uname sysinfo getrusage "
      "getrandom getrlimit setrlimit" },
    { "confining itself further",
      "prctl seccomp landlock_create_ruleset landlock_add_rule "
      "landlock_restrict_self" },
    /* Session threads are kept from it by Landlock. */
    { "starting its successor",
      "execve execveat fork vfork wait4 waitid setsid pidfd_open" },
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    { "the sanitizers' own: looking for leaks stops every thread",
      "ptrace personality process_vm_readv kill tkill" },
#endif
    /* clang-format on */
};

#define NAMESPACES                                                             \
    (CLONE_NEWNS | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER |               \
     CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWCGROUP)

/* The kernel reads an int of these arguments. */
#define AN_INT UINT32_MAX

static const struct call_with {
    const char *name;
    unsigned argument;
    uint64_t mask;
    uint64_t value;
} allowed_with[] = {
    /* clang-format off */
    { "clone", 0, NAMESPACES, 0 },
    { "prlimit64", 0, AN_INT, 0 }, /* itself */
    { "socket", 0, AN_INT, AF_UNIX },
    { "socket", 0, AN_INT, AF_INET },
    { "socket", 0, AN_INT, AF_INET6 },
    { "socket", 0, AN_INT, AF_NETLINK }, /* the C library's: addresses */
    { "ioctl", 1, AN_INT, FICLONE },
    { "ioctl", 1, AN_INT, FICLONERANGE },
    { "ioctl", 1, AN_INT, FIONREAD },
    { "ioctl", 1, AN_INT, FIONBIO },
    { "ioctl", 1, AN_INT, TCGETS }, /* isatty() */
    /* clang-format on */
};

static enum status
add(scmp_filter_ctx filter, uint32_t action, int number, const char *name,
    const struct call_with *with)
{
    struct scmp_arg_cmp when = { 0 };

    if (with != NULL)
        when = SCMP_CMP64(with->argument, SCMP_CMP_MASKED_EQ, with->mask,
                          with->value);
    int error =
        seccomp_rule_add_array(filter, action, number, with != NULL, &when);
    return error == 0
               ? OK
               : fail_errno(-error, "system call %s in the filter", name);
}

/* Some of the list are other machines'; those this one does not have. */
static enum status
allow(scmp_filter_ctx filter, struct str call, const struct call_with *with)
{
    char name[NAME_SIZE];

    if (call.len >= sizeof name)
        return fail(ERR_LIMIT, "'%.*s' names no system call", STR_ARG(call));
    memcpy(name, call.data, call.len);
    name[call.len] = '\0';
    int number = seccomp_syscall_resolve_name(name);
    return number < 0 ? OK : add(filter, SCMP_ACT_ALLOW, number, name, with);
}

static enum status
allow_group(scmp_filter_ctx filter, struct str names)
{
    while (names.len > 0)
        TRY(allow(filter, str_cut(&names, ' '), NULL));
    return OK;
}

static enum status
allow_all(scmp_filter_ctx filter)
{
    for (size_t i = 0; i < sizeof allowed / sizeof allowed[0]; i++)
        TRY(allow_group(filter, str_of(allowed[i].names)));
    for (size_t i = 0; i < sizeof allowed_with / sizeof allowed_with[0]; i++)
        TRY(allow(filter, str_of(allowed_with[i].name), &allowed_with[i]));
    return OK;
}

/* clone3 hides its flags behind a pointer, where a filter cannot look: the C
 * library is told to use clone. */
static enum status
refuse_unknown(scmp_filter_ctx filter)
{
    uint32_t action = SCMP_ACT_ERRNO(ENOSYS);
    int clone3 = seccomp_syscall_resolve_name("clone3");

    for (int number = 0; number < HIGHEST_NUMBER; number++) {
        char *name = seccomp_syscall_resolve_num_arch(SCMP_ARCH_NATIVE, number);
        bool is_unknown = name == NULL || number == clone3;

        free(name);
        if (is_unknown)
            TRY(add(filter, action, number, "unknown", NULL));
    }
    return OK;
}

/* On every thread at once; each gives up new privileges with it. */
static enum status
set_up(scmp_filter_ctx filter)
{
    int error = seccomp_attr_set(filter, SCMP_FLTATR_ACT_BADARCH,
                                 SCMP_ACT_ERRNO(EPERM));

    if (error == 0)
        error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1);
    if (error == 0) /* the kernel's own words when it refuses */
        error = seccomp_attr_set(filter, SCMP_FLTATR_API_SYSRAWRC, 1);
    /* Found by halves; where the library cannot, all works as it is. */
    (void)seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    return error == 0 ? OK : fail_errno(-error, "a filter of system calls");
}

static enum status
load_filter(scmp_filter_ctx filter)
{
    TRY(set_up(filter));
    TRY(allow_all(filter));
    TRY(refuse_unknown(filter));
    int error = seccomp_load(filter);
    if (error == -EINVAL || error == -ENOSYS)
        return fail(ERR_UNSUPPORTED, "this kernel filters no system calls");
    return error == 0 ? OK : fail_errno(-error, "cannot filter system calls");
}

enum status
confine_process(void)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));

    if (filter == NULL)
        return fail(ERR_MEMORY, "no memory for a filter of system calls");
    enum status status = load_filter(filter);
    seccomp_release(filter);
    return status;
}
