// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/config/config_lines.hpp"

#include <catch2/catch.hpp>

using namespace baton;

namespace {

std::string handler(const std::string& keys) {
  return "managers: {log: {handlers: [{type: T" + keys + "}]}}";
}

CrashPolicy policy_of(const std::string& keys) {
  const ReadConfig read = parse_config(handler(keys), "/etc/baton/baton.yaml");
  REQUIRE(lines_of(read.diagnostics) == Lines{});
  return read.config.managers.at(0).handlers.at(0).crash_policy;
}

}  // namespace

TEST_CASE("a handler is removed when it crashes, unless the file says otherwise", "[config][crash]") {
  CHECK(policy_of("") == CrashPolicy{});
  CHECK(policy_of(", on_crash: remove") == CrashPolicy{});
  CHECK(policy_of("").on_crash == OnCrash::remove);
}

TEST_CASE("every key of a policy is read", "[config][crash]") {
  const CrashPolicy policy = policy_of(
      ", on_crash: restart_with_state, max_restarts: 7, within: 2m, save_every: 250ms, "
      "backoff: {initial: 200ms, max: 10s, factor: 3, jitter: 20}");
  CHECK(policy.on_crash == OnCrash::restart_with_state);
  CHECK(policy.max_restarts == 7);
  CHECK(policy.within == Duration(120'000));
  CHECK(policy.save_every == Duration(250));
  CHECK(policy.backoff == Backoff{Duration(200), Duration(10'000), 3, 20, {}});
  CHECK(policy_of(", on_crash: restart, backoff: {max: 1s}").backoff.max == Duration(1000));
  CHECK(policy_of(", on_crash: quarantine").on_crash == OnCrash::quarantine);
}

TEST_CASE("a policy that is none is an error with its place", "[config][crash]") {
  CHECK(problems_of(handler(", on_crash: retry")) ==
        Lines{"1:49+5 `on_crash` is `retry`, expected one of: remove, restart, restart_with_state, "
              "quarantine"});
  CHECK(problems_of(handler(", on_crash: restart, backoff: {initial: 2s, max: 1s}")) ==
        Lines{"1:67+1 `initial` is 2s, which is more than `max`, 1s"});
  CHECK(problems_of(handler(", on_crush: restart")) == Lines{"1:39+8 unknown key `on_crush`"});
}

TEST_CASE("a key that has no effect with the policy is told", "[config][crash]") {
  CHECK(problems_of(handler(", max_restarts: 3")) ==
        Lines{"1:39+12 `max_restarts` has no effect with `on_crash: remove`"});
  CHECK(problems_of(handler(", on_crash: quarantine, within: 1m, backoff: {}")) ==
        Lines{"1:61+6 `within` has no effect with `on_crash: quarantine`",
              "1:73+7 `backoff` has no effect with `on_crash: quarantine`"});
  CHECK(problems_of(handler(", on_crash: restart, save_every: 1s")) ==
        Lines{"1:58+10 `save_every` has no effect with `on_crash: restart`"});
  const ReadConfig read = parse_config(handler(", within: 1m"), "/etc/baton/baton.yaml");
  CHECK(read.is_valid());
  CHECK(read.diagnostics.at(0).help == "it is for `restart` or `restart_with_state`");
}
