/* SPDX-License-Identifier: Apache-2.0 */
/* options_tls.c - options that everything with TLS has. */
#include "config/families.h"

#include <stddef.h>

const struct option options_tls_server[] = {
    /* clang-format off */
    { .name = "tls_private_certificate", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.20.0",
      .help = "Certificate and private key that the service shows: a vault "
              "item of type private-certificate."
    },
    { .name = "tls_mutual_certification_authorities", .kind = KIND_LIST,
      .flags = OPTION_LIVE, .since = "5.20.0",
      .help = "Authorities whose certificates clients may show, or must." },
    { .name = "tls_active_session_limit", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "7200", .min = 10, .max = 31536000,
      .unit = "seconds", .since = "5.24.0",
      .help = "How long a TLS session may be resumed." },
    { .name = "ssl_certificate", .kind = KIND_BLOCK, .flags = OPTION_LIVE,
      .since = "",
      .help = "The older way to name the certificate: a path, or its text." },
    { .name = "ssl_key", .kind = KIND_BLOCK,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "",
      .help = "The older way to name the private key: a path, or its text." },
    { .name = "ssl_key_password", .kind = KIND_TEXT,
      .flags = OPTION_LIVE | OPTION_SECRET, .since = "",
      .help = "Password of the private key in ssl_key." },
    { 0 },
    /* clang-format on */
};

const struct option options_tls_client[] = {
    /* clang-format off */
    { .name = "tls_trusted_certificates", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .fallback = "set-on-first-connection",
      .since = "5.22.0",
      .help = "How the other side is recognised: a vault item, or its first "
              "certificate or key."
    },
    { .name = "tls_private_certificate", .kind = KIND_TEXT,
      .flags = OPTION_LIVE, .since = "5.20.0",
      .help = "Certificate and private key that are shown to the other side." },
    { 0 },
    /* clang-format on */
};

const struct option options_tls_both[] = {
    /* clang-format off */
    { .name = "ssl_allowed_methods", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "secure", .since = "1.7.4",
      .help = "Versions of TLS that are spoken: secure, all, or a list of "
              "them."
    },
    { .name = "ssl_cipher_list", .kind = KIND_TEXT, .flags = OPTION_LIVE,
      .fallback = "secure", .since = "1.7.4",
      .help = "Ciphers that are accepted: secure, or a list as OpenSSL reads "
              "it."
    },
    { .name = "ssl_certificate_revocation_list", .kind = KIND_LIST,
      .flags = OPTION_LIVE, .since = "1.6.0",
      .help = "Files or addresses of the lists of certificates that no "
              "longer count."
    },
    { .name = "ssl_certificate_revocation_list_refresh", .kind = KIND_NUMBER,
      .flags = OPTION_LIVE, .fallback = "0", .max = 31536000,
      .unit = "seconds", .since = "2.8.0",
      .help = "How often these lists are read again." },
    { .name = "ssl_domains", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.42.0",
      .help = "Names for which certificates are requested from an ACME "
              "authority."
    },
    { 0 },
    /* clang-format on */
};
