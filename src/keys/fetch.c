/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.c - reading what is at an http or https address, by libcurl. */
#include "keys/fetch.h"

#include <curl/curl.h>

enum { HTTP_OK = 200, CONNECT_MS = 5000 };

struct receiver {
    struct buffer *out;
    enum status status;
};

static size_t
on_bytes(char *bytes, size_t one, size_t count, void *arg)
{
    struct receiver *receiver = arg;

    (void)one; /* 1, as libcurl has it */
    receiver->status = buffer_add(receiver->out, str_from(bytes, count));
    return receiver->status == OK ? count : 0;
}

static void
set_options(CURL *curl, const char *address, long timeout_ms,
            struct receiver *receiver)
{
    curl_easy_setopt(curl, CURLOPT_URL, address);
    curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(curl, CURLOPT_USERAGENT, "Convoy/" CONVOY_VERSION);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_bytes);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, receiver);
}

static enum status
judge(CURL *curl, CURLcode code, const struct receiver *receiver,
      const char *address)
{
    long answer = 0;

    if (receiver->status == ERR_LIMIT)
        return fail(ERR_LIMIT, "%s: more than %zu bytes", address,
                    receiver->out->limit);
    TRY(receiver->status);
    if (code != CURLE_OK)
        return fail(code == CURLE_OPERATION_TIMEDOUT ? ERR_TIMEOUT : ERR_IO,
                    "%s: %s", address, curl_easy_strerror(code));
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
    if (answer != HTTP_OK)
        return fail(ERR_IO, "%s: the answer is %ld", address, answer);
    return OK;
}

enum status
fetch(const char *address, long timeout_ms, struct buffer *out)
{
    struct receiver receiver = { .out = out };

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return fail(ERR_IO, "libcurl cannot start");
    CURL *curl = curl_easy_init();
    enum status status = fail(ERR_MEMORY, "no memory to fetch '%s'", address);
    if (curl != NULL) {
        set_options(curl, address, timeout_ms, &receiver);
        status = judge(curl, curl_easy_perform(curl), &receiver, address);
    }
    curl_easy_cleanup(curl);
    curl_global_cleanup();
    return status;
}
