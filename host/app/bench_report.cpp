// SPDX-License-Identifier: Apache-2.0
#include "host/app/bench_report.hpp"

#include "host/app/document_text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

namespace baton {
namespace {

using Json = nlohmann::ordered_json;

/// What one producer's numbers have shown. `seen` is null when none of its events arrived.
SequenceTally sequence_of(const ProducerTally& sent, const Json* seen) {
  if (seen == nullptr) {
    return {sent.numbered, 0, 0};
  }
  const auto last = seen->value("last", std::uint64_t{0});
  const std::uint64_t tail = sent.numbered > last ? sent.numbered - last : 0;
  return {seen->value("missing", std::uint64_t{0}) + tail, seen->value("duplicated", std::uint64_t{0}),
          seen->value("out_of_order", std::uint64_t{0})};
}

/// The end of an instance, as what a pause may be due to.
struct End {
  std::int64_t at_us = 0;
  std::string what;
};

std::vector<End> ends_of(const std::vector<HandlerTally>& handlers) {
  std::vector<End> ends;
  for (const HandlerTally& handler : handlers) {
    for (std::size_t i = 0; i < handler.instances.size(); ++i) {
      const InstanceTally& old = handler.instances[i];
      if (!old.ended_us) {
        continue;
      }
      const bool has_next = old.was_swapped && i + 1 < handler.instances.size();
      ends.push_back({*old.ended_us, has_next ? fmt::format("swap {} of {}, #{} -> #{}", i + 1, handler.id,
                                                            old.instance, handler.instances[i + 1].instance)
                                              : fmt::format("the end of {}#{}", handler.id, old.instance)});
    }
  }
  return ends;
}

/// What ended in the middle of a pause is what it was for.
LongestPause pause_of(const Json& document, const std::vector<End>& ends) {
  LongestPause pause{document.value("us", std::int64_t{0}), document.value("at_event", std::uint64_t{0}), {}};
  const auto from = document.value("from_us", std::int64_t{0});
  const auto to = document.value("to_us", std::int64_t{0});
  for (const End& end : ends) {
    if (end.at_us >= from && end.at_us <= to) {
      pause.during = end.what;
    }
  }
  return pause;
}

/// `pauses`: longest first.
void add_pauses(const Json& pauses, const std::vector<HandlerTally>& handlers, Verified& verified) {
  const std::vector<End> ends = ends_of(handlers);
  for (const Json& document : pauses) {
    LongestPause pause = pause_of(document, ends);
    if (!verified.swap_pause && !pause.during.empty()) {
      verified.swap_pause = pause;
    }
    if (!verified.pause) {
      verified.pause = std::move(pause);
    }
  }
}

std::string readable_us(std::uint64_t us) {
  return us < 1000 ? fmt::format("{} us", us) : fmt::format("{:.1f} ms", static_cast<double>(us) / 1000);
}

constexpr std::size_t instances_shown = 4;  // of each handler

std::string handlers_text(const BenchReport& report) {
  std::string text = report.handlers.empty() ? "handled by nobody" : "handled by";
  for (const HandlerTally& handler : report.handlers) {
    text += fmt::format("\n  {}/{}  sum {}", report.manager, handler.id, handler.sum());
    if (handler.instances.size() == 1) {
      continue;
    }
    std::size_t left = handler.instances.size();
    for (const InstanceTally& instance : handler.instances) {
      if (handler.instances.size() - left == instances_shown && left > 1) {
        text += fmt::format("\n    ... {} more instances", left - 1);
        left = 1;
      }
      if (left > 1 || &instance == &handler.instances.back()) {
        text += fmt::format("\n    #{} {}  {}", instance.instance, instance.version, instance.handled);
        left -= left > 1 ? 1U : 0U;
      }
    }
  }
  return text;
}

std::string pause_text(std::string_view what, const LongestPause& pause) {
  return fmt::format("longest pause{} {} at event {} ({})\n", what,
                     readable_us(static_cast<std::uint64_t>(pause.us)), pause.at_event,
                     pause.during.empty() ? "no handler came or went" : pause.during);
}

std::string verified_text(const BenchReport& report) {
  const Verified& verified = *report.verified;
  const SequenceTally& sequences = verified.sequences;
  const Delays& delays = verified.delays;
  std::string text =
      fmt::format("lost {}   duplicated {}   out of order {}   (the numbers of {} producers)\n",
                  report.lost(), sequences.duplicated, sequences.out_of_order, report.producers);
  text += fmt::format("waited p50 {}   p99 {}   p99.9 {}   longest {}\n", readable_us(delays.p50),
                      readable_us(delays.p99), readable_us(delays.p999), readable_us(delays.longest));
  if (verified.pause) {
    text += pause_text("", *verified.pause);
  }
  if (verified.swap_pause && verified.pause->during.empty()) {
    text += pause_text(" with a change", *verified.swap_pause);
  }
  return text;
}

Json pause_document(const LongestPause& pause) {
  return {{"us", pause.us}, {"at_event", pause.at_event}, {"during", pause.during}};
}

Json handler_document(const HandlerTally& handler) {
  Json instances = Json::array();
  for (const InstanceTally& instance : handler.instances) {
    instances.push_back(
        {{"instance", instance.instance}, {"version", instance.version}, {"handled", instance.handled}});
  }
  return {{"id", handler.id}, {"handled", handler.sum()}, {"instances", std::move(instances)}};
}

}  // namespace

Result<Verified> verified_of(const std::string& report, const std::vector<ProducerTally>& sent,
                             const std::vector<HandlerTally>& handlers) {
  const Json document = Json::parse(report, nullptr, false);
  if (!document.is_object() || !document.contains("producers") || !document.contains("pauses")) {
    return fail(Errc::io_failed, "the checker's report is malformed");
  }
  std::map<std::uint64_t, const Json*> seen;
  for (const Json& producer : document["producers"]) {
    seen[producer.value("producer", std::uint64_t{0})] = &producer;
  }
  Verified verified;
  for (std::size_t producer = 0; producer < sent.size(); ++producer) {
    const auto place = seen.find(producer);
    const SequenceTally one = sequence_of(sent[producer], place == seen.end() ? nullptr : place->second);
    verified.sequences.missing += one.missing;
    verified.sequences.duplicated += one.duplicated;
    verified.sequences.out_of_order += one.out_of_order;
  }
  const Json delays = document.value("delay_us", Json::object());
  verified.delays = {delays.value("p50", std::uint64_t{0}), delays.value("p99", std::uint64_t{0}),
                     delays.value("p999", std::uint64_t{0}), delays.value("longest", std::uint64_t{0})};
  add_pauses(document["pauses"], handlers, verified);
  return verified;
}

std::uint64_t BenchReport::lost() const {
  return verified && verified->sequences.missing > dropped ? verified->sequences.missing - dropped : 0;
}

std::vector<std::string> BenchReport::complaints() const {
  std::vector<std::string> complaints;
  if (error) {
    complaints.push_back(fmt::format("a producer gave up: {}", error->text));
  }
  if (verified) {
    const SequenceTally& found = verified->sequences;
    if (lost() > 0) {
      complaints.push_back(fmt::format("{} events were lost", lost()));
    }
    if (found.duplicated > 0) {
      complaints.push_back(fmt::format("{} events came twice", found.duplicated));
    }
    if (found.out_of_order > 0) {
      complaints.push_back(fmt::format("{} events came after later ones", found.out_of_order));
    }
  }
  if (had_other_events || !is_complete || dropped > 0) {
    return complaints;  // what each handler ought to have counted is not known
  }
  for (const HandlerTally& handler : handlers) {
    if (handler.is_whole() && handler.sum() != accepted) {
      complaints.push_back(
          fmt::format("{}/{} handled {} of {} events", manager, handler.id, handler.sum(), accepted));
    }
  }
  return complaints;
}

std::string bench_text(const BenchReport& report) {
  std::string text =
      fmt::format("sent by {} producers in {:.1f} s: {} accepted, {} rejected, {} dropped, {:.0f}/s\n",
                  report.producers, report.took.count(), report.accepted, report.rejected, report.dropped,
                  report.took.count() > 0 ? static_cast<double>(report.accepted) / report.took.count() : 0.0);
  text += handlers_text(report) + "\n";
  if (report.had_other_events) {
    text += "others sent events too: what each handler ought to have counted is not known\n";
  }
  if (!report.is_complete) {
    text += "handlers came and went so fast that the counts of some are not known\n";
  }
  if (report.verified) {
    text += verified_text(report);
  }
  const auto complaints = report.complaints();
  for (const std::string& complaint : complaints) {
    text += complaint + "\n";
  }
  // Without --verify there is nothing that was proved.
  return text + (!complaints.empty() ? "FAIL" : report.verified ? "PASS" : "ok");
}

std::string bench_json(const BenchReport& report) {
  Json document = {{"manager", report.manager},
                   {"seconds", report.took.count()},
                   {"producers", report.producers},
                   {"accepted", report.accepted},
                   {"rejected", report.rejected},
                   {"dropped", report.dropped},
                   {"had_other_events", report.had_other_events},
                   {"complete", report.is_complete},
                   {"handlers", Json::array()}};
  for (const HandlerTally& handler : report.handlers) {
    document["handlers"].push_back(handler_document(handler));
  }
  if (report.verified) {
    const Verified& verified = *report.verified;
    document["lost"] = report.lost();
    document["duplicated"] = verified.sequences.duplicated;
    document["out_of_order"] = verified.sequences.out_of_order;
    document["delay_us"] = {{"p50", verified.delays.p50},
                            {"p99", verified.delays.p99},
                            {"p999", verified.delays.p999},
                            {"longest", verified.delays.longest}};
    if (verified.pause) {
      document["longest_pause"] = pause_document(*verified.pause);
    }
    if (verified.swap_pause) {
      document["longest_pause_with_a_change"] = pause_document(*verified.swap_pause);
    }
  }
  document["complaints"] = report.complaints();
  document["passed"] = report.complaints().empty();
  return document.dump();
}

}  // namespace baton
