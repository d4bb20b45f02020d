/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - the subcommands of the program.
 *
 * Each is a function in a file of its own, called with its own name as
 * argv[0]; what it returns is the exit code: 0 done, 1 failed, 2 wrong usage.
 */
#pragma once

int command_serve(int argc, char **argv);
int command_upgrade(int argc, char **argv);
int command_check(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_account(int argc, char **argv);
int command_generate(int argc, char **argv);
int command_options(int argc, char **argv);
int command_events(int argc, char **argv);
/* Ask the running server; 3: none runs. */
int command_status(int argc, char **argv);
int command_reload(int argc, char **argv);
int command_drain(int argc, char **argv);
int command_undrain(int argc, char **argv);
int command_kick(int argc, char **argv);
int command_uploads(int argc, char **argv);
