// SPDX-License-Identifier: Apache-2.0
#include "host/app/command_line.hpp"

#include "host/app/host_socket.hpp"
#include "host/control/control_socket.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <optional>
#include <sstream>

using namespace baton;

using Words = std::vector<std::string>;

namespace {

Invocation invocation(const std::vector<std::string>& words, bool is_console = false) {
  const auto parsed = parse_command_line(words, is_console);
  if (const auto* reply = std::get_if<CommandLineReply>(&parsed)) {
    FAIL(reply->text);
  }
  return std::get<Invocation>(parsed);
}

CommandLineReply reply(const std::vector<std::string>& words, bool is_console = false) {
  const auto parsed = parse_command_line(words, is_console);
  REQUIRE(std::holds_alternative<CommandLineReply>(parsed));
  return std::get<CommandLineReply>(parsed);
}

}  // namespace

TEST_CASE("a verb and its arguments", "[command_line]") {
  const Invocation call =
      invocation({"call", "log/store", "messages", "limit=3", "--timeout", "250ms", "-o", "json"});
  CHECK(call.verb == "call");
  CHECK(call.target == "log/store");
  CHECK(call.type == "messages");
  CHECK(call.data == "limit=3");
  CHECK(call.timeout == Duration(250));
  CHECK(call.format == OutputFormat::json);
}

TEST_CASE("no data is another thing than empty data", "[command_line]") {
  CHECK_FALSE(invocation({"notify", "log", "msg"}).data);
  CHECK(invocation({"notify", "log", "msg", ""}).data == "");
  CHECK(invocation({"notify", "log", "msg", "-"}).data == "-");
}

TEST_CASE("an unknown verb is told, with the one that was probably meant", "[command_line]") {
  const CommandLineReply unknown = reply({"notfy", "log"});
  CHECK(unknown.code == ExitCode::usage);
  CHECK(unknown.text.find("did you mean `notify`?") != std::string::npos);
}

TEST_CASE("a verb that ends or takes away something is never suggested", "[command_line]") {
  for (const char* word : {"top", "stpo", "remov", "rollbak", "quarantin"}) {
    INFO(word);
    CHECK(reply({word}).text.find("did you mean") == std::string::npos);
    CHECK(reply({word}).text.find("commands: ") != std::string::npos);
  }
  CHECK(reply({"exti"}, true).text.find("did you mean") == std::string::npos);
}

TEST_CASE("a verb is suggested behind options, too", "[command_line]") {
  for (const Words& words : {Words{"-o", "json", "stauts"}, Words{"--output=json", "-q", "stauts"},
                             Words{"--socket", "stop", "stauts"}}) {
    CHECK(reply(words).code == ExitCode::usage);
    CHECK(reply(words).text.find("baton: `stauts` is no command; did you mean `status`?") == 0);
  }
}

TEST_CASE("an option of the program that is unknown is told as one of the verb is", "[command_line]") {
  const std::string text = reply({"--sokcet=/x", "status"}).text;
  CHECK(text.find("`--sokcet=/x` was not expected") != std::string::npos);
  CHECK(text.find("did you mean `--socket`?") != std::string::npos);
}

TEST_CASE("words behind the data are told in their order, and how to make data of them", "[command_line]") {
  const CommandLineReply many = reply({"notify", "log", "msg", "a", "b", "c"});
  CHECK(many.code == ExitCode::usage);
  CHECK(many.text ==
        "baton notify: `b c` were not expected\ndata of several words is quoted: \"a b c\"\n"
        "`baton notify --help` says more\n");
}

TEST_CASE("the version is told by a verb and by options", "[command_line]") {
  for (const Words& words :
       {Words{"version"}, Words{"--version"}, Words{"-V"}, Words{"-o", "json", "--version"}}) {
    CHECK(invocation(words).verb == "version");
  }
  CHECK(invocation({"-o", "json", "--version"}).format == OutputFormat::json);
}

TEST_CASE("help is a verb, too, of the program and of each verb", "[command_line]") {
  CHECK(reply({"help"}).code == ExitCode::done);
  CHECK(reply({"help"}).text == reply({"--help"}).text);
  CHECK(reply({"help", "swap"}).text == reply({"swap", "--help"}).text);
  CHECK(reply({"help", "call"}, true).text == reply({"call", "--help"}, true).text);
  CHECK(reply({"help", "clal"}).code == ExitCode::usage);
  CHECK(reply({"help", "clal"}).text.find("did you mean `call`?") != std::string::npos);
  CHECK(invocation({"help"}, true).verb == "help");  // the console has a list of its own
}

TEST_CASE("a usage begins with what is typed", "[command_line]") {
  CHECK(reply({"swap", "--help"}).text.find("Usage: baton swap [OPTIONS] TARGET TYPE") != std::string::npos);
  CHECK(reply({"--help"}).text.find("Usage: baton [OPTIONS]") != std::string::npos);
  CHECK(reply({"swap", "--help"}, true).text.find("Usage: swap [OPTIONS]") != std::string::npos);
}

TEST_CASE("exit and quit leave the console", "[command_line]") {
  CHECK(invocation({"exit"}, true).verb == "exit");
  CHECK(invocation({"quit"}, true).verb == "quit");
}

TEST_CASE("wrong usage is a document when one is asked for", "[command_line]") {
  for (const Words& words : {Words{"call", "-o", "json"}, Words{"-ojson", "nonsense"},
                             Words{"--output=json", "status", "--nonsense"},
                             Words{"status", "--timeout", "fast", "--output", "json"}}) {
    std::ostringstream out;
    std::ostringstream err;
    CHECK(print_reply(reply(words), OutputFormat::text, out, err) == ExitCode::usage);
    CHECK(out.str().find(R"({"error":{"code":"usage","text":"baton)") == 0);
    CHECK(err.str().empty());
  }
  std::ostringstream out;
  std::ostringstream err;
  CHECK(print_reply(reply({"call"}), OutputFormat::text, out, err) == ExitCode::usage);
  CHECK(out.str().empty());
  CHECK(err.str().find("baton call: ") == 0);
}

TEST_CASE("a missing argument is a usage error that names it", "[command_line]") {
  const CommandLineReply missing = reply({"call", "queue"});
  CHECK(missing.code == ExitCode::usage);
  CHECK(missing.text.find("REQUEST") != std::string::npos);
}

TEST_CASE("an unknown option is told, with the one that was probably meant", "[command_line]") {
  const CommandLineReply unknown = reply({"swap", "log/a", "B", "--destructiv"});
  CHECK(unknown.code == ExitCode::usage);
  CHECK(unknown.text.find("did you mean `--destructive`?") != std::string::npos);
}

TEST_CASE("help is no error, and every verb has an example or needs none", "[command_line]") {
  CHECK(reply({"--help"}).code == ExitCode::done);
  const CommandLineReply help = reply({"swap", "--help"});
  CHECK(help.code == ExitCode::done);
  CHECK(help.text.find("Example:") != std::string::npos);
}

TEST_CASE("a wrong format or duration is told with what is expected", "[command_line]") {
  CHECK(reply({"status", "-o", "xml"}).text.find("text, json and elixir") != std::string::npos);
  CHECK(reply({"status", "--timeout", "fast"}).code == ExitCode::usage);
}

TEST_CASE("the console has repeat, and not the verbs that make no sense there", "[command_line]") {
  const Invocation repeat = invocation({"repeat", "5", "call", "queue", "dequeue"}, true);
  CHECK(repeat.repetitions == 5);
  CHECK(repeat.words == std::vector<std::string>{"call", "queue", "dequeue"});
  CHECK(reply({"run"}, true).code == ExitCode::usage);
  CHECK(reply({"repeat", "5", "status"}, false).code == ExitCode::usage);
}

TEST_CASE("a host is named by its socket or its name, before or behind the verb, not by both",
          "[command_line]") {
  for (const Words& words : {Words{"status", "--socket", "/x.sock"}, Words{"--socket", "/x.sock", "status"},
                             Words{"status", "--socket=/x.sock"}}) {
    CHECK(invocation(words).socket == "/x.sock");
  }
  CHECK(invocation({"status", "--host", "lesson"}).host_name == "lesson");
  CHECK(invocation({"--host=lesson", "status"}).host_name == "lesson");
  CHECK(reply({"--host", "lesson", "status", "--socket", "/x.sock"}).code == ExitCode::usage);
  CHECK(reply({"--host", "lesson", "run"}).code == ExitCode::usage);
}

TEST_CASE("the environment's socket counts when no host was named", "[command_line]") {
  const char* const before = std::getenv("BATON_SOCKET");
  const std::optional<std::string> kept =
      before != nullptr ? std::optional<std::string>(before) : std::nullopt;
  setenv("BATON_SOCKET", "/exported.sock", 1);

  CHECK(socket_of(invocation({"status"})) == "/exported.sock");
  CHECK(socket_of(invocation({"--socket", "/x.sock", "status"})) == "/x.sock");
  CHECK(socket_of(invocation({"status", "--host", "lesson"})) == default_socket("lesson"));
  setenv("BATON_SOCKET", "", 1);
  CHECK(socket_of(invocation({"status"})) == default_socket("baton"));

  kept ? setenv("BATON_SOCKET", kept->c_str(), 1) : unsetenv("BATON_SOCKET");
}

TEST_CASE("the words of a completion are taken as they are", "[command_line]") {
  const Invocation complete = invocation({"__complete", "--", "sys", "log", "log", "--no-such-option"});
  CHECK(complete.verb == "__complete");
  CHECK(complete.words == std::vector<std::string>{"--", "sys", "log", "log", "--no-such-option"});
  CHECK(invocation({"__complete", "--"}).words == std::vector<std::string>{"--"});
}
