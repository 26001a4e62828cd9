// SPDX-License-Identifier: Apache-2.0
// `plugin doc`: a page for the users of a plugin, from what it says of itself.
#include "host/app/option_text.hpp"
#include "host/app/text_output.hpp"
#include "tests/unit/app/parsed_words.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace baton;
using namespace baton::test;

namespace {

const char* const throttle =
    R"({"plugins":[{"file":"/p/throttle.so","name":"throttle","version":"1.2.0","provides":[)"
    R"({"kind":"handler","name":"Throttle","help":"passes on a | b","state":{"writes":2,"reads":[1,2]},"options":[)"
    R"({"name":"rate","type":"int","required":false,"hot":true,"default":100,"min":1,"help":"events a second"},)"
    R"({"name":"window","type":"duration","required":false,"hot":false,"default":1500,"max":3600000,)"
    R"("help":"how long"},)"
    R"({"name":"words","type":"list","required":false,"hot":false,"default":["a","b: c"],"help":"some"},)"
    R"({"name":"file","type":"path","required":true,"hot":false,"help":"where to"},)"
    R"({"name":"note","type":"text","required":false,"hot":false,"help":"anything"}]},)"
    R"({"kind":"server","name":"Bare","help":"","state":{"writes":0,"reads":[]},"options":[]}]}]})";

std::string value_text(const std::string& type, const char* value) {
  return option_value_text(type, nlohmann::ordered_json::parse(value));
}

std::string allowed(const char* option) {
  return allowed_text(nlohmann::ordered_json::parse(option));
}

}  // namespace

TEST_CASE("plugin doc is a page of Markdown with every option, and a piece of a config for each type",
          "[plugins]") {
  const std::string page = R"(# throttle 1.2.0

## Handler Throttle

Passes on a \| b.

| option | type | default | allowed | hot | |
|---|---|---|---|---|---|
| `rate` | int | 100 | at least 1 | yes | events a second |
| `window` | duration | 1500ms | at most 1h |  | how long |
| `words` | list | [a, b: c] | any |  | some |
| `file` | path | required | any |  | where to |
| `note` | text | - | any |  | anything |

State: it hands over version 2 and takes over 1, 2.

```yaml
managers:
  NAME:
    handlers:
      - type: Throttle
        options:
          rate: 100
          window: 1500ms
          words: ["a","b: c"]
          file: ...
          # note: ...
```

## Server Bare

It has no state to hand over: its successor starts afresh.

```yaml
servers:
  NAME:
    type: Bare
```)";
  CHECK(text_of(invocation({"plugin", "doc", "throttle"}), throttle) == page);
}

TEST_CASE("plugin doc of a refused file says why", "[plugins]") {
  const char* const refused = R"({"plugins":[{"file":"/p/x.so","name":"x","version":"1",)"
                              R"("refused":{"reason":"abi_major","text":"made for ABI 2"}}]})";
  CHECK(text_of(invocation({"plugin", "doc", "x"}), refused) ==
        "# x 1\n\nIt is refused (abi_major): made for ABI 2");
}

TEST_CASE("values are shown as a config takes them, with the largest unit that is exact", "[plugins]") {
  CHECK(value_text("duration", "0") == "0");
  CHECK(value_text("duration", "90000") == "90s");
  CHECK(value_text("duration", "172800000") == "2d");
  CHECK(value_text("duration", "1001") == "1001ms");
  CHECK(value_text("size", "65536") == "64KiB");
  CHECK(value_text("size", "1000") == "1000");
  CHECK(value_text("number", "0.25") == "0.25");
  CHECK(value_text("bool", "true") == "true");
  CHECK(value_text("text", R"("drop")") == "drop");
}

TEST_CASE("what is allowed is a range, open or closed, or the values, or any", "[plugins]") {
  CHECK(allowed(R"({"type":"int"})") == "any");
  CHECK(allowed(R"({"type":"int","min":0,"max":10})") == "0 to 10");
  CHECK(allowed(R"({"type":"size","min":1024})") == "at least 1KiB");
  CHECK(allowed(R"({"type":"duration","max":60000})") == "at most 1m");
  CHECK(allowed(R"({"type":"text","values":["full","off"]})") == "full, off");
}
