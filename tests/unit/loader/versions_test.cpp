// SPDX-License-Identifier: Apache-2.0
#include "host/loader/manifest.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace baton;

TEST_CASE("versions are ordered as semver.org says", "[manifest]") {
  const std::vector<std::string> ascending = {
      "0.9",          "1.0.0-alpha",   "1.0.0-alpha.1", "1.0.0-alpha.beta",
      "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1",    "1.0.0",
      "1.0.1",        "1.2",           "1.10.0",        "2.0.0"};

  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      CAPTURE(ascending[i], ascending[j]);
      const int order = compare_versions(ascending[i], ascending[j]);
      CHECK((order < 0) == (i < j));
      CHECK((order > 0) == (i > j));
    }
  }
}

TEST_CASE("missing parts are zero, leading zeros and build numbers do not count", "[manifest]") {
  CHECK(compare_versions("1", "1.0.0") == 0);
  CHECK(compare_versions("1.02", "1.2") == 0);
  CHECK(compare_versions("1.0.0+abc", "1.0.0+def") == 0);
  CHECK(compare_versions("1.99999999999999999999", "1.100000000000000000000") < 0);
}
