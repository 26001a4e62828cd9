// SPDX-License-Identifier: Apache-2.0
#include "host/config/plan_changes.hpp"

#include "host/base/duration_text.hpp"
#include "host/base/log.hpp"
#include "host/config/plan.hpp"
#include "host/config/value_reader.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <iterator>
#include <string_view>

namespace baton {
namespace {

std::string text_of(const std::string& text) {
  return text.empty() ? "\"\"" : text;
}

std::string text_of(bool flag) {
  return flag ? "true" : "false";
}

std::string text_of(std::uint64_t number) {
  return std::to_string(number);
}

std::string text_of(std::uint32_t number) {
  return std::to_string(number);
}

std::string text_of(Duration duration) {
  return duration_text(duration);
}

std::string text_of(const std::filesystem::path& path) {
  return path.empty() ? "default" : path.string();
}

std::string text_of(LogLevel level) {
  return std::string(log_level_name(level));
}

std::string text_of(Restart restart) {
  return std::string(restart_name(restart));
}

std::string text_of(Overflow overflow) {
  switch (overflow) {
    case Overflow::block:
      return "block";
    case Overflow::reject:
      return "reject";
    case Overflow::drop_newest:
      return "drop_newest";
    case Overflow::drop_oldest:
      break;
  }
  return "drop_oldest";
}

std::string text_of(DispatchOrder order) {
  return order == DispatchOrder::oldest_first ? "oldest_first" : "newest_first";
}

std::string text_of(Strategy strategy) {
  switch (strategy) {
    case Strategy::one_for_one:
      return "one_for_one";
    case Strategy::one_for_all:
      return "one_for_all";
    case Strategy::rest_for_one:
      return "rest_for_one";
    case Strategy::simple_one_for_one:
      break;
  }
  return "simple_one_for_one";
}

std::string text_of(AutoShutdown auto_shutdown) {
  switch (auto_shutdown) {
    case AutoShutdown::never:
      return "never";
    case AutoShutdown::any_significant:
      return "any_significant";
    case AutoShutdown::all_significant:
      break;
  }
  return "all_significant";
}

std::string text_of(const std::optional<Backoff>& backoff) {
  return backoff ? fmt::format("{{initial: {}, max: {}, factor: {}, jitter: {}}}",
                               duration_text(backoff->initial), duration_text(backoff->max), backoff->factor,
                               backoff->jitter_percent)
                 : "none";
}

std::string text_of(const Backoff& backoff) {
  return text_of(std::optional(backoff));
}

std::string text_of(const std::optional<OnNew>& on_new) {
  return !on_new ? "as the directory says" : *on_new == OnNew::swap ? "swap" : "announce";
}

std::string text_of(const WatchPolicy& watch) {
  if (watch.window == Duration::zero()) {
    return "none";
  }
  std::string text = fmt::format("{{window: {}", duration_text(watch.window));
  if (watch.max_errors) {
    text += fmt::format(", max_errors: {}", *watch.max_errors);
  }
  if (watch.max_error_rate) {
    text += fmt::format(", max_error_rate: {}", *watch.max_error_rate);
  }
  if (watch.p99_factor) {
    text += fmt::format(", p99_factor: {}", *watch.p99_factor);
  }
  const std::string_view redo = watch.redo == Redo::none     ? "none"
                                : watch.redo == Redo::failed ? "failed"
                                                             : "all";
  return text +
         fmt::format(", back: {}, redo: {}}}", watch.back == WayBack::converted ? "converted" : "kept", redo);
}

std::string text_of(const std::optional<Duration>& shutdown) {
  return shutdown ? shutdown_name(*shutdown) : "default";
}

std::string text_of(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::string> texts;
  std::transform(paths.begin(), paths.end(), std::back_inserter(texts),
                 [](const auto& path) { return path.string(); });
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

std::string text_of(const Option& option) {
  switch (option.type) {
    case OptionType::boolean:
      return option.integer != 0 ? "true" : "false";
    case OptionType::integer:
      return std::to_string(option.integer);
    case OptionType::number:
      return fmt::format("{}", option.number);
    case OptionType::list:
      return fmt::format("[{}]", fmt::join(option.items, ", "));
    case OptionType::duration:
      return duration_text(Duration(option.integer));
    case OptionType::size:
      return format_size(static_cast<std::uint64_t>(option.integer));
    case OptionType::text:
    case OptionType::path:
      break;
  }
  return text_of(option.text);
}

/// Notes the change of one value by its text: what reads the same is the same.
template <class T>
void compare(Changes& changes, std::string_view name, const T& from, const T& to) {
  std::string before = text_of(from);
  std::string after = text_of(to);
  if (before != after) {
    changes.push_back(fmt::format("{} {} -> {}", name, before, after));
  }
}

}  // namespace

Changes changes_of(const Options& from, const Options& to) {
  Changes changes;
  for (const Option& option : to) {
    const auto before = std::ranges::find(from, option.name, &Option::name);
    if (before == from.end()) {
      changes.push_back(fmt::format("{} {}", option.name, text_of(option)));
    } else {
      compare(changes, option.name, *before, option);
    }
  }
  for (const Option& option : from) {
    if (std::ranges::find(to, option.name, &Option::name) == to.end()) {
      changes.push_back(fmt::format("{} {} -> none", option.name, text_of(option)));
    }
  }
  return changes;
}

Changes changes_of(const HandlerRules& from, const HandlerRules& to) {
  Changes changes;
  compare(changes, "on_crash", std::string(on_crash_name(from.crash_policy.on_crash)),
          std::string(on_crash_name(to.crash_policy.on_crash)));
  compare(changes, "max_restarts", from.crash_policy.max_restarts, to.crash_policy.max_restarts);
  compare(changes, "within", from.crash_policy.within, to.crash_policy.within);
  compare(changes, "backoff", from.crash_policy.backoff, to.crash_policy.backoff);
  compare(changes, "save_every", from.crash_policy.save_every, to.crash_policy.save_every);
  compare(changes, "on_new", from.on_new, to.on_new);
  compare(changes, "canary", std::uint64_t{from.canary}, std::uint64_t{to.canary});
  compare(changes, "watch", from.watch, to.watch);
  return changes;
}

Changes changes_of(const ProcessOptions& from, const ProcessOptions& to) {
  Changes changes;
  compare(changes, "capacity", std::uint64_t{from.mailbox.capacity}, std::uint64_t{to.mailbox.capacity});
  if (from.mailbox.capacity_bytes != to.mailbox.capacity_bytes) {
    changes.push_back(fmt::format("capacity_bytes {} -> {}", format_size(from.mailbox.capacity_bytes),
                                  format_size(to.mailbox.capacity_bytes)));
  }
  compare(changes, "overflow", from.mailbox.overflow, to.mailbox.overflow);
  compare(changes, "block_timeout", from.block_timeout, to.block_timeout);
  compare(changes, "batch", std::uint64_t{from.batch_max}, std::uint64_t{to.batch_max});
  compare(changes, "hibernate_after", from.hibernate_after, to.hibernate_after);
  return changes;
}

Changes changes_of(const ManagerShape& from, const ManagerShape& to) {
  // Its handlers have steps of their own.
  Changes changes = changes_of(from.options.process, to.options.process);
  const RecordLimits& old_record = from.options.record;
  const RecordLimits& record = to.options.record;
  compare(changes, "record", std::uint64_t{old_record.events}, std::uint64_t{record.events});
  if (old_record.bytes != record.bytes) {
    changes.push_back(
        fmt::format("record_bytes {} -> {}", format_size(old_record.bytes), format_size(record.bytes)));
  }
  return changes;
}

Changes changes_of(const ServerShape& from, const ServerShape& to) {
  Changes changes = changes_of(from.options, to.options);
  compare(changes, "on_new", from.rules.on_new, to.rules.on_new);
  compare(changes, "canary", std::uint64_t{from.rules.canary}, std::uint64_t{to.rules.canary});
  compare(changes, "watch", from.rules.watch, to.rules.watch);
  return changes;
}

Changes fixed_changes_of(const ProcessOptions& from, const ProcessOptions& to) {
  Changes changes;
  compare(changes, "thread", std::string(from.own_thread ? "own" : "shared"),
          std::string(to.own_thread ? "own" : "shared"));
  return changes;
}

Changes fixed_changes_of(const EventManagerOptions& from, const EventManagerOptions& to) {
  Changes changes = fixed_changes_of(from.process, to.process);
  compare(changes, "order", from.order, to.order);
  return changes;
}

Changes changes_of(const SupervisorOptions& from, const SupervisorOptions& to) {
  Changes changes;
  compare(changes, "strategy", from.strategy, to.strategy);
  compare(changes, "max_restarts", from.max_restarts, to.max_restarts);
  compare(changes, "within", from.within, to.within);
  compare(changes, "auto_shutdown", from.auto_shutdown, to.auto_shutdown);
  compare(changes, "backoff", from.backoff, to.backoff);
  return changes;
}

Changes changes_of(const std::string& name, const ChildConfig& from, const ChildConfig& to) {
  Changes changes;
  compare(changes, name + ".restart", from.restart, to.restart);
  compare(changes, name + ".shutdown", from.shutdown, to.shutdown);
  compare(changes, name + ".significant", from.significant, to.significant);
  return changes;
}

Changes changes_of(const HostSettings& from, const HostSettings& to) {
  Changes changes;
  compare(changes, "host.name", from.name, to.name);
  compare(changes, "host.workers", std::uint64_t{from.workers}, std::uint64_t{to.workers});
  compare(changes, "host.socket", from.socket, to.socket);
  compare(changes, "host.runtime_dir", from.runtime_dir, to.runtime_dir);
  compare(changes, "host.log_level", from.log_level, to.log_level);
  compare(changes, "host.watch_config", from.watch_config, to.watch_config);
  return changes;
}

Changes changes_of(const PluginSettings& from, const PluginSettings& to) {
  Changes changes;
  compare(changes, "plugins.directories", from.directories, to.directories);
  compare(changes, "plugins.trial", from.trial, to.trial);
  compare(changes, "plugins.watch", from.watch, to.watch);
  compare(changes, "plugins.directories.on_new: swap", from.swapping, to.swapping);
  return changes;
}

std::string joined(const Changes& changes) {
  return fmt::format("{}", fmt::join(changes, ", "));
}

std::string describe_changes(const Options& from, const Options& to) {
  return joined(changes_of(from, to));
}

}  // namespace baton
