// SPDX-License-Identifier: Apache-2.0
#include "host/app/probe_documents.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

using namespace baton;

TEST_CASE("what a process has told is heard in order, and not what it was about to tell", "[probe]") {
  std::vector<std::string> steps;

  hear_documents("{\"step\": \"one\"}\nno JSON\n{\"step\": \"two\"}\n{\"step\": \"thr",
                 [&steps](const auto& line) { steps.push_back(line.contains("step") ? line["step"] : ""); });

  CHECK(steps == std::vector<std::string>{"one", "", "two"});
}
