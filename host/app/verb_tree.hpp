// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/crash_verb.hpp"
#include "host/app/host_options.hpp"
#include "host/app/invocation.hpp"
#include "host/app/plugin_verbs.hpp"
#include "host/app/record_verb.hpp"
#include "host/app/swap_text.hpp"
#include "host/app/sys_verb.hpp"
#include "host/app/time_limits.hpp"
#include "host/app/try_options.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <string>

namespace baton {

/// Every verb with its options and its help, bound to one Invocation. For command_line.cpp alone, which is so
/// the only file with CLI11: it takes long to compile.
class VerbTree {
 public:
  VerbTree(const VerbTree&) = delete;
  VerbTree& operator=(const VerbTree&) = delete;

 protected:
  explicit VerbTree(bool is_console)
      : is_console_(is_console), app_("the host that native event handlers live in") {
    app_.name(is_console ? "" : "baton");
    app_.require_subcommand(0, 1);
    app_.set_help_flag("-h,--help", "print this and end");
    app_.get_formatter()->column_width(34);
    add_queries();
    add_messages();
    add_changes();
    add_sys();
    add_plugin_verbs();
    add_config();
    add_crash();
    add_record();
    if (!is_console) {
      add_global_options(app_);
      app_.set_version_flag("-V,--version", "",
                            "print the version and end");  // last: the format is read by then
      add_host_verbs();
      add_bench();
      add_tools();
      add_try();
      add_new();
    } else {
      add_repeat();
    }
    CLI::App* help = add_verb("help", "list the commands, or say more of one", "help swap");
    help->add_option("COMMAND", invocation_.target, "the one");
  }

  ~VerbTree() = default;

  /// What a command line begins with.
  [[nodiscard]] std::string program() const { return is_console_ ? "" : "baton "; }

  const bool is_console_;
  CLI::App app_;
  Invocation invocation_;
  std::string format_;
  std::string timeout_;
  std::string data_;

 private:
  // ---- The verbs ----

  CLI::App* add_verb(const std::string& name, const std::string& help, const std::string& example) {
    CLI::App* verb = app_.add_subcommand(name, help);
    verb->footer(example.empty() ? "" : "Example:\n  " + program() + example);
    verb->get_formatter()->column_width(34);
    verb->set_help_flag("-h,--help", "print this and end");
    add_global_options(*verb, time_limit_help(name));
    return verb;
  }

  void add_global_options(CLI::App& app, const std::string& time_limit = time_limit_help("")) {
    app.add_option("-o,--output", format_, "text, json, or elixir")->type_name("FORMAT");
    app.add_option("--timeout", timeout_, time_limit)->type_name("TIME");
    app.add_flag("-q,--quiet", invocation_.is_quiet, "say nothing on success");
    if (!is_console_) {
      add_host_options(app, invocation_);
    }
  }

  void add_queries() {
    add_verb("status", "what the host and everything in it is doing", "status -o json");
    add_verb("list", "managers with their handlers, servers, and plugin files", "list");
    add_verb("metrics", "what the host counts, in the text format of Prometheus (docs/metrics.md)",
             "metrics");
    CLI::App* which = add_verb("which", "the handlers of a manager, newest first", "which log");
    which->add_option("MANAGER", invocation_.target, "name of the manager")->required();
  }

  void add_messages() {
    CLI::App* call =
        add_verb("call", "ask a handler or server, and print the reply", "call log/LoggerHandler messages");
    call->add_option("TARGET", invocation_.target, "MANAGER/ID or SERVER")->required();
    add_message(*call, "REQUEST", "type of the request");
    CLI::App* cast = add_verb("cast", "tell a server, without waiting", "cast queue enqueue 20");
    cast->add_option("SERVER", invocation_.target, "name of the server")->required();
    add_message(*cast, "REQUEST", "type of the request");
    for (const bool is_sync : {false, true}) {
      CLI::App* notify =
          add_verb(is_sync ? "sync-notify" : "notify",
                   is_sync ? "send an event (with - as DATA each line of standard input), and wait until all "
                             "handlers have it"
                           : "send an event; with - as DATA each line of standard input is one",
                   is_sync ? "sync-notify log msg \"Hello World\"" : "notify log line - < /var/log/dpkg.log");
      notify->add_option("MANAGER", invocation_.target, "name of the manager")->required();
      add_message(*notify, "TYPE", "type of the event");
      if (is_sync) {
        notify->add_flag("--acks", invocation_.prints_acks,
                         "with -: after each batch print how many lines are acknowledged so far");
      }
    }
  }

  void add_message(CLI::App& verb, const std::string& type_name, const std::string& help) {
    verb.add_option(type_name, invocation_.type, help)->required();
    verb.add_option("DATA", data_, "its data");
    verb.add_option("--content-type", invocation_.content_type, "of the data")->type_name("TYPE");
  }

  void add_changes() {
    CLI::App* add =
        add_verb("add", "install a handler in a manager", "add log LoggerHandler max_messages=100");
    add->add_option("MANAGER", invocation_.target, "name of the manager")->required();
    add->add_option("TYPE", invocation_.type, "what a plugin offers, or a plugin FILE.so")->required();
    add->add_option("--id", invocation_.id, "its id in the manager; the type when not given")
        ->type_name("ID");
    add->add_option("--on-crash", invocation_.on_crash,
                    "what becomes of it then: remove, restart, restart_with_state or quarantine, and "
                    "settings: restart,max_restarts=3,within=1m,initial=100ms,max=30s,factor=2")
        ->type_name("POLICY");
    add_settings(*add);

    CLI::App* remove = add_verb("remove", "take a handler out of its manager", "remove log/LoggerHandler");
    remove->add_option("MANAGER/ID", invocation_.target, "the handler")->required();
    remove->add_option("--argument", invocation_.argument, "reaches its terminate")->type_name("TEXT");

    CLI::App* swap =
        add_verb("swap", "replace a handler or a server's code, with its state, between two events",
                 "swap log/LoggerHandler ./LoggerHandler-2.0.0.so");
    swap->add_option("TARGET", invocation_.target, "MANAGER/ID or SERVER")->required();
    swap->add_option("TYPE", invocation_.type, "what takes its place: a type, or a plugin FILE.so")
        ->required();
    swap->add_option("--id", invocation_.id, "a new id for the handler")->type_name("ID");
    swap->add_option("--extra", invocation_.extra, "reaches the new one beside the state")->type_name("TEXT");
    swap->add_option("--argument", invocation_.argument, "reaches the old one's terminate")
        ->type_name("TEXT");
    swap->add_flag(
        "--destructive", invocation_.is_destructive,
        "OTP's order: end the old one first; the new one starts empty if it cannot read the state");
    add_trial_options(*swap);
    add_settings(*swap);

    CLI::App* upgrade = add_verb(
        "upgrade", "swap every handler and server of a plugin, all or none, for its newest version or a file",
        "upgrade logger\n  " + program() + "upgrade ./LoggerHandler-2.0.0.so");
    upgrade->add_option("PLUGIN", invocation_.type, "the name of a plugin, or a plugin FILE.so")->required();
    upgrade->add_option("--extra", invocation_.extra, "reaches each new one beside the state")
        ->type_name("TEXT");
    add_trial_options(*upgrade);

    CLI::App* start = add_verb("start", "start a server, or a manager when no type is given",
                               "start queue SimpleQueue items=[1,2,3]");
    start->add_option("NAME", invocation_.target, "its name")->required();
    start->add_option("TYPE", invocation_.type, "what a plugin offers, or a plugin FILE.so");
    add_settings(*start);

    CLI::App* stop = add_verb("stop", "stop a server or manager; without NAME, the host", "stop queue");
    stop->add_option("NAME", invocation_.target, "what to stop; the host when not given");
  }

  /// How a new version is tried before the cut, and watched after it.
  void add_trial_options(CLI::App& swap) {
    swap.add_option("--canary", invocation_.canary, "give the last N messages to a throw-away copy first")
        ->type_name("N")
        ->check(CLI::Range(0, 10'000));
    for (const WatchOption& option : watch_options()) {
      swap.add_option("--" + std::string(option.name), invocation_.*option.place, std::string(option.help))
          ->type_name(std::string(option.type));
    }
  }

  void add_sys() {
    const std::string next = "\n  " + program();
    CLI::App* sys = add_verb(
        "sys", "look into a running manager, server or supervisor, suspend and resume it (OTP's sys)",
        "sys suspend log      # what is sent to it waits" + next +
            "sys state log        # of each handler; with -o json, the bytes too" + next + "sys resume log" +
            next + "sys log log on 20    # keep its last 20 events" + next + "sys log log get" + next +
            "sys trace queue on   # each event is a line in the host's log" + next + "sys stats queue on" +
            next + "sys stats queue get");
    sys->add_option("ACTION", invocation_.action, fmt::format("{}", fmt::join(sys_actions(), ", ")))
        ->required();
    sys->add_option("NAME", invocation_.target, "of the process")->required();
    sys->add_option("SWITCH", invocation_.turn, "on, off or get, with log and stats; on or off, with trace");
    sys->add_option("N", invocation_.count, "with log on: how many events to keep (10); with get: to print")
        ->check(CLI::Range(1, 100000));
  }

  void add_plugin_verbs() {
    const std::string next = "\n  " + program();
    add_verb("plugins", "every file of the plugin directories, and what it is or why it is refused",
             "plugins");
    CLI::App* plugin = add_verb(
        "plugin", "what one plugin file says of itself, or everything that can be found wrong with it",
        "plugin show LoggerHandler" + next + "plugin doc ./geo.so > geo.md   # without a host, as check" +
            next + "plugin check ./geo.so" + next +
            "plugin check ./geo.so city=Oslo --call count --replay events.jsonl");
    add_action(*plugin, "plugin");
    plugin->add_option("WHICH", invocation_.target, "a FILE, a plugin's or a type's name, or a hash")
        ->required();
    plugin
        ->add_option("--call", invocation_.calls,
                     "with check: \"REQUEST [DATA]\" that it knows; again for another")
        ->type_name("REQUEST")
        ->allow_extra_args(false);
    plugin->add_option("--replay", invocation_.replay, "with check: a file of events")->type_name("FILE");
    plugin->add_option("--event-type", invocation_.event_type, "each line of it is the data of one")
        ->type_name("TYPE");
    add_settings(*plugin);
    CLI::App* quarantine = add_verb("quarantine", "contents that have failed and are not tried again",
                                    "quarantine list" + next + "quarantine clear 5fcb7b93");
    add_action(*quarantine, "quarantine");
    quarantine->add_option("WHICH", invocation_.target, "a HASH, or how it begins; a FILE; a PLUGIN");
    quarantine->add_flag("--all", invocation_.is_all, "with clear: every one");
    if (!is_console_) {
      quarantine
          ->add_option("--state", invocation_.state_folder,
                       "the runtime_dir of a host that does not run; its socket's folder when not given")
          ->type_name("DIR");
    }
  }

  void add_action(CLI::App& verb, const std::string& name) {
    verb.add_option("ACTION", invocation_.action,
                    fmt::format("{}", fmt::join(plugin_verb_actions(name), ", ")))
        ->required();
  }

  void add_config() {
    const auto add_file = [this](const std::string& name, const std::string& help, const std::string& example,
                                 const std::string& what, const std::string& of_what) {
      CLI::App* verb = add_verb(name, help, example);
      verb->add_option(what, invocation_.file, of_what);
      return verb;
    };
    add_file("plan", "what applying a config would do: 0 nothing, 2 something; changes nothing", "plan",
             "FILE", "the host's own config when not given");
    add_file("apply", "make the host what a config says, all or nothing: 3 when it was taken back",
             "apply 8f21c0", "FILE|PLAN",
             "a config, or the id of a plan; the host's own config when not given");
    add_file("diff", "how what runs differs from a config: 0 not, 2 somehow", "diff --runtime", "FILE",
             "the host's own config when not given")
        ->add_flag("--runtime", invocation_.is_drift, "only what was changed by hand since the last apply");
    CLI::App* reload =
        add_verb("reload", "apply the host's own config again, as SIGHUP does", "reload --wait");
    reload->add_flag("--wait", invocation_.waits,
                     "until it is done, and print the steps; else it is only asked for");
    add_verb("history", "what the host was told to be, by whom, and what came of it", "history");
    CLI::App* rollback = add_verb("rollback", "make the host what it was at a generation of its history",
                                  "rollback 7 --dry-run");
    rollback->add_option("GENERATION", invocation_.count, "its number")->required();
    rollback->add_flag("--dry-run", invocation_.is_dry_run, "only print the plan");
    CLI::App* config =
        add_verb("config", "write what was changed by hand into the host's config, with its comments kept",
                 "config save --dry-run");
    config->add_option("ACTION", invocation_.action, "save")->required()->check(CLI::IsMember({"save"}));
    config->add_flag("--dry-run", invocation_.is_dry_run, "only print what would be written");
  }

  void add_crash() {
    const std::string next = "\n  " + program();
    CLI::App* crash =
        add_verb("crash", "what is known of handlers that crashed, and what was done about it",
                 "crash list             # newest first" + next +
                     "crash list log/geo     # of one handler; or of one manager" + next + "crash show 17" +
                     next + "crash clear log/geo    # it is not missed any more");
    crash->add_option("ACTION", invocation_.action, fmt::format("{}", fmt::join(crash_actions(), ", ")))
        ->required();
    crash->add_option("TARGET", invocation_.target,
                      "with list: MANAGER or MANAGER/ID; with show: the number of a crash; with clear: "
                      "MANAGER/ID");
  }

  void add_record() {
    const std::string next = "\n  " + program();
    CLI::App* record = add_verb(
        "record", "keep the last events of a manager, whole, to look at them or try a candidate with them",
        "record log on 1000 --bytes 16MiB" + next + "record log status" + next +
            "record log get --to events.jsonl   # an event a line, for: try FILE --replay events.jsonl" +
            next + "record log off");
    record->add_option("MANAGER", invocation_.target, "name of the manager")->required();
    record->add_option("ACTION", invocation_.turn, fmt::format("{}", fmt::join(record_switches(), ", ")))
        ->required();
    record
        ->add_option("N", invocation_.count,
                     "with on: how many to keep (1000); with get: the last so many, else all")
        ->check(CLI::Range(1, 1'000'000));
    record
        ->add_option("--bytes", invocation_.bytes,
                     "with on: how much memory they may take; 64MiB when not given")
        ->type_name("SIZE");
    record->add_option("--to", invocation_.file, "with get: write them into this file")->type_name("FILE");
  }

  void add_settings(CLI::App& verb) {
    verb.add_option("KEY=VALUE", invocation_.settings, "options, e.g. path=events.db items=[1,2,3]");
  }

  void add_host_verbs() {
    CLI::App* run = add_verb("run", "be a host: start what CONFIG says, until a signal or `stop`",
                             "run config/baton.yaml");
    run->add_option("CONFIG", invocation_.file,
                    "./baton.yaml, ./config/baton.yaml or /etc/baton/baton.yaml when not given");
    make_host_options_of_run(*run);
    run->add_flag_callback(
        "--console", [this] { invocation_.console = true; }, "open a console in any case");
    run->add_flag_callback(
        "--no-console", [this] { invocation_.console = false; }, "open no console, not even on a terminal");
    CLI::App* check =
        add_verb("check", "look for every mistake in CONFIG; needs no host", "check config/baton.yaml");
    check->add_option("CONFIG", invocation_.file, "as for run");
    add_verb("console", "type commands at a running host; Tab completes", "console --host lesson");
  }

  void add_bench() {
    CLI::App* bench = add_verb("bench", "send events at a rate, and prove that none is lost, doubled or late",
                               "bench log --rate 200k --duration 60s --producers 4 --verify");
    bench->add_option("MANAGER", invocation_.target, "name of the manager")->required();
    bench
        ->add_option("--rate", invocation_.rate,
                     "events per second, e.g. 50000, 200k, 1.5M; max when not given")
        ->type_name("RATE");
    bench->add_option("--duration", invocation_.duration, "how long to send; 10s when not given")
        ->type_name("TIME");
    bench->add_option("--producers", invocation_.producers, "who send at the same time, each in order; 4")
        ->check(CLI::Range(1, 32));
    bench->add_option("--type", invocation_.type, "type of the events; `bench` when not given")
        ->type_name("TYPE");
    bench->add_option("--size", invocation_.size, "bytes of each event's data, at least")
        ->check(CLI::Range(0, 65536));
    bench->add_flag("--verify", invocation_.verifies,
                    "number the events, and have a SequenceCheck in the manager see what arrives");
  }

  void add_tools() {
    CLI::App* demo =
        add_verb("demo", "play the lesson against a real host and compare it with the BEAM", "demo");
    demo->add_option("TRANSCRIPT", invocation_.transcripts, "files to play; the lesson when not given");
    demo->add_option("--plugins", invocation_.plugin_directory, "where the plugins are")->type_name("DIR");
    remove_host_options(*demo);
    CLI::App* completion = add_verb("completion", "print the completion script of a shell",
                                    "completion bash > ~/.local/share/bash-completion/completions/baton");
    completion->add_option("SHELL", invocation_.shell, "bash, zsh or fish")
        ->required()
        ->check(CLI::IsMember({"bash", "zsh", "fish"}));
    add_verb("version", "print the version", "");
    app_.add_subcommand("__complete", "")->group("");
    CLI::App* man = app_.add_subcommand("__man", "")->group("");  // of the build: writes the man pages
    man->add_option("FOLDER", invocation_.file, "")->required();
  }

  void add_new() {
    CLI::App* verb = add_verb("new", "write a plugin that builds, tests and runs at once, to be made yours",
                              "new handler WordCount\n  baton new server Tally --lang rust --into ./tally");
    verb->add_option("KIND", invocation_.action, "handler or server")->required();
    verb->add_option("NAME", invocation_.target, "of the type: WordCount, in files word_count")->required();
    verb->add_option("--lang", invocation_.language, "cpp, c or rust; cpp when not given")->type_name("LANG");
    verb->add_option("--into", invocation_.file, "an empty or new folder; ./word_count when not given")
        ->type_name("DIR");
  }

  void add_try() {
    CLI::App* verb = add_verb("try", try_help, try_examples);
    add_try_options(*verb, invocation_);
    add_settings(*verb);
  }

  void add_repeat() {
    CLI::App* repeat = add_verb("repeat", "run a command N times and print its replies as one list",
                                "repeat 5 call queue dequeue");
    repeat->add_option("N", invocation_.repetitions, "how often")->required()->check(CLI::Range(1, 10000));
    repeat->prefix_command();
    add_verb("exit", "leave the console", "");
    add_verb("quit", "leave the console", "");
  }
};

}  // namespace baton
