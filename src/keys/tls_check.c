/* SPDX-License-Identifier: Apache-2.0 */
/* tls_check.c - what is wrong with the TLS of a service. */
#include "keys/tls_check.h"

#include "base/clock.h"
#include "config/option.h"
#include "keys/tls_material_private.h"
#include "net/tls.h"

#include <stdio.h>

enum {
    DAYS_LEFT = 30,
    NAMES = 64 * 1024,
    TEXT = 512,
};
#define A_DAY_MS (24LL * 60 * 60 * 1000)

/* What several services share, [server]'s certificate, is told once. */
static bool
is_told(const struct report *report, const char *file, int line,
        const char *text)
{
    for (size_t i = 0; i < report->count; i++) {
        const struct report_line *it = &report->lines[i];

        if (it->line == line && it->file != NULL &&
            strcmp(it->file, file) == 0 && strcmp(it->text, text) == 0)
            return true;
    }
    return false;
}

static void
tell(struct report *report, enum report_level level,
     const struct tls_place *place, const char *why)
{
    const char *file = section_file(place->section, place->option);
    char text[TEXT];

    snprintf(text, sizeof text, "'%s': %s", place->option, why);
    if (!is_told(report, file, place->line, text))
        report_add(report, level, file, place->line, "%s", text);
}

/* ---- versions and ciphers ---- */

static void
tell_word(struct report *report, const struct section *service,
          const char *option, struct str near)
{
    struct tls_place place = { service, option, section_line(service, option) };
    char why[TEXT];

    if (near.len > 0)
        snprintf(why, sizeof why, "%s; did you mean '%.*s'?", fail_reason(),
                 STR_ARG(near));
    else
        snprintf(why, sizeof why, "%s", fail_reason());
    tell(report, REPORT_ERROR, &place, why);
}

static void
check_versions(const struct section *service, struct report *report)
{
    static const char option[] = "ssl_allowed_methods";
    struct str wrong;

    if (tls_check_versions(section_text(service, option), &wrong) != OK)
        tell_word(report, service, option,
                  choice_nearest(tls_version_words, wrong));
}

static void
check_ciphers(const struct section *service, struct report *report)
{
    static const char option[] = "ssl_cipher_list";
    AUTO(buffer_done) struct buffer names = BUFFER(NAMES);
    struct str wrong;
    struct str near = STR_NONE;

    if (tls_check_ciphers(section_text(service, option), &wrong) == OK)
        return;
    AUTO(str_free) char *why = str_copy(str_of(fail_reason()));
    if (tls_cipher_names(&names) == OK && buffer_text(&names) != NULL)
        near = choice_nearest(buffer_text(&names), wrong);
    fail(ERR_INVALID, "%s", why != NULL ? why : "it is wrong");
    tell_word(report, service, option, near);
}

/* ---- certificates ---- */

static void
check_end(const struct section *service, const struct tls_material *material,
          struct report *report)
{
    int64_t left_ms =
        tls_material_expires_ms(material) - clock_wall_ms(clock_real());
    struct tls_place place = tls_certificate_place(service);
    char why[TEXT];

    if (left_ms >= DAYS_LEFT * A_DAY_MS)
        return;
    if (left_ms < 0)
        snprintf(why, sizeof why, "the certificate has ended");
    else
        snprintf(why, sizeof why, "the certificate ends in %d days",
                 (int)(left_ms / A_DAY_MS));
    tell(report, REPORT_WARNING, &place, why);
}

static void
check_trust(const struct section *service, struct report *report)
{
    struct tls_place place = { service, TLS_REVOCATIONS,
                               section_line(service, TLS_REVOCATIONS) };

    if (section_item(service, TLS_REVOCATIONS, 0) != NULL &&
        section_item(service, TLS_AUTHORITIES, 0) == NULL)
        tell(report, REPORT_WARNING, &place,
             "it has no effect without tls_mutual_certification_authorities: "
             "no certificate is asked for");
}

void
tls_service_check(const struct section *service, bool needs_certificate,
                  struct report *report)
{
    AUTO(tls_material_free) struct tls_material *material = NULL;
    struct tls_place wrong;

    check_versions(service, report);
    check_ciphers(service, report);
    check_trust(service, report);
    enum status status = tls_material_read(service, &material, &wrong);

    if (status == OK)
        check_end(service, material, report);
    else if (needs_certificate || tls_names_certificate(service))
        tell(report, REPORT_ERROR, &wrong, fail_reason());
}
