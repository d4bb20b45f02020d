/* SPDX-License-Identifier: Apache-2.0 */
/*
 * events.c - `convoy events --markdown`: print the reference of events.
 */
#include "event/catalogue.h"
#include "main/command.h"

#include <stdio.h>
#include <string.h>

static const char head[] =
    "# Events\n"
    "\n"
    "Made by `convoy events --markdown`; do not edit.\n"
    "\n"
    "Everything that happens is an event with a number. Numbers below 70001\n"
    "mean what they mean in SFTPPlus; what is Convoy's own starts there.\n"
    "\n"
    "## A record\n"
    "\n"
    "A sink gets one line of JSON for each event. What does not apply is left\n"
    "out.\n"
    "\n"
    "| member | is |\n"
    "|---|---|\n"
    "| `id` | the number |\n"
    "| `timestamp` | when, in UTC, ISO 8601 with milliseconds |\n"
    "| `name` | the number's name |\n"
    "| `message` | the sentence below with the values in it, to be read by "
    "people: it holds no control characters; such a character shows as "
    "`\\xNN` or `\\uNNNN`, and so does a byte that is not UTF-8 |\n"
    "| `groups` | a list of groups, to choose events by |\n"
    "| `component` | `uuid`, `name` and `type` of the service or the like |\n"
    "| `account` | `uuid` and `name`, and `peer` with `address` and `port` |\n"
    "| `server` | `uuid` and `name` of this node |\n"
    "| `session` | the same in all events of one session |\n"
    "| `data` | the values of this event, by the names in the sentence, and "
    "more |\n"
    "\n"
    "Names of files and accounts are bytes. Where they are valid UTF-8 a\n"
    "member holds them as they are. Where they are not, each wrong byte shows\n"
    "as U+FFFD, and a second member with `_hex` behind its name holds all the\n"
    "bytes in hexadecimal digits: `path` and `path_hex`. So every name can be\n"
    "had back exactly, and a record is one well-formed line whatever a client\n"
    "thinks of. Control characters, separators of lines and marks that change\n"
    "the direction of text are always escaped as JSON allows.\n"
    "\n"
    "A value of more than 4096 bytes is cut, and a member with `_length`\n"
    "behind its name says how long it was. Should a record then still have\n"
    "more than 65536 bytes, its values are cut to 256 bytes, and if need be\n"
    "to 32. No record ever holds a password or another secret.\n"
    "\n"
    "Durations end in `_ms` and are milliseconds; speeds are bytes a second.\n"
    "\n"
    "## The numbers\n"
    "\n"
    "| number | name | groups | sentence |\n"
    "|---|---|---|---|\n";

/* The command's exit code. */
static int
print(FILE *to)
{
    const struct event_kind *kind;

    fputs(head, to);
    for (size_t i = 0; (kind = event_kind_at(i)) != NULL; i++)
        fprintf(to, "| %d | `%s` | %s | %s |\n", (int)kind->id, kind->name,
                kind->groups, kind->message);
    return fflush(to) != 0 || ferror(to) != 0;
}

int
command_events(int argc, char **argv)
{
    if (argc != 2 || strcmp(argv[1], "--markdown") != 0) {
        fprintf(stderr, "usage: convoy events --markdown\n");
        return 2;
    }
    return print(stdout);
}
