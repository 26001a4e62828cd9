// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <baton/plugin.hpp>

#include <charconv>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

/// Handlers and servers that do what they are told, for the conformance tests: OTP's `{do, Fun}`. The data of
/// a message of type "do" is a list of orders, "reply x, timeout 40"; an order is a verb and its text. What
/// they are called with they write to the host's log, as "handle_call reply x, timeout 40".
///
/// Compiled twice: into a plugin file, and into the test program. Includes nothing of the host.
///
///   all:      throw TEXT, state TEXT, hibernate, cast TEXT (an order to itself, behind what waits),
///             post TEXT (the same as an info, by a timer), refuse TEXT, unknown, reply TEXT
///   servers:  stop REASON, later (no_reply), keep (as later, but a reply
///             follows), answer TEXT (to the last that was put off), timeout MS,
///   forbidden
///             (a return value that servers must not give), call NAME TEXT, continue (all that follows)
///   handlers: remove, swap TYPE, forbidden
namespace told {

/// One order of a list. `rest` is what follows it.
struct Order {
  std::string_view verb;
  std::string_view text;
  std::string_view rest;
};

inline Order next_order(std::string_view orders) {
  const std::size_t end = orders.find(", ");
  const std::string_view one = orders.substr(0, end);
  const std::size_t blank = one.find(' ');
  return {one.substr(0, blank), blank == std::string_view::npos ? std::string_view() : one.substr(blank + 1),
          end == std::string_view::npos ? std::string_view() : orders.substr(end + 2)};
}

inline int number(std::string_view text) {
  int value = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), value).ec != std::errc()) {
    throw std::invalid_argument("no number: " + std::string(text));
  }
  return value;
}

/// What handlers and servers have in common: the log, the state, and how it is shown.
class Common {
 public:
  static constexpr auto init_orders = baton::option("init", "", "orders; of a server also ignore");
  static constexpr auto terminate_order = baton::option("terminate", "", "an order");
  static constexpr auto shown = baton::option("format", "", "show, hide, throw or huge");

  explicit Common(const baton::Init& init)
      : host(init.host()),
        process(init.process()),
        terminate_orders(init.options()[terminate_order]),
        format(init.options()[shown]) {
    if (const auto old = init.state()) {
      state = baton::StateReader(old->data).text();
      note("takes over", state);
    }
  }

  void note(std::string_view callback, std::string_view what) const {
    host.info(std::string(callback) + (what.empty() ? "" : " ") + std::string(what));
  }

  /// Does what all can do. False: it is none of that.
  bool obey(const Order& order) {
    if (order.verb == "throw") {
      throw std::runtime_error(std::string(order.text));
    }
    if (order.verb == "refuse") {
      throw baton::Refused(std::string(order.text));
    }
    if (order.verb == "state") {
      state = order.text;
    } else if (order.verb == "cast") {
      static_cast<void>(host.cast(process, {.type = "do", .data = order.text}));
    } else if (order.verb == "notify") {
      static_cast<void>(host.notify(process, {.type = "do", .data = order.text}));
    } else if (order.verb == "post") {
      host.start_timer(std::chrono::milliseconds(0), {.type = "do", .data = order.text});
    } else {
      return false;
    }
    return true;
  }

  void terminate(const baton::TerminateReason& why, baton::Reply& value) {
    static constexpr std::string_view kinds[] = {"",        "stop",  "deleted", "remove",
                                                 "swapped", "error", "owner"};
    note("terminate " + std::string(kinds[static_cast<std::size_t>(why.kind)]), why.text);
    value.text("value of " + state);
    if (!terminate_orders.empty()) {
      obey(next_order(terminate_orders));
    }
  }

  /// The option `format`: hide, throw, or show, which is the default.
  void format_status(baton::StatusReport& report) const {
    if (format == "throw") {
      throw std::runtime_error("no status");
    }
    if (format == "hide") {
      report.state("hidden");
      report.message("hidden");
      return;
    }
    if (format == "huge") {
      report.state(std::string(100'000, 'x'));
      return;
    }
    report.state(state);
  }

  baton::Host host;
  std::string process;
  std::string state = "s0";
  std::string terminate_orders;
  std::string format;
};

class ToldServer final : public baton::Server {
 public:
  static constexpr auto on_timeout = baton::option("on_timeout", "", "orders");
  static constexpr auto description =
      baton::describe("ToldServer")
          .state(1)
          .options(Common::init_orders, Common::terminate_order, Common::shown, on_timeout);

  explicit ToldServer(const baton::Init& init) : common_(init), on_timeout_(init.options()[on_timeout]) {
    const std::string_view orders = init.options()[Common::init_orders];
    common_.note("init", orders);
    if (orders == "ignore") {
      throw baton::Ignore();
    }
    obey(orders, nullptr, {});
  }

  baton::Next handle_call(const baton::Request& request, baton::From from, baton::Reply& reply) override {
    common_.note("handle_call", request.data());
    return request.type() == "do" ? obey(request.data(), &reply, from) : baton::Next::unknown_request;
  }

  baton::Next handle_cast(const baton::Request& request) override {
    common_.note("handle_cast", request.data());
    return obey(request.data(), nullptr, {});
  }

  baton::Next handle_continue(const baton::Continue& what) override {
    common_.note("handle_continue", what.type());
    return obey(what.type(), nullptr, {});
  }

  baton::Next handle_info(const baton::Info& info) override {
    const bool is_timeout = info.type() == "timeout";
    common_.note("handle_info", is_timeout ? "timeout" : info.data());
    return obey(is_timeout ? on_timeout_ : info.data(), nullptr, {});
  }

  void terminate(const baton::TerminateReason& why, baton::Reply& value) override {
    common_.terminate(why, value);
  }

  void save(baton::StateWriter& out) const override { out.text(common_.state); }

  void format_status(baton::StatusReport& report) const override { common_.format_status(report); }

 private:
  baton::Next obey(std::string_view orders, baton::Reply* reply, baton::From from) {
    baton::Next next = baton::Next::ok;
    while (!orders.empty()) {
      const Order order = next_order(orders);
      if (order.verb == "continue") {
        return continue_with(std::string(orders.substr(order.verb.size() + 1)), next);
      }
      next = obey(order, next, reply, from);
      orders = order.rest;
    }
    return next;
  }

  baton::Next obey(const Order& order, baton::Next next, baton::Reply* reply, baton::From from) {
    if (order.verb == "reply" && reply != nullptr) {
      reply->text(order.text);
    } else if (order.verb == "later") {
      waiting_ = from;
      return baton::Next::no_reply;
    } else if (order.verb == "keep") {
      waiting_ = from;
    } else if (order.verb == "answer") {
      common_.note("answered", to_text(common_.host.reply(waiting_, order.text)));
    } else if (order.verb == "stop") {
      return stop(std::string(order.text));
    } else if (order.verb == "forbidden") {
      return baton::Next::remove;
    } else if (order.verb == "unknown") {
      return baton::Next::unknown_request;
    } else if (order.verb == "timeout") {
      return timeout_in(std::chrono::milliseconds(number(order.text)), next);
    } else if (order.verb == "hibernate") {
      return hibernate(next);
    } else if (order.verb == "call") {
      const auto name = order.text.substr(0, order.text.find(' '));
      const auto result = common_.host.call(name, {.type = "do", .data = order.text.substr(name.size() + 1)});
      common_.note("called", std::string(to_text(result.status)) + " " + result.data);
    } else {
      common_.obey(order);
    }
    return next;
  }

  Common common_;
  std::string on_timeout_;
  baton::From waiting_;
};

/// Has handle_call and no other callback.
class BareServer final : public baton::Server {
 public:
  static constexpr auto description = baton::describe("BareServer");

  explicit BareServer(const baton::Init& init) : host_(init.host()) {}

  baton::Next handle_call(const baton::Request& request, baton::From, baton::Reply& reply) override {
    const Order order = next_order(request.data());
    if (order.verb == "post") {
      host_.start_timer(std::chrono::milliseconds(0), {.type = "stray", .data = order.text});
    }
    reply.text(order.text);
    return order.verb == "continue" ? continue_with(std::string(order.text)) : baton::Next::ok;
  }

 private:
  baton::Host host_;
};

/// Has no callback at all.
class MuteServer final : public baton::Server {
 public:
  static constexpr auto description = baton::describe("MuteServer");

  explicit MuteServer(const baton::Init& /*init*/) {}
};

class ToldHandlerBase : public baton::Handler {
 public:
  baton::Next handle_event(const baton::Event& event) override {
    common_.note("handle_event", event.type() == "do" ? event.data() : event.type());
    return event.type() == "do" ? obey(event.data(), nullptr) : baton::Next::ok;
  }

  baton::Next handle_call(const baton::Request& request, baton::Reply& reply) override {
    common_.note("handle_call", request.data());
    return request.type() == "do" ? obey(request.data(), &reply) : baton::Next::unknown_request;
  }

  baton::Next handle_info(const baton::Info& info) override {
    common_.note("handle_info", info.data());
    return obey(info.data(), nullptr);
  }

  void terminate(const baton::TerminateReason& why, baton::Reply& value) override {
    common_.terminate(why, value);
  }

  void save(baton::StateWriter& out) const override { out.text(common_.state); }

  void format_status(baton::StatusReport& report) const override { common_.format_status(report); }

 protected:
  explicit ToldHandlerBase(const baton::Init& init) : common_(init) {
    common_.note("init", init.options()[Common::init_orders]);
    obey(init.options()[Common::init_orders], nullptr);
  }

  static constexpr baton::Description describe(std::string_view name) {
    return baton::describe(name).state(1).options(Common::init_orders, Common::terminate_order,
                                                  Common::shown);
  }

 private:
  baton::Next obey(std::string_view orders, baton::Reply* reply) {
    baton::Next next = baton::Next::ok;
    while (!orders.empty()) {
      const Order order = next_order(orders);
      orders = order.rest;
      if (order.verb == "reply" && reply != nullptr) {
        reply->text(order.text);
      } else if (order.verb == "remove") {
        next = baton::Next::remove;
      } else if (order.verb == "swap") {
        next = swap_handler(std::string(order.text));
      } else if (order.verb == "forbidden") {
        next = baton::Next::no_reply;
      } else if (order.verb == "unknown") {
        next = baton::Next::unknown_request;
      } else if (order.verb == "hibernate") {
        next = hibernate(next);
      } else {
        common_.obey(order);
      }
    }
    return next;
  }

  Common common_;
};

class ToldHandler final : public ToldHandlerBase {
 public:
  static constexpr auto description = describe("ToldHandler");

  explicit ToldHandler(const baton::Init& init) : ToldHandlerBase(init) {}
};

/// The same under another name, to swap to.
class OtherHandler final : public ToldHandlerBase {
 public:
  static constexpr auto description = describe("OtherHandler");

  explicit OtherHandler(const baton::Init& init) : ToldHandlerBase(init) {}
};

}  // namespace told
