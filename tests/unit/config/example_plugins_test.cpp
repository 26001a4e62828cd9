// SPDX-License-Identifier: Apache-2.0
#include "host/config/config_reader.hpp"
#include "host/config/plugin_check.hpp"
#include "host/loader/plugin_file.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace baton;

namespace {

/// The offers of this tree's own plugins. None of their code runs.
Result<Offer> own_offer(OfferKind kind, std::string_view type) {
  for (const char* file : {PLUGIN_logger, PLUGIN_persistence, PLUGIN_simple_queue}) {
    const CatalogEntry entry = judge_plugin_file(file).entry;
    const Offer* const offer = entry.manifest ? entry.manifest->find(kind, type) : nullptr;
    if (offer != nullptr) {
      return *offer;
    }
  }
  return fail(Errc::plugin_not_found, "no plugin offers " + std::string(type));
}

}  // namespace

TEST_CASE("the example configs suit the plugins of this tree", "[config]") {
  const auto name = GENERATE(as<std::string>{}, "baton", "minimal", "production", "tree");
  const ReadConfig read = read_config(std::string(BATON_SOURCE_DIR) + "/config/" + name + ".yaml");
  REQUIRE(read.is_valid());

  const std::vector<Diagnostic> diagnostics = check_against_plugins(read.config, own_offer);

  CAPTURE(render_diagnostics(diagnostics, name, read.source));
  CHECK(diagnostics.empty());
}

TEST_CASE("an option that a plugin of this tree does not take is reported where it is written", "[config]") {
  const ReadConfig read = parse_config(
      "managers: {m: {handlers: [{type: LoggerHandler, options: {max_mesages: 1, print: maybe}}]}}\n",
      "/etc/baton/baton.yaml");
  REQUIRE(read.is_valid());

  const std::vector<Diagnostic> diagnostics = check_against_plugins(read.config, own_offer);

  REQUIRE(diagnostics.size() == 2);
  CHECK(diagnostics[0].place.column == 59);
  CHECK(diagnostics[0].help == "did you mean \"max_messages\"?");
  CHECK(diagnostics[1].place.column == 82);
}
