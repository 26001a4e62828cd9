// SPDX-License-Identifier: Apache-2.0
#include "tests/system/running_host.hpp"

using namespace baton::test;

namespace {

/// A host with a counter of version 1 that keeps its last events.
struct TryPlace : Place {
  TryPlace() {
    const std::string plugins = path("plugins").string();
    shell("cp " PLUGIN_counter_v1 " " + plugins);
    start(config("managers: {log: {handlers: [{type: CounterHandler, id: c}]}}\n", plugins));
    verb("record log on 100 --bytes 16KiB");
  }

  /// `baton try` with the manager's events.
  [[nodiscard]] Ran try_out(const std::string& file, const std::string& more = {}) const {
    return verb("try " + file + " --replay log " + more);
  }
};

}  // namespace

TEST_CASE_METHOD(TryPlace, "a candidate gets the recorded events of a live manager beside the one that runs",
                 "[try]") {
  for (const char* data : {"1", "2", "3"}) {
    verb(std::string("sync-notify log msg ") + data);
  }
  verb("sync-notify log msg " + std::string(20'000, 'x'));

  const Ran good = try_out(PLUGIN_counter_v2, "-o json");

  CHECK(good.code == 0);
  CHECK(contains(good.output, R"({"events":3,"left_out":1,"candidate":{)"));
  CHECK(contains(good.output, R"("version":"2.0.0","handled":3,"refused":0,"failed":0)"));
  CHECK(contains(good.output, R"("state_bytes":8},"running":{)"));
  CHECK(contains(good.output, R"("version":"1.0.0","handled":3)"));
  CHECK(contains(good.output, R"("differences":[]})"));
  CHECK(contains(try_out(PLUGIN_counter_v2).output, "3 events; 1 more are left out"));
  CHECK(verb("call log/c count").output == "1.0.0 4 4\n");  // nothing of it has reached the host
}

TEST_CASE_METHOD(TryPlace, "what a candidate does wrong is told with its event, and harms nobody", "[try]") {
  CHECK(contains(try_out(PLUGIN_counter_v2).output, "log keeps its last 100 events, and has had none since"));
  verb("record log off");
  const Ran unrecorded = try_out(PLUGIN_counter_v2);
  CHECK(unrecorded.code == 1);
  CHECK(contains(unrecorded.output, "`baton record log on 1000` keeps its last 1000 from now on"));
  CHECK(contains(verb("try " PLUGIN_counter_v2 " --replay logs").output, "did you mean \"log\"?"));
  verb("record log on 100");
  verb("sync-notify log msg 1");
  verb("sync-notify log segfault");
  verb("sync-notify log throw");

  const Ran crash = try_out(PLUGIN_ends_host);
  CHECK(crash.code == 1);
  CHECK(contains(crash.output, "event 1: ended the process: ended by signal 11 (Segmentation fault)"));

  const Ran fails = try_out(PLUGIN_event_throws);
  CHECK(fails.code == 1);
  CHECK(contains(fails.output, "event 2: failed: "));

  const Ran hangs = try_out(PLUGIN_constructor_hangs, "--timeout 300ms");
  CHECK(hangs.code == 1);
  CHECK(contains(hangs.output, "candidate: not done after 300 ms"));

  CHECK(contains(try_out(PLUGIN_counter_v2, "start=x").output, "candidate: start: "));
  CHECK(try_out("/nowhere.so").code == 1);
  CHECK(verb("call log/c count").output == "1.0.0 3 3\n");
}

TEST_CASE("a candidate is tried with the events of a file, without a host", "[try]") {
  Place place;
  const std::string events =
      place.write("events.jsonl", "{\"type\":\"msg\",\"data\":\"a\"}\n{\"type\":\"x\"}\n");
  const std::string lines = place.write("lines.txt", "one\ntwo\nthree\n");

  CHECK(contains(place.verb("try " PLUGIN_counter_v2 " --replay " + events).output, "2 events\n"));
  const Ran of_lines = place.verb("try " PLUGIN_counter_v2 " --event-type line --replay " + lines);
  CHECK(of_lines.code == 0);
  CHECK(contains(of_lines.output, "3 events\n"));
  const Ran wrong = place.verb("try " PLUGIN_counter_v2 " --replay " + lines);
  CHECK(wrong.code == 65);
  CHECK(contains(wrong.output, "lines.txt:1: it is no JSON object; a line is"));
  CHECK(place.verb("try " PLUGIN_counter_v2 " --replay ./nowhere").code == 65);
}

// ---- Without a host -----------------------------------------------------------------------------------

namespace {

/// `baton try` in a folder of its own.
struct TryFolder : Place {
  [[nodiscard]] Ran try_out(const std::string& words) const { return verb("try " + words); }

  [[nodiscard]] bool has(const std::string& file) const { return std::filesystem::exists(path(file)); }

  /// --state with a file that says so.
  [[nodiscard]] std::string state(const std::string& document) const {
    return " --state " + write("given.json", document).string();
  }

  const std::string saved = path("saved.json").string();
  const std::string lines = write("lines.txt", "one\ntwo\nthree\n").string();
};

}  // namespace

TEST_CASE_METHOD(TryFolder, "the state that one version saves is what the next one starts with", "[try]") {
  const Ran first = try_out(PLUGIN_counter_v1 " --event-type line --replay " + lines + " --save " + saved +
                            " --call count");
  CHECK(first.code == 0);
  CHECK(contains(first.output, "\n1.0.0 3 3\nstate of version 1, 8 bytes -> " + saved + "\n"));
  CHECK(contains(shell("cat " + saved).output, "{\n  \"type\": \"CounterHandler\",\n  \"version\": 1,\n"));

  const Ran next = try_out(PLUGIN_counter_v2 " --state " + saved + " --call count --save " + saved);
  CHECK(next.code == 0);
  CHECK(next.output == "made from " + saved +
                           ", a state of version 1\n2.0.0 3 0\nstate of version 2, 8 bytes -> " + saved +
                           "\n");

  const Ran back = try_out(PLUGIN_counter_v1 " --state " + saved + " --call count");
  CHECK(back.code == 1);
  CHECK(contains(back.output,
                 "candidate: CounterHandler 1.0.0 reads state of version 1; the old one wrote version 2\n"));
}

TEST_CASE_METHOD(TryFolder, "a state that cannot be taken over is refused by its name", "[try]") {
  const auto with_state = [this](const std::string& document) {
    return try_out(PLUGIN_counter_v2 + state(document) + " --call count --save " + saved);
  };
  const Ran other = with_state(R"({"type":"WorkHandler","version":1,"data":""})");
  CHECK(other.code == 1);
  CHECK(contains(other.output,
                 "candidate: the state is one of WorkHandler; CounterHandler does not take it over"));
  const Ran bytes = with_state(R"({"type":"CounterHandler","version":1,"data":"abc"})");
  CHECK(bytes.code == 1);
  CHECK(contains(bytes.output, "expected 8 bytes"));
  CHECK(contains(bytes.output, "not saved: it could not be made"));
  const Ran none = with_state("3");
  CHECK(none.code == 65);
  CHECK(contains(none.output, "given.json: it is no JSON object; a state is {"));
  CHECK(try_out(PLUGIN_counter_v2 " --state " + path("nowhere").string()).code == 65);
  CHECK_FALSE(has("saved.json"));

  const Ran taken = with_state(R"({"type":"CounterHandler","version":1,"data_base64":"BwAAAAAAAAA="})");
  CHECK(taken.code == 0);
  CHECK(contains(taken.output, "\n2.0.0 7 0\n"));
}

TEST_CASE_METHOD(TryFolder, "a state that a file cannot hold whole is not saved, and why is told", "[try]") {
  const std::string words = PLUGIN_words_1_0_0 " --save " + saved + " --handler ";
  const Ran memory = try_out(words + "MemoryWords --event-type line --replay " + lines);
  CHECK(memory.code == 1);
  CHECK(contains(memory.output, "\nnot saved: with its state goes memory of the host, "));
  const Ran parts = try_out(words + "PartedWords --timeout 4m --call 'fill 1300000'");
  CHECK(parts.code == 1);
  CHECK(contains(parts.output, "a state is 64 MiB); a running host takes it in parts, a file cannot"));
  const Ran none = try_out(PLUGIN_answers_late " --save " + saved);
  CHECK(none.code == 1);
  CHECK(none.output == "not saved: AnswersLate has no state to hand over\n");
  CHECK(contains(
      try_out(PLUGIN_event_throws " --event-type line --replay " + lines + " --save " + saved).output,
      "\nnot saved: "));
  CHECK_FALSE(has("saved.json"));
  CHECK(try_out(PLUGIN_counter_v1 " --save " + path("nowhere/s.json").string()).code == 1);

  CHECK(try_out(words + "PartedWords --call 'fill 3'").code == 0);
  CHECK(contains(try_out(PLUGIN_words_2_0_0 " --state " + saved + " --call words").output, "\n3\n"));
}

TEST_CASE_METHOD(TryFolder, "calls come after the events, and each is told with what it was answered",
                 "[try]") {
  CHECK(try_out(PLUGIN_obedient_handler " --call json").output == "[1]\n");
  const Ran last = try_out(PLUGIN_counter_v1 " --event-type line --replay - --call count < " + lines);
  CHECK(last.code == 0);
  CHECK(contains(last.output, "3 events\n"));
  CHECK(contains(last.output, "\n1.0.0 3 3\n"));

  const Ran all = try_out(PLUGIN_obedient_handler
                          " --call json --call refuse --call 'what  now' --call fail --call json -o json");
  CHECK(all.code == 1);
  CHECK(contains(all.output, R"("calls":[{"request":"json","reply":"[1]","content_type":"application/json"},)"
                             R"({"request":"refuse","error":{"code":"refused","text":"as told"}},)"
                             R"({"request":"what","data":" now","error":{"code":"unknown_request",)"
                             R"("text":"ObedientHandler does not know the request `what`"}},)"
                             R"({"request":"fail","error":{"code":"crashed","text":")"));
  CHECK(contains(all.output, R"({"request":"json","error":{"code":"process_ended",)"
                             R"("text":"not asked: it had ended before"}}])"));
  const Ran removed = try_out(PLUGIN_obedient_handler " --call remove --call json --save " + saved);
  CHECK(removed.code == 1);
  CHECK(removed.output ==
        "\ncall json: error[process_ended]: not asked: it had ended before\nnot saved: it asks to be "
        "removed\n");
}

TEST_CASE_METHOD(TryFolder, "a call that ends the process is told with its request", "[try]") {
  const Ran crash = try_out(PLUGIN_answers_late " --call at_once --call 'crash here' --call at_once");

  CHECK(crash.code == 1);
  CHECK(crash.output ==
        "candidate: ended by signal 6 (Aborted)\n"
        "here it is\n"
        "call crash here: error[crashed]: ended by signal 6 (Aborted)\n"
        "call at_once: error[process_ended]: not asked: it had ended before\n");
}

TEST_CASE_METHOD(TryFolder, "a server may answer a call later", "[try]") {
  const Ran later = try_out(PLUGIN_answers_late " --call wait --call wait --call 'go now'");
  CHECK(later.code == 0);
  CHECK(later.output == "now\nnow\ngone\n");
  const Ran never = try_out(PLUGIN_answers_late " --call 'go now' --call wait");
  CHECK(never.code == 1);
  CHECK(contains(never.output, "gone\ncall wait: error[timed_out]: it has not answered"));
}

TEST_CASE_METHOD(TryFolder, "a server gets the events as casts, and hands its state to the next version",
                 "[try]") {
  const std::string casts =
      write("casts.jsonl", "{\"type\":\"enqueue\",\"data\":\"20\"}\n{\"type\":\"what\"}\n").string();
  const Ran first =
      try_out(PLUGIN_simple_queue " items=[1] --replay - --call queue --save " + saved + " < " + casts);
  CHECK(first.code == 0);
  CHECK(contains(first.output, "2 events\n"));
  CHECK(contains(first.output,
                 "event 1: effect: log warning: unknown cast: what\n[1, 20]\nstate of version 1, "));

  const Ran next =
      try_out(PLUGIN_queue_v2 " --server SimpleQueue --state " + saved + " --call dequeue --call queue");
  CHECK(next.code == 0);
  CHECK(contains(next.output, "\n1\n[20]\n"));

  const Ran crash = try_out(PLUGIN_queue_casts_crash " --event-type item --call queue --replay " + lines);
  CHECK(crash.code == 1);
  CHECK(contains(crash.output, "event 2: failed: "));
  CHECK(contains(crash.output, "the third one\ncall queue: error[process_ended]: not asked"));
}

TEST_CASE_METHOD(TryFolder, "what a file offers is tried by its name, or by the state that is given",
                 "[try]") {
  const Ran which = try_out(PLUGIN_words_1_0_0);
  CHECK(which.code == 1);
  CHECK(contains(which.output, "offers several; say which one: --handler WholeWords, --handler PartedWords"));
  CHECK(try_out(PLUGIN_words_1_0_0 " --handler PartedWords").output ==
        "ok  PartedWords 1.0.0 was made, and ended\n");
  CHECK(try_out(PLUGIN_words_1_0_0 " --handler PartedWords -q").output.empty());
  CHECK(
      contains(try_out(PLUGIN_words_1_0_0 " --handler PartdWords").output, "did you mean \"PartedWords\"?"));
  CHECK(contains(try_out(PLUGIN_words_1_0_0 " --server PartedWords").output, "offers no server"));
  CHECK(try_out(PLUGIN_words_1_0_0 " --handler WholeWords --save " + saved).code == 0);
  CHECK(try_out(PLUGIN_words_1_0_0 " --state " + saved + " --call total").output ==
        "made from " + saved + ", a state of version 1\n0\n");
}
