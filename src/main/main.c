/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the program's front door: pick the subcommand. */
#include "main/command.h"

#include <stdio.h>
#include <string.h>

static const struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *help;
} commands[] = {
    { "serve", command_serve,
      "serve -c FILE [--take-over] run in the foreground until told to stop" },
    { "check", command_check,
      "check FILE                  say what is wrong with a server.ini" },
    { "doctor", command_doctor,
      "doctor [-c FILE] [--json]   say what this machine lacks for it" },
    { "options", command_options,
      "options --markdown [FAMILY] print the reference of server.ini" },
    { "events", command_events,
      "events --markdown           print the reference of events" },
    { "account", command_account,
      "account add|set-password|disable|enable|list -c FILE …\n"
      "                                     the accounts of a server.ini" },
    { "generate", command_generate,
      "generate ssh-key|password-hash|uuid|password …\n"
      "                                     keys, hashes, names, passwords" },
    { "status", command_status,
      "status -c FILE [--watch]    what the running server does" },
    { "reload", command_reload,
      "reload -c FILE              apply server.ini as it is now" },
    { "drain", command_drain,
      "drain -c FILE [--wait]      let nobody in, let transfers finish" },
    { "undrain", command_undrain,
      "undrain -c FILE             let people in again" },
    { "upgrade", command_upgrade,
      "upgrade -c FILE [PROGRAM]   replace the running server by a new one" },
    { "kick", command_kick, "kick -c FILE SESSION|ACCOUNT  end sessions" },
    { "uploads", command_uploads,
      "uploads list|discard -c FILE …\n"
      "                                     uploads that are not finished" },
    { NULL, NULL, NULL },
};

static int
usage(FILE *to)
{
    fprintf(to, "usage: convoy COMMAND …\n\n");
    for (const struct command *c = commands; c->name != NULL; c++)
        fprintf(to, "  convoy %s\n", c->help);
    return to == stdout ? 0 : 2;
}

int
main(int argc, char **argv)
{
    if (argc >= 2 && strcmp(argv[1], "--version") == 0)
        return printf("convoy %s\n", CONVOY_VERSION) < 0;
    if (argc >= 2 &&
        (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0))
        return usage(stdout);
    for (const struct command *c = commands; argc >= 2 && c->name; c++)
        if (strcmp(argv[1], c->name) == 0)
            return c->run(argc - 1, argv + 1);
    return usage(stderr);
}
