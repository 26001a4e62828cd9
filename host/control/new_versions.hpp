// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/config/host_config.hpp"
#include "host/control/verbs.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace baton {

/// What is done when the newest version of something that runs is not the one that runs.
struct NewVersionRules {
  std::vector<std::filesystem::path> swapping;  // directories whose new files are swapped in
  std::map<std::string, OnNew> targets;         // handlers and servers with a rule of their own
};

/// Compares what runs with what the plugin directories offer, and announces a newer version or swaps it in,
/// each version for each handler or server once. A swap has the checks of the verb `swap`; when it fails, the
/// old one goes on, and that version is not tried again. What runs from a file that was named by hand is left
/// alone. Owned by Host. One thread; waits as long as swaps do, a minute at most for each.
/// Log records: newer_version, swapped_in, swap_in_failed; verb.
class NewVersions {
 public:
  /// `verbs` outlives it; `rules` is asked at each look, since an apply may change them.
  NewVersions(Verbs& verbs, std::function<NewVersionRules()> rules)
      : verbs_(verbs), rules_(std::move(rules)) {}

  /// Looks once, also for new files.
  void look();

 private:
  /// A handler or server that runs.
  struct Running {
    std::string target;
    OfferKind kind;
    std::string type;
    std::string version;
  };

  std::vector<Running> running_of(const HostStatus& status);
  void consider(const Running& running, const CatalogEntry& newest, const NewVersionRules& rules);
  void swap_in(const Running& running, const CatalogEntry& newest);

  Verbs& verbs_;
  const std::function<NewVersionRules()> rules_;
  std::set<std::pair<std::string, std::string>> done_;  // target and content
  std::vector<std::string> seen_;                       // the contents of the last look
  bool is_incomplete_ = false;                          // the last look could not see or do all
};

}  // namespace baton
