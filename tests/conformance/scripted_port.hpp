// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace scripted {

/// What a scripted handler in a plugin file has of the test that wrote its script. Option `port` is its
/// address, and the handler owns it. Includes nothing of the host, nor of the C++ layer of plugins.
class Port {
 public:
  Port() = default;
  virtual ~Port() = default;
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  virtual void note(std::string_view what) = 0;
  virtual void run() = 0;           // the closure of the test
  virtual void on_terminate() = 0;  // another one

  [[nodiscard]] virtual bool create_fails() const = 0;
  [[nodiscard]] virtual bool create_throws() const = 0;
  [[nodiscard]] virtual bool save_throws() const = 0;
  [[nodiscard]] virtual bool terminate_throws() const = 0;
  [[nodiscard]] virtual std::string swap_to() const = 0;
  [[nodiscard]] virtual std::string swap_argument() const = 0;
};

}  // namespace scripted
