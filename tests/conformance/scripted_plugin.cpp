// SPDX-License-Identifier: Apache-2.0
// ScriptedHandler (tests/support/scripted_handler.hpp) once more, as a plugin: the same verbs, the same
// trace.
#include "tests/conformance/scripted_port.hpp"

#include <baton/plugin.hpp>

#include <charconv>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace {

class ScriptedBase : public baton::Handler {
 public:
  static constexpr auto port = baton::option("port", "", "the address of a scripted::Port");

  ~ScriptedBase() override { port_->note("destroyed"); }

  baton::Next handle_event(const baton::Event& event) {
    const std::string_view type = event.type();
    const bool is_for_me = event.data().empty() || event.data() == id_;
    if (is_for_me && is_bad_return(type)) {
      return baton::Next::no_reply;
    }
    port_->note(std::string(type) + (event.data().empty() ? "" : " ") + std::string(event.data()));
    ++count_;
    return is_for_me ? what_follows(type) : baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) {
    const std::string_view type = request.type();
    if (type == "echo") {
      reply.text(request.data());
    } else if (type == "count") {
      reply.json(std::to_string(count_));
    } else if (type == "run") {
      port_->run();
      reply.text("ran");
    } else if (type == "throw" || type == "fail") {
      throw std::runtime_error(type == "throw" ? "thrown" : "failed");
    } else if (type == "bad_return") {
      return baton::Next::no_reply;
    } else if (type == "remove" || type == "swap" || type == "hibernate") {
      reply.text(type == "remove" ? "bye" : type == "swap" ? "swapped" : "good night");
      return what_follows(type);
    } else {
      return baton::Next::unknown_request;
    }
    return baton::Next::ok;
  }

  baton::Next handle_info(const baton::Info& info) {
    const std::string_view type = info.type();
    port_->note("info " + std::string(type));
    if (!info.data().empty() && info.data() != id_) {
      return baton::Next::ok;
    }
    if (type == "throw") {
      throw std::runtime_error("thrown");
    }
    return type == "bad_return" ? baton::Next::no_reply : what_follows(type);
  }

  void terminate(const baton::TerminateReason& why, baton::Reply& value) {
    static constexpr std::string_view kinds[] = {"",        "stop",  "deleted", "remove",
                                                 "swapped", "error", "owner"};
    port_->note("terminate " + std::string(kinds[static_cast<std::size_t>(why.kind)]) +
                (why.text.empty() ? "" : " ") + std::string(why.text));
    port_->on_terminate();
    if (port_->terminate_throws()) {
      throw std::runtime_error("thrown");
    }
    value.text("value of " + id_);
  }

 protected:
  explicit ScriptedBase(const baton::Init& init) : port_(port_of(init)), id_(init.id()) {
    if (port_->create_throws() || port_->create_fails()) {
      const bool throws = port_->create_throws();
      throw std::runtime_error(throws ? "thrown" : "will not");
    }
    if (const auto old = init.state()) {
      count_ = static_cast<std::uint64_t>(std::stoull(std::string(old->data)));
      port_->note("takes over state " + std::string(old->data) +
                  (old->extra.empty() ? "" : " with " + std::string(old->extra)));
    }
  }

  void save_count(baton::StateWriter& out) const {
    if (port_->save_throws()) {
      throw std::runtime_error("thrown");
    }
    out.raw(std::to_string(count_));
  }

 private:
  static std::unique_ptr<scripted::Port> port_of(const baton::Init& init) {
    const std::string_view text = init.options()[port];
    std::uintptr_t address = 0;
    std::from_chars(text.data(), text.data() + text.size(), address);
    return std::unique_ptr<scripted::Port>(reinterpret_cast<scripted::Port*>(address));
  }

  bool is_bad_return(std::string_view type) {
    if (type == "throw" || type == "fail") {
      throw std::runtime_error(type == "throw" ? "thrown" : "failed");
    }
    if (type == "throw_int") {
      throw 42;  // foreign code does that
    }
    if (type == "refuse") {
      throw baton::Refused("disk full");
    }
    if (type == "run") {
      port_->run();
    }
    return type == "bad_return";
  }

  baton::Next what_follows(std::string_view type) {
    if (type == "remove") {
      return baton::Next::remove;
    }
    if (type == "swap") {
      return swap_handler(port_->swap_to(), port_->swap_argument());
    }
    return type == "hibernate" ? hibernate() : baton::Next::ok;
  }

  const std::unique_ptr<scripted::Port> port_;
  const std::string id_;
  std::uint64_t count_ = 0;
};

class ScriptedHandler final : public ScriptedBase {
 public:
  static constexpr auto description = baton::describe("ScriptedHandler").state(1).options(port);

  explicit ScriptedHandler(const baton::Init& init) : ScriptedBase(init) {}

  void save(baton::StateWriter& out) const override { save_count(out); }
};

/// The same without a state to hand over.
class StatelessHandler final : public ScriptedBase {
 public:
  static constexpr auto description = baton::describe("StatelessHandler").options(port);

  explicit StatelessHandler(const baton::Init& init) : ScriptedBase(init) {}
};

}  // namespace

BATON_PLUGIN("scripted", "1.0.0", ScriptedHandler, StatelessHandler)
