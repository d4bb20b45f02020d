/* SPDX-License-Identifier: Apache-2.0 */
/* generate_tls.c - `convoy generate tls-certificate`. */
#include "keys/secret.h"
#include "keys/tls_generate.h"
#include "main/generate_private.h"

#include <getopt.h>
#include <unistd.h>

enum { DAYS = 365 };

struct certificate_wish {
    const char *names[TLS_NAMES];
    size_t count;
    unsigned days;
    const char *path; /* NULL: print it */
};

static int
make_certificate(const struct certificate_wish *wish)
{
    AUTO(secret_done) struct buffer pem = BUFFER(0);

    if (tls_certificate_generate(wish->names, wish->count, wish->days, &pem) !=
        OK)
        return generate_fail_reported();
    enum status status =
        wish->path != NULL
            ? generate_write_new(wish->path, 0600, buffer_str(&pem))
            : generate_write_all(STDOUT_FILENO, "standard output",
                                 buffer_str(&pem));
    return status == OK ? 0 : generate_fail_reported();
}

static bool
read_days(const char *text, unsigned *days_out)
{
    uint64_t days = 0;

    if (!str_to_number(str_of(text), TLS_DAYS_MOST, &days) || days == 0)
        return false;
    *days_out = (unsigned)days;
    return true;
}

int
generate_tls_certificate(int argc, char **argv)
{
    static const struct option options[] = {
        { "host-name", required_argument, NULL, 'n' },
        { "days", required_argument, NULL, 'd' },
        { 0 },
    };
    struct certificate_wish wish = { .days = DAYS };
    int letter;

    while ((letter = getopt_long(argc, argv, "n:d:", options, NULL)) != -1)
        switch (letter) {
        case 'n':
            if (wish.count == TLS_NAMES)
                return generate_fail_usage("more than 32 names");
            wish.names[wish.count++] = optarg;
            break;
        case 'd':
            if (!read_days(optarg, &wish.days))
                return generate_fail_usage(
                    "--days takes a number from 1 to 3650");
            break;
        default: return generate_fail_usage("unknown option");
        }
    if (wish.count == 0)
        return generate_fail_usage("--host-name says what clients call it");
    if (argc - optind > 1)
        return generate_fail_usage("more than one file");
    wish.path = argv[optind];
    return make_certificate(&wish);
}
