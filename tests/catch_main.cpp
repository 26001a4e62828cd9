// SPDX-License-Identifier: Apache-2.0
// The only file that compiles Catch2's own main: it takes ten seconds.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
