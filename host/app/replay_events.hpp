// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/result.hpp"
#include "host/control/client.hpp"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <string>

namespace baton {

/// The events that a candidate is tried with, in a file: an EVENT of api.hpp a line.
struct ReplayEvents {
  std::filesystem::path file;
  std::size_t count = 0;
  std::uint64_t left_out = 0;  // that the manager could not keep: each was too large
};

/// Those that somebody has written, or `record get`, into the file `into`; `name` is of where they come from.
/// With a type, each line is the data of such an event. Waits for the end of the stream. Errors: bad_request,
/// with the number of the line; io_failed.
Result<ReplayEvents> events_of_stream(std::istream& stream, const std::string& name, const std::string& type,
                                      const std::filesystem::path& into);

/// Those of a file.
Result<ReplayEvents> events_of_file(const std::filesystem::path& file, const std::string& type,
                                    const std::filesystem::path& into);

/// Those that a manager has recorded. Errors: the host's; not_found, when there are none; io_failed.
Result<ReplayEvents> events_of_manager(Client& client, const std::string& manager,
                                       const std::filesystem::path& into);

}  // namespace baton
