// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bench/common/payload.hpp"
#include "host/base/clock.hpp"
#include "host/base/log.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/library_store.hpp"
#include "host/loader/option_values.hpp"
#include "host/runtime/atoms.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// A benchmark goes no further than its first error.
template <class T>
T or_die(baton::Result<T> result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().text);
    std::exit(1);
  }
  return std::move(*result);
}

inline void or_die(const baton::Result<void>& result) {
  if (!result) {
    fmt::print(stderr, "{}\n", result.error().text);
    std::exit(1);
  }
}

/// The handlers and servers of bench/plugins, from their .so files and through the C boundary, as a host
/// loads them. Their private copies lie in a folder of their own, which goes with this.
class Plugins {
 public:
  Plugins();
  ~Plugins();
  Plugins(const Plugins&) = delete;
  Plugins& operator=(const Plugins&) = delete;

  /// `library`: "count", "append", "swapped_1", …
  baton::HandlerSpec handler(const std::string& library, const std::string& type,
                             const std::vector<baton::RawOption>& options = {}, const std::string& id = {});
  baton::ServerSpec server(const std::string& library, const std::string& type,
                           const std::vector<baton::RawOption>& options = {}, const std::string& name = {});

  [[nodiscard]] baton::Log& log() { return *log_; }

 private:
  baton::Options complete(const std::string& file, baton::OfferKind kind, const std::string& type,
                          const std::vector<baton::RawOption>& given);

  const std::string folder_;
  baton::SystemClock clock_;
  std::unique_ptr<baton::Log> log_;
  std::unique_ptr<baton::LibraryStore> libraries_;
  baton::Quarantine quarantine_;
  baton::Catalog catalog_;
};

/// Numbered messages of one producer. A message is valid until the next one.
class Numbered {
 public:
  explicit Numbered(baton::AtomTable& atoms, std::string_view type = "event") {
    message_.type = baton::to_str(type);
    message_.content_type = BATON_APPLICATION_OCTET_STREAM;
    message_ = with_atom(message_, atoms);
    message_.data = {reinterpret_cast<const std::uint8_t*>(&payload_), sizeof payload_};
  }

  Numbered(const Numbered&) = delete;
  Numbered& operator=(const Numbered&) = delete;

  const baton::Message& operator()(std::uint64_t seq) {
    payload_ = payload_of(seq);
    return message_;
  }

 private:
  Payload payload_{};
  baton::Message message_{};
};

/// A request without data.
[[nodiscard]] baton::Message request_of(std::string_view type, baton::AtomTable& atoms);

/// The value that a reply consists of.
template <class Plain>
Plain plain(const baton::Reply& reply) {
  if (reply.data.size() != sizeof(Plain)) {
    fmt::print(stderr, "a reply has another size: {}\n", reply.data.size());
    std::exit(1);
  }
  Plain value{};
  std::memcpy(&value, reply.data.data(), sizeof value);
  return value;
}

}  // namespace bench
