// SPDX-License-Identifier: Apache-2.0
#include "bench/workloads/plugins.hpp"

#include <sodium.h>

#include <filesystem>
#include <utility>

namespace bench {
namespace {

using namespace baton;

std::string make_folder() {
  std::string folder = (std::filesystem::temp_directory_path() / "baton-bench-XXXXXX").string();
  if (sodium_init() < 0 || mkdtemp(folder.data()) == nullptr) {
    fmt::print(stderr, "{} cannot be made\n", folder);
    std::exit(1);
  }
  return folder;
}

std::string file_of(const std::string& library) {
  return fmt::format("{}/bench_{}.so", BENCH_PLUGINS, library);
}

}  // namespace

Plugins::Plugins()
    : folder_(make_folder()),
      log_(make_stderr_log(LogLevel::warning)),
      libraries_(or_die(LibraryStore::open(folder_, *log_))),
      quarantine_(clock_, *log_),
      catalog_({}, *log_, *libraries_, quarantine_) {}

Plugins::~Plugins() {
  std::error_code ignored;  // it is in the temporary directory
  std::filesystem::remove_all(folder_, ignored);
}

HandlerSpec Plugins::handler(const std::string& library, const std::string& type,
                             const std::vector<RawOption>& options, const std::string& id) {
  HandlerSpec spec;
  spec.id = id.empty() ? type : id;
  spec.factory = or_die(catalog_.handler_factory_from_file(file_of(library), type));
  spec.options = complete(file_of(library), OfferKind::handler, type, options);
  return spec;
}

ServerSpec Plugins::server(const std::string& library, const std::string& type,
                           const std::vector<RawOption>& options, const std::string& name) {
  ServerSpec spec;
  spec.name = name;
  spec.factory = or_die(catalog_.server_factory_from_file(file_of(library), type));
  spec.options = complete(file_of(library), OfferKind::server, type, options);
  return spec;
}

Options Plugins::complete(const std::string& file, OfferKind kind, const std::string& type,
                          const std::vector<RawOption>& given) {
  auto options = complete_options(or_die(catalog_.offer_in_file(file, kind, type)), given, "/");
  if (!options) {
    fmt::print(stderr, "{}: {}\n", type, options.error().front().text);
    std::exit(1);
  }
  return std::move(*options);
}

Message request_of(std::string_view type, AtomTable& atoms) {
  Message request{};
  request.type = to_str(type);
  request.content_type = BATON_TEXT_PLAIN;
  return with_atom(request, atoms);
}

}  // namespace bench
