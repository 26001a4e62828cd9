// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "tests/simulation/world.hpp"

#include <array>
#include <cstddef>
#include <functional>
#include <span>

namespace baton::simulation {

/// A few messages of one sender, to be sent at once.
class Batch {
 public:
  static constexpr std::uint32_t most = 6;

  Batch(World& world, std::uint16_t sender, Deed (*deed)(World&), std::uint32_t at_most = most);
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  [[nodiscard]] std::size_t size() const { return size_; }

  [[nodiscard]] std::uint16_t sender() const { return payloads_[0].sender; }

  [[nodiscard]] std::span<const Payload> payloads() const { return {payloads_.data(), size_}; }

  [[nodiscard]] std::span<const Message> messages() const { return {messages_.data(), size_}; }

 private:
  const std::uint32_t size_;
  std::array<Payload, most> payloads_;
  std::array<Message, most> messages_{};
};

/// Sends, and notes what the sender is told about how many were accepted. `is_waited_for`: the messages
/// are never dropped.
Result<std::size_t> counted_send(World& world, Home& home, const Batch& batch,
                                 const std::function<Result<std::size_t>()>& send,
                                 bool is_waited_for = false);

/// Stops a process with a reason drawn at random and holds the outcome against the rules.
void stop(World& world, Home& home);

}  // namespace baton::simulation
