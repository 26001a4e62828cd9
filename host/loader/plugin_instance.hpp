// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/behaviour/instance.hpp"
#include "host/behaviour/option_change.hpp"
#include "host/behaviour/services.hpp"
#include "host/loader/host_table.hpp"
#include "host/loader/manifest.hpp"
#include "host/loader/outcome_sinks.hpp"
#include "host/loader/suspects.hpp"

#include <baton/abi.h>

#include <memory>
#include <optional>
#include <utility>

namespace baton {

/// The functions that handlers and servers have in common, of either table; and who is told that they run.
struct InstanceFunctions {
  decltype(baton_handler::create) create;
  decltype(baton_handler::destroy) destroy;
  decltype(baton_handler::terminate) terminate;
  decltype(baton_handler::save) save;
  decltype(baton_handler::format_status) format_status;
  decltype(baton_handler::change_options) change_options;
  Suspect* suspect;  // null: nobody

  template <class Table>
  explicit InstanceFunctions(const Table& table, Suspect* the_suspect)
      : create(table.create),
        destroy(table.destroy),
        terminate(table.terminate),
        save(table.save),
        format_status(table.format_status),
        change_options(table.change_options),
        suspect(the_suspect) {}
};

/// What keeps the code of a plugin in memory: its Library; null when it is linked into the program.
using CodeOwner = std::shared_ptr<const void>;

/// One instance of a plugin, with what it needs to live: its library and its table of host functions.
/// They go in this order: the instance, the table, the library. Threads: those of the instance.
class PluginInstance {
 public:
  /// Calls create(). Errors: init_failed, state_refused, bad_options; then nothing is left behind. Servers
  /// may also be `ignored`.
  static Result<std::unique_ptr<PluginInstance>> create(CodeOwner code, const InstanceFunctions& functions,
                                                        const TypeInfo& type, const InstanceInit& init,
                                                        Services& services);

  PluginInstance(const PluginInstance&) = delete;
  PluginInstance& operator=(const PluginInstance&) = delete;
  ~PluginInstance();

  [[nodiscard]] baton_instance* raw() const { return raw_; }

  [[nodiscard]] Suspect* suspect() const { return functions_.suspect; }

  /// Of the callback that runs now or ran last.
  [[nodiscard]] CallbackOutcome& outcome() { return outcome_; }

  /// Errors: crashed, bad_return.
  Result<void> format_status(StatusPurpose purpose, StatusView& view) const;

  /// Without its `then`, for which handlers and servers have rules of their own.
  [[nodiscard]] OptionsOutcome change_options(const Options& options);

  /// Errors: crashed, bad_return.
  Result<Reply> terminate(const TerminateReason& why);

  /// Errors: crashed, bad_return (also when the state is larger than a sink).
  Result<std::optional<State>> save();

 private:
  PluginInstance(CodeOwner code, const InstanceFunctions& functions, const TypeInfo& type,
                 Services& services);

  std::optional<Error> run_create(const InstanceInit& init);

  const CodeOwner code_;  // first, so that it is released last
  const InstanceFunctions functions_;
  const std::uint32_t state_writes_;
  HostTable host_;
  CallbackOutcome outcome_;
  baton_instance* raw_ = nullptr;  // nothing until create() has succeeded
};

}  // namespace baton
