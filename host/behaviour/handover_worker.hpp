// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/process.hpp"

#include <span>
#include <string>
#include <utility>

namespace baton {

/// Where the successor of a handler takes its state over while the handler still works: a process of its
/// own, so that it runs beside the manager's. Not registered: nobody but its manager knows it. It is posted
/// tasks, and asked to exit behind the last one.
class HandoverWorker final : public Process {
 public:
  HandoverWorker(Runtime& runtime, std::string name, bool own_thread)
      : Process(runtime, std::move(name), options_for(own_thread)) {}

 private:
  static ProcessOptions options_for(bool own_thread) {
    ProcessOptions options;
    options.own_thread = own_thread;
    return options;
  }

  void handle_messages(std::span<const Message> /*messages*/) override {}

  void handle_stop(ExitReason reason) override { end(reason); }
};

}  // namespace baton
