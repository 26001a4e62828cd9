// SPDX-License-Identifier: Apache-2.0
#include "host/app/try_child.hpp"

#include "host/app/given_call.hpp"
#include "host/app/given_event.hpp"
#include "host/app/probe_documents.hpp"
#include "host/app/trial_loader.hpp"
#include "host/app/trial_subject.hpp"
#include "host/control/deployment.hpp"
#include "host/control/document_bytes.hpp"
#include "host/control/event_documents.hpp"
#include "host/control/state_documents.hpp"
#include "host/runtime/atoms.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <utility>
#include <vector>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

int fail_with(const std::string& text) {
  tell_document({{"error", text}});
  return 1;
}

std::string verdict_of(const Fed& fed) {
  if (!fed.failure.empty()) {
    return "failed";
  }
  if (!fed.leaves.empty()) {
    return fed.leaves;
  }
  return fed.refused > 0 ? "refused" : "handled";
}

/// Why it does not go on after that; empty: it does.
std::string end_of(const std::string& leaves, const std::string& failure) {
  return failure.empty() && !leaves.empty() ? "it " + leaves : failure;
}

/// What is done with one instance, step by step.
class TryRun {
 public:
  /// Both outlive it.
  TryRun(Subject& subject, const Offer& offer, AtomTable& atoms)
      : subject_(subject), offer_(offer), atoms_(atoms) {}

  /// The events of the file. Errors: bad_request.
  Result<void> give_events(const std::filesystem::path& file) {
    std::ifstream lines(file, std::ios::binary);
    std::uint64_t seq = 0;
    std::size_t index = 0;
    for (std::string line; goes_on() && std::getline(lines, line); ++index) {
      auto described = read_event(line);
      if (!described) {
        return fail(Errc::bad_request, fmt::format("event {}: {}", index, described.error().text));
      }
      const GivenEvent event(std::move(*described), seq, subject_.services().now_us(), atoms_);
      seq = event.message().seq;
      tell_document({{"event", index}});
      const auto begin = std::chrono::steady_clock::now();
      const Fed fed = subject_.give({&event.message(), 1});
      const std::chrono::duration<double, std::micro> took = std::chrono::steady_clock::now() - begin;
      tell_document({{"verdict", verdict_of(fed)},
                     {"reason", fed.failure.empty() ? fed.refusal : fed.failure},
                     {"us", took.count()},
                     {"effects", subject_.services().take_effects()}});
      end_ = end_of(fed.leaves, fed.failure);
    }
    return {};
  }

  void give_calls(const std::vector<std::string>& calls) {
    for (std::size_t i = 0; goes_on() && i < calls.size(); ++i) {
      const GivenCall given = read_call(calls[i]);
      tell_document({{"call", i}});
      const SubjectAnswer answer = subject_.call(text_message(given.request, given.data, atoms_));
      tell_document(
          {{"answer", answer_document(given, answer)}, {"effects", subject_.services().take_effects()}});
      end_ = end_of(answer.leaves, answer.failure);
      tell_late_replies();
    }
  }

  /// What it would hand over now.
  void tell_state(bool is_wanted) {
    if (!goes_on()) {
      return tell_not_saved(end_);
    }
    const auto state = subject_.save();
    if (!state) {
      return tell_not_saved(state.error().text + (subject_.gives_parts()
                                                      ? "; a running host takes it in parts, a file cannot"
                                                      : ""));
    }
    if (!*state) {
      return tell_not_saved(fmt::format("{} has no state to hand over", offer_.name));
    }
    Json document = {{"state_version", (*state)->version}, {"state_bytes", (*state)->data.size()}};
    if (is_wanted) {
      if (const std::size_t bytes = subject_.services().memories().bytes(); bytes > 0) {
        tell_not_saved(
            fmt::format("with its state goes memory of the host, {} bytes: a running host hands "
                        "it over, a file cannot",
                        bytes));
      } else {
        document["state"] = state_document(offer_.name, **state);
      }
    }
    tell_document(document);
  }

 private:
  [[nodiscard]] bool goes_on() const { return end_.empty(); }

  static void tell_not_saved(const std::string& why) { tell_document({{"not_saved", why}}); }

  [[nodiscard]] Json reply_document(const Reply& reply) const {
    Json document = Json::object();
    put_bytes(document, "reply", reply.data);
    document["content_type"] = atoms_.text(reply.content_type);
    return document;
  }

  static Json error_document(Errc code, const std::string& text) {
    return {{"error", {{"code", errc_name(code)}, {"text", text}}}};
  }

  /// As a caller in a host would have it. Null: it may answer later.
  [[nodiscard]] Json answer_document(const GivenCall& given, const SubjectAnswer& answer) const {
    if (answer.reply) {
      return reply_document(*answer.reply);
    }
    if (!answer.failure.empty()) {
      return error_document(Errc::crashed, answer.failure);
    }
    if (answer.is_unknown) {
      return error_document(Errc::unknown_request,
                            fmt::format("{} does not know the request `{}`", offer_.name, given.request));
    }
    if (!answer.refusal.empty()) {
      return error_document(Errc::refused, answer.refusal);
    }
    return answer.leaves.empty() ? Json()
                                 : error_document(Errc::process_ended, end_of(answer.leaves, answer.failure));
  }

  /// Callers are counted from 1 on, calls from 0.
  void tell_late_replies() {
    for (const auto& [from, reply] : subject_.services().take_replies()) {
      tell_document({{"late", from - 1}, {"answer", reply_document(reply)}});
    }
  }

  Subject& subject_;
  const Offer& offer_;
  AtomTable& atoms_;
  std::string end_;  // as end_of has it
};

int try_out(const std::filesystem::path& library, const Json& input, const std::filesystem::path& folder) {
  auto loader = TrialLoader::open(library, folder / "libraries");
  if (!loader) {
    return fail_with(loader.error().text);
  }
  const Offer& offer = offer_named(loader->manifest(), input);
  const auto options = checked_options(offer, given_options(input), input.at("directory").get<std::string>());
  if (!options) {
    return fail_with(options.error().text);
  }
  std::optional<State> state;
  if (input.contains("state")) {
    auto described = described_state(input["state"]);
    if (!described) {
      return fail_with(described.error().text);
    }
    state = std::move(described->state);
  }
  const SystemClock clock;
  AtomTable atoms;
  auto loaded = loader->load();
  if (!loaded) {
    return fail_with(loaded.error().text);
  }
  const SubjectMaker maker(std::move(*loaded), offer, atoms, clock);
  auto subject = maker.make(*options, std::move(state));
  if (!subject) {
    return fail_with(subject.error().text);
  }
  tell_document({{"made", {{"type", offer.name}, {"version", loader->manifest().version}}},
                 {"effects", (*subject)->services().take_effects()}});
  TryRun run(**subject, offer, atoms);
  if (input.contains("events")) {
    if (const auto given = run.give_events(input["events"].get<std::string>()); !given) {
      return fail_with(given.error().text);
    }
  }
  run.give_calls(input.at("calls").get<std::vector<std::string>>());
  run.tell_state(input.at("saves").get<bool>());
  (void)(*subject)->terminate({TerminateReason::Kind::stop, "tried"});
  tell_document({{"done", true}});
  return 0;
}

}  // namespace

int run_try_child(const std::filesystem::path& library, const std::filesystem::path& input,
                  const std::filesystem::path& folder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const rlimit no_core{0, 0};
  ::setrlimit(RLIMIT_CORE, &no_core);
  try {
    std::ifstream stream(input);
    return try_out(library, Json::parse(stream), folder);
  } catch (const Json::exception& error) {
    return fail_with(error.what());
  }
}

}  // namespace baton
