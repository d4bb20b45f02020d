/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - unpredictable bytes and names made of them.
 */
#pragma once

#include <stddef.h>

/* Fill with bytes from the kernel. Aborts when it has none: nothing that
 * needs them may go on without. */
void random_bytes(void *into, size_t len);

/* A version 4 UUID (RFC 4122) in lower case; 37 bytes, NUL included. */
enum { UUID_TEXT = 37 };
void random_uuid(char text[UUID_TEXT]);

/* `len` letters and digits and a NUL: 5.9 bits each. Look-alikes left out. */
void random_password(char *text, size_t len);
