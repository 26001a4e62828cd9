// SPDX-License-Identifier: Apache-2.0
#include <baton/testing/fake_host.hpp>

#include <cstdint>
#include <exception>
#include <iostream>
#include <string>

using namespace baton::testing;

namespace {

int failures = 0;

void expect(bool holds, const char* rule) {
  if (holds)
    return;
  std::cerr << "does not hold: " << rule << "\n";
  ++failures;
}

void test_greeter(const PluginFile& file) {
  expect(file.manifest().at("version").text() == "1.2.3", "the manifest is in the file");
  expect(file.manifest().at("provides").array().size() == 2, "one library may offer a handler and a server");

  FakeHost host;
  Instance greeter = host.create(file, "Greeter", {{"max_guests", std::int64_t{1}}});
  expect(greeter.notify("guest", "World").status == BATON_OK, "an event is handled");
  expect(greeter.call("last").reply == "Hello, World!", "a call is answered");

  const CallbackResult refused = greeter.notify("guest", "Nobody");
  expect(refused.status == BATON_REFUSED && refused.reason == "the house is full", "an event is refused");

  expect(greeter.change_options({{"max_guests", std::int64_t{2}}}).status == BATON_OK, "options are changed");
  expect(greeter.notify("guest", "Nobody").status == BATON_OK, "they hold at once");
  expect(greeter.change_options({{"max_guests", std::int64_t{1}}}).reason == "more guests are in the house",
         "other options are refused");

  Instance successor = host.create(file, "Greeter", {{"max_guests", std::int64_t{2}}}, greeter.save());
  expect(successor.notify("guest", "Nobody").status == BATON_REFUSED, "the state is handed over");

  expect(host.create(file, "Clerk").call("say", "yes").reply == "yes", "a server answers");
}

}  // namespace

int main(int, char** arguments) {
  try {
    test_greeter(PluginFile(arguments[1]));
    const PluginFile tally(arguments[2]);
    FakeHost host;
    expect(host.create(tally, "Tally").notify("any", "x").handled == 1, "a handler in C is a handler");
  } catch (const std::exception& error) {
    expect(false, error.what());
  }
  return failures == 0 ? 0 : 1;
}
