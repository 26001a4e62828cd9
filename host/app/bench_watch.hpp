// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/control/client.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace baton {

/// One instance of a handler while a `bench` ran.
struct InstanceTally {
  std::uint64_t instance = 0;
  std::string version;
  std::uint64_t handled = 0;             // since the bench began
  std::optional<std::int64_t> ended_us;  // absent: it is still there
  bool was_swapped = false;
};

/// What was installed under one id.
struct HandlerTally {
  std::string id;
  std::vector<InstanceTally> instances;  // in the order of their lives
  bool was_there_first = false;          // before the first event
  bool is_there = false;                 // after the last one

  [[nodiscard]] std::uint64_t sum() const;

  /// It had every event since the bench began, or should have had.
  [[nodiscard]] bool is_whole() const { return was_there_first && is_there; }
};

/// The counts of a manager's mailbox since the bench began.
struct MailboxTally {
  std::uint64_t accepted = 0;
  std::uint64_t dropped = 0;
};

/// Looks at a manager again and again, so that no instance's counts are missed when handlers are swapped.
class BenchWatch {
 public:
  /// `client` outlives it.
  BenchWatch(Client& client, std::string manager) : client_(client), manager_(std::move(manager)) {}

  /// The first look: what was counted so far is not the bench's. Errors: not_found, those of the client.
  Result<void> begin();
  /// Another one. A manager that is too busy to tell is left alone until the next. Errors: as begin().
  Result<void> look();

  [[nodiscard]] std::vector<HandlerTally> handlers() const;

  [[nodiscard]] MailboxTally mailbox() const { return mailbox_; }

  /// False: instances may have come and gone between two looks, more than a manager remembers.
  [[nodiscard]] bool is_complete() const { return is_complete_; }

 private:
  struct Seen {
    InstanceTally tally;
    std::uint64_t before = 0;  // events before the bench
    bool is_old = false;       // it ended before the bench
    bool was_there_first = false;
  };

  Result<bool> read(bool is_first);
  void note(const std::string& id, const InstanceTally& now, bool is_first);

  Client& client_;
  const std::string manager_;
  std::map<std::pair<std::string, std::uint64_t>, Seen> seen_;  // by id and instance
  std::optional<MailboxTally> before_;
  MailboxTally mailbox_;
  bool is_complete_ = true;
};

}  // namespace baton
