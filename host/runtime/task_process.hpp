// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/runtime/process.hpp"

#include <span>
#include <string>
#include <utility>

namespace baton {

/// A process that is posted tasks and sent no messages: where a handler's successor takes its state over
/// while the handler still works, where a canary runs. Not registered: nobody but its owner knows it. It is
/// asked to exit behind the last task, or given up.
class TaskProcess : public Process {
 public:
  TaskProcess(Runtime& runtime, std::string name, bool own_thread)
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
