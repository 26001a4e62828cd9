// SPDX-License-Identifier: Apache-2.0
#include "host/app/command_line.hpp"

#include <nlohmann/json.hpp>

#include <ostream>
#include <string>
#include <string_view>

namespace baton {
namespace {

/// What was typed may be anything; what is not UTF-8 is replaced.
std::string error_document(std::string_view code, std::string_view text) {
  using Json = nlohmann::ordered_json;
  return Json{{"error", {{"code", code}, {"text", text}}}}.dump(-1, ' ', false,
                                                                Json::error_handler_t::replace);
}

}  // namespace

ExitCode print_reply(const CommandLineReply& reply, OutputFormat otherwise, std::ostream& out,
                     std::ostream& err) {
  const OutputFormat format = reply.format == OutputFormat::text ? otherwise : reply.format;
  if (reply.code == ExitCode::done) {
    out << reply.text << std::flush;
  } else if (format == OutputFormat::json) {
    const std::string text = reply.text.substr(0, reply.text.find_last_not_of('\n') + 1);
    out << error_document("usage", text) << std::endl;
  } else {
    err << reply.text << std::flush;
  }
  return reply.code;
}

ExitCode print_error(const Error& error, OutputFormat format, std::ostream& out, std::ostream& err) {
  if (format == OutputFormat::json) {
    out << error_document(errc_name(error.code), error.text) << std::endl;
  } else {
    err << "error[" << errc_name(error.code) << "]: " << error.text << std::endl;
  }
  return exit_code_of(error.code);
}

}  // namespace baton
