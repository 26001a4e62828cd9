// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace baton {

/// Spells results as Elixir's IEx does, for people who come from there and for comparing with the BEAM.
/// One per session: process names become #PID<1>, #PID<2>, … by first appearance. One thread.
class ElixirTerms {
 public:
  /// A reply: JSON becomes the term it means (`null` is `nil`), any other text a string.
  [[nodiscard]] std::string reply(std::string_view data, std::string_view content_type) const;

  /// `{:ok, #PID<n>}` of a process that was started; `instance` is "name#number".
  [[nodiscard]] std::string started(const std::string& instance);

  /// `[PersistenceHandler, LoggerHandler]`
  [[nodiscard]] std::string names(const std::vector<std::string>& names) const;

  /// `[1, 2, nil]` of terms that are spelled already.
  [[nodiscard]] static std::string list(const std::vector<std::string>& terms);

  /// `{:error, :not_found}`; of already_started, whose text ends in "name#number", with the pid.
  [[nodiscard]] std::string error(const Error& error);

 private:
  [[nodiscard]] std::string pid(const std::string& instance);

  std::map<std::string, std::size_t, std::less<>> pids_;
};

}  // namespace baton
