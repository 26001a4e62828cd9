// SPDX-License-Identifier: Apache-2.0
#include "host/app/state_file.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace baton {

namespace fs = std::filesystem;

Result<DescribedState> state_of_file(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
  if (!stream.is_open() || stream.bad()) {
    return fail(Errc::bad_request, "cannot read " + file.string());
  }
  auto state = read_state(text);
  if (!state) {
    return fail(Errc::bad_request,
                fmt::format("{}: {}; a state is {{\"type\": …, \"version\": …, \"data\": …}}, as `baton try "
                            "FILE --save` writes it",
                            file.string(), state.error().text));
  }
  return state;
}

Result<void> write_state_file(const fs::path& file, const nlohmann::ordered_json& document) {
  const fs::path part = file.string() + ".part";
  std::ofstream stream(part, std::ios::binary | std::ios::trunc);
  stream << document.dump(2) << '\n';
  stream.close();
  std::error_code error;
  if (stream) {
    fs::rename(part, file, error);
  }
  if (!stream || error) {
    std::error_code ignored;
    fs::remove(part, ignored);
    return fail(Errc::io_failed, "cannot write " + file.string());
  }
  return {};
}

}  // namespace baton
