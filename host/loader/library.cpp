// SPDX-License-Identifier: Apache-2.0
#include "host/loader/library.hpp"

#include "host/loader/process_libraries.hpp"
#include "host/loader/suspects.hpp"
#include "host/loader/table_check.hpp"
#include "host/loader/table_copy.hpp"
#include "host/runtime/message.hpp"

// Boost 1.74 forgets it.
#include <vector>

#define BOOST_DLL_USE_STD_FS
#include <boost/dll/shared_library.hpp>
#include <fmt/format.h>

#include <dlfcn.h>
#include <exception>
#include <system_error>
#include <utility>

namespace baton {

/// Never copied: a copy of a shared_library opens the file again, lazily.
struct Library::Mapping {
  boost::dll::shared_library library;
};

namespace {

namespace dll = boost::dll;

tl::unexpected<Refusal> not_loadable(std::string_view text) {
  return refuse(
      RefusalReason::not_loadable,
      fmt::format("{}; check that every library it needs is installed and every symbol defined", text));
}

/// The error code of Boost.DLL says nothing; the text of the dynamic linker says all.
std::string linker_text(const std::error_code& code) {
  const char* const text = ::dlerror();
  return text == nullptr ? code.message() : text;
}

/// rtld_now: what is missing is found here and not in the middle of a call.
std::optional<std::string> open_library(dll::shared_library& library, const std::filesystem::path& path) {
  try {
    std::error_code code;
    library.load(path, code, dll::load_mode::rtld_now | dll::load_mode::rtld_local);
    return code ? std::optional(linker_text(code)) : std::nullopt;
  } catch (const std::exception& error) {  // Boost.DLL allocates
    return error.what();
  }
}

Judged<const baton_plugin*> checked_entry(const dll::shared_library& library, const Manifest& manifest) {
  if (!library.has(BATON_ENTRY_SYMBOL)) {
    return refuse(RefusalReason::no_entry, "the dynamic linker does not find " BATON_ENTRY_SYMBOL);
  }
  const auto& entry = library.get<const baton_plugin>(BATON_ENTRY_SYMBOL);
  if (const auto problem = table_problem(entry, manifest)) {
    return refuse(RefusalReason::bad_table, *problem);
  }
  return &entry;
}

template <class Table>
const Table* find_table(const Table* const* tables, std::size_t count, std::string_view name) {
  for (std::size_t i = 0; i < count; ++i) {
    if (view(tables[i]->name) == name) {
      return tables[i];
    }
  }
  return nullptr;
}

std::string why_pinned(const PluginIdentity& identity) {
  if (identity.has_thread_local_destructors) {
    return "a thread_local object with a destructor lives on a thread that still runs";
  }
  return "it is still mapped after dlclose: something else in the process refers to it";
}

}  // namespace

Library::Library(PluginIdentity identity, PrivateCopy copy, std::uint64_t serial, UnloadObserver& observer,
                 std::unique_ptr<Mapping> mapping, const baton_plugin& table,
                 std::shared_ptr<Suspect> suspect)
    : identity_(std::move(identity)),
      copy_(std::move(copy)),
      serial_(serial),
      observer_(observer),
      mapping_(std::move(mapping)),
      table_(table),
      suspect_(std::move(suspect)) {}

Judged<std::shared_ptr<const Library>> Library::load(PluginIdentity identity, PrivateCopy copy,
                                                     std::uint64_t serial, UnloadObserver& observer,
                                                     const std::shared_ptr<Suspect>& suspect) {
  const SuspectCall call(suspect.get(), "loading");
  auto mapping = std::make_unique<Mapping>();
  if (const auto problem = open_library(mapping->library, copy.path())) {
    return not_loadable(*problem);
  }
  // The proof that it is gone, later, is that this is no longer so.
  if (!is_mapped(copy.path())) {
    return not_loadable("the dynamic linker lists it under another name than " + copy.path().string());
  }
  const Judged<const baton_plugin*> entry = checked_entry(mapping->library, identity.manifest);
  if (!entry) {
    close(mapping, copy);
    return tl::make_unexpected(entry.error());
  }
  const baton_plugin table = copy_table(**entry);
  return std::shared_ptr<const Library>(new Library(std::move(identity), std::move(copy), serial, observer,
                                                    std::move(mapping), table, suspect));
}

bool Library::close(std::unique_ptr<Mapping>& mapping, PrivateCopy& copy) {
  const std::filesystem::path path = copy.path();
  mapping.reset();  // dlclose
  const bool gone = !is_mapped(path);
  if (!gone) {
    copy.leave();
  }
  return gone;
}

Library::~Library() {
  const bool gone = [this] {
    const SuspectCall call(suspect_.get(), "unloading");
    return close(mapping_, copy_);
  }();
  observer_.library_released(serial_, gone ? std::nullopt : std::optional(why_pinned(identity_)));
}

const baton_handler* Library::handler(std::string_view name) const {
  return find_table(table_.handlers, table_.handler_count, name);
}

const baton_server* Library::server(std::string_view name) const {
  return find_table(table_.servers, table_.server_count, name);
}

}  // namespace baton
