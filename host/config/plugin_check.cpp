// SPDX-License-Identifier: Apache-2.0
#include "host/config/plugin_check.hpp"

#include "host/config/source_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <span>
#include <string>
#include <tuple>
#include <utility>

namespace baton {
namespace {

Diagnostic error_at(Place place, std::string message, std::string help = {}) {
  return {Diagnostic::Severity::error, place, std::move(message), std::move(help)};
}

/// Texts of the loader put their advice behind the first semicolon outside quotes: it becomes the help.
Diagnostic error_with_advice(Place place, const std::string& text) {
  bool is_in_quotes = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      is_in_quotes = !is_in_quotes;
    } else if (!is_in_quotes && std::string_view(text).substr(i).starts_with("; ")) {
      return error_at(place, text.substr(0, i), text.substr(i + 2));
    }
  }
  return error_at(place, text);
}

void sort_by_place(std::vector<Diagnostic>& diagnostics) {
  std::ranges::stable_sort(diagnostics, {}, [](const Diagnostic& diagnostic) {
    return std::tuple(diagnostic.place.line, diagnostic.place.column);
  });
}

/// The name when the option is unknown, the value when it is wrong, the type when it is missing.
Place place_of_problem(const OptionProblem& problem, std::span<const ConfigOption> options, Place type_place,
                       const Offer& offer) {
  const auto written = std::ranges::find(options, problem.option, &ConfigOption::name);
  if (written == options.end()) {
    return type_place;
  }
  const bool is_known =
      std::ranges::find(offer.options, problem.option, &OptionSpec::name) != offer.options.end();
  return is_known ? written->value_place : written->name_place;
}

tl::expected<Options, std::vector<Diagnostic>> complete(const std::vector<ConfigOption>& options,
                                                        Place type_place, const Offer& offer,
                                                        const std::filesystem::path& config_file) {
  auto completed = complete_options(offer, raw_options(options), config_file.parent_path());
  if (completed) {
    return std::move(*completed);
  }
  std::vector<Diagnostic> diagnostics;
  for (const OptionProblem& problem : completed.error()) {
    diagnostics.push_back(
        error_with_advice(place_of_problem(problem, options, type_place, offer), problem.text));
  }
  sort_by_place(diagnostics);
  return tl::make_unexpected(std::move(diagnostics));
}

/// One check of one config.
class PluginCheck {
 public:
  PluginCheck(const HostConfig& config, const OfferLookup& lookup) : config_(config), lookup_(lookup) {}

  std::vector<Diagnostic> run() {
    for (const ManagerConfig& manager : config_.managers) {
      for (const HandlerConfig& handler : manager.handlers) {
        check(OfferKind::handler, handler.type, handler.place, handler.has_bad_options,
              [&](const Offer& offer) { return complete_handler_options(handler, offer, config_.file); });
      }
    }
    for (const ServerConfig& server : config_.servers) {
      check(OfferKind::server, server.type, server.type_place, server.has_bad_options,
            [&](const Offer& offer) { return complete_server_options(server, offer, config_.file); });
    }
    sort_by_place(diagnostics_);
    return std::move(diagnostics_);
  }

 private:
  template <class Complete>
  void check(OfferKind kind, const std::string& type, Place place, bool has_bad_options,
             Complete complete_options_of) {
    if (type.empty()) {
      return;  // has been reported
    }
    const Result<Offer>& offer = look_up(kind, type);
    if (!offer) {
      diagnostics_.push_back(explain_missing(kind, type, place, offer.error()));
      return;
    }
    const auto options = complete_options_of(*offer);
    if (!options) {
      // One that was reported is not missing, too: what is missing is told at the type.
      std::ranges::copy_if(options.error(), std::back_inserter(diagnostics_),
                           [&](const Diagnostic& diagnostic) {
                             return !has_bad_options || diagnostic.place.line != place.line ||
                                    diagnostic.place.column != place.column;
                           });
    }
  }

  const Result<Offer>& look_up(OfferKind kind, const std::string& type) {
    const auto key = std::pair(kind, type);
    const auto known = offers_.find(key);
    return known != offers_.end() ? known->second : offers_.emplace(key, lookup_(kind, type)).first->second;
  }

  Diagnostic explain_missing(OfferKind kind, const std::string& type, Place place, const Error& error) {
    const OfferKind other = kind == OfferKind::handler ? OfferKind::server : OfferKind::handler;
    if (error.code == Errc::plugin_not_found && look_up(other, type)) {
      return error_at(place,
                      fmt::format("{} is a {}, expected a {}", in_backticks(type), offer_kind_name(other),
                                  offer_kind_name(kind)),
                      other == OfferKind::server ? "list it under `servers:`, with a name"
                                                 : "add it to the `handlers` of a manager");
    }
    Diagnostic diagnostic = error_with_advice(place, error.text);
    if (error.code == Errc::quarantined) {
      // As at a start of the host: it goes on without.
      diagnostic.severity = Diagnostic::Severity::warning;
      diagnostic.message = fmt::format("this {} is left out: {}", offer_kind_name(kind), diagnostic.message);
    }
    return diagnostic;
  }

  const HostConfig& config_;
  const OfferLookup& lookup_;
  std::map<std::pair<OfferKind, std::string>, Result<Offer>> offers_;
  std::vector<Diagnostic> diagnostics_;
};

}  // namespace

std::vector<RawOption> raw_options(const std::vector<ConfigOption>& options) {
  std::vector<RawOption> raw;
  std::ranges::transform(options, std::back_inserter(raw), [](const ConfigOption& option) {
    return RawOption{option.name, option.value};
  });
  return raw;
}

std::vector<Diagnostic> check_against_plugins(const HostConfig& config, const OfferLookup& lookup) {
  return PluginCheck(config, lookup).run();
}

std::vector<Diagnostic> all_diagnostics(const ReadConfig& read, const OfferLookup& lookup) {
  std::vector<Diagnostic> diagnostics = read.diagnostics;
  if (read.knows_plugins) {
    std::ranges::move(check_against_plugins(read.config, lookup), std::back_inserter(diagnostics));
    sort_by_place(diagnostics);
  }
  return diagnostics;
}

std::string unchecked_note(const ReadConfig& read) {
  return read.is_valid() || read.knows_plugins || read.source.empty()
             ? ""
             : "handlers and options are checked when these are fixed\n";
}

tl::expected<Options, std::vector<Diagnostic>> complete_handler_options(
    const HandlerConfig& handler, const Offer& offer, const std::filesystem::path& config_file) {
  return complete(handler.options, handler.place, offer, config_file);
}

tl::expected<Options, std::vector<Diagnostic>> complete_server_options(
    const ServerConfig& server, const Offer& offer, const std::filesystem::path& config_file) {
  return complete(server.options, server.type_place, offer, config_file);
}

}  // namespace baton
