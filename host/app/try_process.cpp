// SPDX-License-Identifier: Apache-2.0
#include "host/app/try_process.hpp"

#include "host/app/probe_documents.hpp"
#include "host/app/temporary_folder.hpp"
#include "host/app/try_child.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <utility>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;
using Effects = std::vector<std::string>;

Json error_answer(Errc code, const std::string& text) {
  return {{"error", {{"code", errc_name(code)}, {"text", text}}}};
}

/// Takes the documents of the process in, one by one.
class Listener {
 public:
  explicit Listener(Tried& tried) : tried_(tried) {}

  void take_in(std::string_view report) {
    hear_documents(report, [this](const Json& line) { take_line(line); });
  }

  /// It was through, or has said why not.
  [[nodiscard]] bool is_done() const { return is_done_; }

  /// It was not: its process has ended in the middle of something.
  void place(const ProbeEnd& end) {
    tried_.error = end.text();
    if (!tried_.events.empty() && tried_.events.back().verdict.empty()) {
      tried_.events.back().verdict = "ended the process";
      tried_.events.back().reason = tried_.error;
    } else if (is_in_call_) {
      tried_.calls.back().answer = error_answer(end.is_late ? Errc::timed_out : Errc::crashed, tried_.error);
    }
  }

 private:
  void take_line(const Json& line) {
    if (line.contains("made")) {
      tried_.type = line["made"].value("type", "");
      tried_.version = line["made"].value("version", "");
      tried_.create_effects = line.value("effects", Effects());
    } else if (line.contains("error")) {
      tried_.error = line.value("error", "");
      is_done_ = true;
    } else if (line.contains("event")) {
      tried_.events.push_back({"", "", 0, {}});
    } else if (line.contains("verdict") && !tried_.events.empty()) {
      tried_.events.back() = {line.value("verdict", ""), line.value("reason", ""), line.value("us", 0.0),
                              line.value("effects", Effects())};
    } else if (line.contains("call")) {
      tried_.calls.push_back({});
      is_in_call_ = true;
    } else if (line.contains("late")) {
      take_late(line);
    } else if (line.contains("answer") && !tried_.calls.empty()) {
      tried_.calls.back() = {line["answer"], line.value("effects", Effects())};
      is_in_call_ = false;
    } else if (line.contains("not_saved")) {
      tried_.not_saved = line.value("not_saved", "");
    } else if (line.contains("state_bytes")) {
      tried_.state_bytes = line.value("state_bytes", std::size_t{0});
      tried_.state = line.value("state", Json());
    }
    is_done_ = is_done_ || line.contains("done");
  }

  void take_late(const Json& line) {
    const auto index = line.value("late", std::uint64_t{0});
    if (index < tried_.calls.size() && tried_.calls[index].answer.is_null()) {
      tried_.calls[index].answer = line["answer"];
    }
  }

  Tried& tried_;
  bool is_done_ = false;
  bool is_in_call_ = false;
};

/// Says of each call that has no answer why.
void answer_the_rest(std::size_t count, Tried& tried) {
  for (TriedCall& call : tried.calls) {
    if (call.answer.is_null()) {
      call.answer =
          error_answer(Errc::timed_out, "it has not answered: nothing that came later made it reply");
    }
  }
  while (tried.calls.size() < count) {
    tried.calls.push_back({error_answer(Errc::process_ended, "not asked: it had ended before"), {}});
  }
}

}  // namespace

std::size_t Tried::count(std::string_view verdict) const {
  return static_cast<std::size_t>(std::count_if(
      events.begin(), events.end(), [verdict](const auto& event) { return event.verdict == verdict; }));
}

Tried try_in_process(const std::filesystem::path& library, const Offer& offer, Json input, Duration limit) {
  Tried tried;
  const TemporaryFolder folder;
  input["kind"] = offer_kind_name(offer.kind);
  input["name"] = offer.name;
  if (!folder.is_made()) {
    tried.error = "cannot make a temporary folder";
    return tried;
  }
  ProbeLimits limits;
  limits.time = limit;
  limits.hears_errors = false;
  const ProbeEnd end = run_documented(try_child_verb, library, input, folder.path(), limits);
  if (end.start_error != 0) {
    tried.error = fmt::format("no process can be started: {}", std::strerror(end.start_error));
    return tried;
  }
  Listener listener(tried);
  listener.take_in(end.report);
  if (!listener.is_done()) {
    listener.place(end);
  }
  if (!tried.type.empty()) {
    answer_the_rest(input.at("calls").size(), tried);
  }
  return tried;
}

}  // namespace baton
