/* SPDX-License-Identifier: Apache-2.0 */
/* options_tls.c - options that everything with TLS has. */
#include "config/families.h"

#include <stddef.h>

const struct option options_tls_server[] = {
    /* clang-format off */
    { .name = "tls_private_certificate", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE,
      .refers = "vault-items:private-certificate", .since = "5.20.0",
      .help = "Certificate and private key that the service shows: a vault "
              "item of type private-certificate. Of several, the name that "
              "the client asks for (SNI) picks one."
    },
    { .name = "tls_mutual_certification_authorities", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_PROTECTS,
      .since = "5.20.0",
      .help = "Authorities of which clients must show a certificate: vault "
              "items of type trusted-certificates, or MOZILLA-CA. Empty: no "
              "certificate is asked for."
    },
    { .name = "tls_active_session_limit", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .fallback = "7200", .min = 10,
      .max = 31536000, .unit = "seconds", .since = "5.24.0",
      .help = "How long a TLS session may be resumed." },
    { .name = "ssl_certificate", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE, .since = "",
      .help = "The older way to name the certificate: a path, or its text." },
    { .name = "ssl_key", .kind = KIND_BLOCK,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_SECRET, .since = "",
      .help = "The older way to name the private key: a path, or its text. "
              "Empty: it stands in ssl_certificate."
    },
    { .name = "ssl_key_password", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_SECRET, .since = "",
      .help = "Password of the private key." },
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
    { .name = "ssl_allowed_methods", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_PROTECTS,
      .fallback = "secure", .since = "1.7.4",
      .help = "Versions of TLS that are spoken: secure (1.2 and 1.3), all, or "
              "a list of tlsv1.0, tlsv1.1, tlsv1.2 and tlsv1.3."
    },
    { .name = "ssl_cipher_list", .kind = KIND_TEXT,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_PROTECTS,
      .fallback = "secure", .since = "1.7.4",
      .help = "Ciphers that are accepted: secure, or a list as OpenSSL reads "
              "it, which may have the suites of TLS 1.3 as well."
    },
    { .name = "ssl_certificate_revocation_list", .kind = KIND_LIST,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_PROTECTS,
      .since = "1.6.0",
      .help = "Files, or http and https addresses, of the lists of "
              "certificates that no longer count, in PEM or DER."
    },
    { .name = "ssl_certificate_revocation_list_refresh", .kind = KIND_NUMBER,
      .flags = OPTION_SUPPORTED | OPTION_LIVE | OPTION_PROTECTS,
      .fallback = "0", .max = 31536000, .unit = "seconds", .since = "2.8.0",
      .help = "How often these lists are read again; 0: only with the "
              "configuration."
    },
    { .name = "ssl_domains", .kind = KIND_LIST, .flags = OPTION_LIVE,
      .since = "3.42.0",
      .help = "Names for which certificates are requested from an ACME "
              "authority."
    },
    { 0 },
    /* clang-format on */
};
