/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sample_keys.h - public keys made once by ssh-keygen; nobody has the private
 * halves.
 */
#pragma once

/* clang-format off */
#define KEY_LINE_ED25519                                                       \
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINa/6GXFBv/mVNlIZpBTj2FG0PCDwT"       \
    "p1BVhYuvqt/jy5"
#define KEY_LINE_P256                                                          \
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNT"       \
    "YAAABBBKTbxacc4wyMwC4ulAJEExdgUMg0JNRJRJGZZbRsSA1bPIjQDnfJwIQg/nUq"       \
    "OC+fEKu9TtohPhoSD6HUEmYON54="
#define KEY_LINE_P384                                                          \
    "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzOD"       \
    "QAAABhBD/XeXHnNT8BOnLb+9UeBGCDEF5OvxKZ3CojaRjOr4nKP6mk52plVkjB7LsR"       \
    "oQ/4nbOsMwWFZHRhm3amwMtgcq2pFayVecy8Frzm5dQcAc7yIVdZThz2oABOUQ1RTZ"       \
    "ZyyA=="
#define KEY_LINE_P521                                                          \
    "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1Mj"       \
    "EAAACFBAGcmp3am09cTMg++0/VOQSxNu8RrIO5jf+inIi3lAcRDJZjQAD9KqUlhAXd"       \
    "WdB9mgdzIC3Xpb3YhFIsT9M2AX9i8wGduhRJcvb4qT6adDUtR/68W5FhRvCfFxPQO4"       \
    "qiQb4SLZTsHmsu+E04iXrKoUW+FVlQBl31+Iilo1a7HrObQqQYqQ=="
#define KEY_LINE_RSA2048                                                       \
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC8Ib7ggMSvEurC2gXGKnmG48GWJv"       \
    "wdwYE0DKbhsJquQK/tcTO0p5+7e0Pm80HVX5j4dsuoLS2dxKINMcjcqs2yj6J6N7Eg"       \
    "940i2Cx97Ia5T/pS29o5e4x34krqcty/zzVlDMUkQZGBGuhaHt94EJ3Q2+TqlM11lF"       \
    "m1o6dhAW+6oydQwje/WnaLf0SgWzYP3uu9CNcv5N6OzCzbPRRxDpm0CCSjmmNoqEM+"       \
    "AxDW0noFdWB8jKi3GBDOyBQsod50JZP3J53xtkMyQzYGYwF8UbTUurCGlWBxw69unF"       \
    "py5/fUu4v4Uwds/3mSnf9SsuGIW9X5hxWsk4qrMRFvYivXm+8B"
#define KEY_LINE_RSA1024                                                       \
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDjP/xwU9pnsvp9FDOkUhGe3tuA1k"       \
    "qBIvyFDzZt32sOtydH8bTQMXN+70s1Yp8q8jbLA3yHJ707IYwqJBDDWQjhfeEO4m+C"       \
    "rq9s8LVaQhLXsf+GS2ZUVSDH4Sc52bAiD/M0eo1IDhSDNRa9vtojeTTlBDEU/d6GjB"       \
    "0GA4nS4viIYQ=="
#define KEY_LINE_DSA                                                           \
    "ssh-dss AAAAB3NzaC1kc3MAAACBAP4J1/7Fr0wMBrh3Tsi0ZAI834Qoyx3tPd0iLH"       \
    "ut/Lyf4fNcb9x1rSCpvl70xOnEYs5MMshYBHk6AYAxsYkjjnt9t0cPQ18bkZsOiNUH"       \
    "is4+dQ+837304Qfg7Cn9u7wziV6V8MQr0NPnryvwkPAXudytw85m5Qw1EreCwmj6lz"       \
    "YFAAAAFQDT9V/m3QqSSiqupJD4GCbxHlIwSwAAAIBIYXXW6SW0afHYzwo2bz7bYGya"       \
    "DHNwZv9PCG39Ra95QEqXVSGUcQBrNhvA9+0/ASvRoiyvISP9jDbFD5ifzlfdQcnGPn"       \
    "bXIqmOkeXmhzDZKPOJQn5ZLbXFj4jCmbQW/vH/vYBonjYa7JWjdJA7KCWJU5FBWST/"       \
    "dc2oWlDElmo2swAAAIEA90+0aO6O4ZkNRwLBUNFbIbQsQn1kpq5ZxGAzcMHcfjfj1J"       \
    "s+HWTUhaSckoYsyZ/Gk61Ft5Wj3XDqR1ktYbhDQ2Zc3dG0hGpE06WJz2e+yuBC8hkn"       \
    "qsigXQkTYY3XjH0XVzPDbwn3WcOcJDwzoQ5gvbi6hBxBhDyqOgXrN1m0Z18="
/* clang-format on */
