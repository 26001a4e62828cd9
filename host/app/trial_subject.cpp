// SPDX-License-Identifier: Apache-2.0
#include "host/app/trial_subject.hpp"

#include "host/behaviour/handler.hpp"
#include "host/behaviour/server.hpp"
#include "host/loader/plugin_handler.hpp"
#include "host/loader/plugin_server.hpp"

#include <fmt/format.h>

#include <utility>

namespace baton {
namespace {

class HandlerSubject final : public Subject {
 public:
  HandlerSubject(std::unique_ptr<NotingServices> services, std::unique_ptr<Handler> handler)
      : Subject(std::move(services)), handler_(std::move(handler)) {}

  Fed give(std::span<const Message> messages) override {
    Fed fed;
    while (!messages.empty()) {
      EventsOutcome outcome = handler_->handle_events(messages);
      fed.handled += outcome.handled;
      fed.refused += outcome.refused;
      switch (outcome.verdict) {
        case HandlerVerdict::ok:
          return fed;
        case HandlerVerdict::refused:
          fed.refusal = std::move(outcome.reason);
          messages = messages.subspan(outcome.handled + outcome.refused);
          break;
        case HandlerVerdict::failed:
          fed.failure = std::move(outcome.reason);
          return fed;
        case HandlerVerdict::remove:
          fed.leaves = "asks to be removed";
          return fed;
        case HandlerVerdict::swap:
          fed.leaves = "asks for " + outcome.replacement + " in its place";
          return fed;
      }
    }
    return fed;
  }

  SubjectAnswer call(const Message& request) override {
    CallOutcome outcome = handler_->handle_call(request);
    SubjectAnswer answered;
    switch (outcome.verdict) {
      case CallOutcome::Verdict::reply:
        answered.reply = std::move(outcome.reply);
        break;
      case CallOutcome::Verdict::unknown_request:
        answered.is_unknown = true;
        break;
      case CallOutcome::Verdict::refused:
        answered.refusal = std::move(outcome.reason);
        break;
      case CallOutcome::Verdict::failed:
        answered.failure = std::move(outcome.reason);
        break;
      case CallOutcome::Verdict::reply_and_remove:
        answered.reply = std::move(outcome.reply);
        answered.leaves = "asks to be removed";
        break;
      case CallOutcome::Verdict::reply_and_swap:
        answered.reply = std::move(outcome.reply);
        answered.leaves = "asks for " + outcome.replacement + " in its place";
        break;
    }
    return answered;
  }

  SubjectAnswer info(const Message& info) override {
    InfoOutcome outcome = handler_->handle_info(info);
    SubjectAnswer answered;
    if (outcome.verdict == HandlerVerdict::failed) {
      answered.failure = std::move(outcome.reason);
    } else if (outcome.verdict != HandlerVerdict::ok) {
      answered.leaves = "wants to leave";
    }
    return answered;
  }

  OptionsOutcome change_options(const Options& options) override { return handler_->change_options(options); }

  Result<std::optional<State>> save() override { return handler_->save(); }

  [[nodiscard]] bool gives_parts() const override { return handler_->gives_parts(); }

  Result<void> format_status(StatusView& view) const override {
    return handler_->format_status(StatusPurpose::normal, view);
  }

  Result<void> terminate(const TerminateReason& why) override {
    const auto ended = handler_->terminate(why);
    return ended ? Result<void>() : Result<void>(fail(ended.error()));
  }

 private:
  std::unique_ptr<Handler> handler_;
};

class ServerSubject final : public Subject {
 public:
  ServerSubject(std::unique_ptr<NotingServices> services, std::unique_ptr<Server> server)
      : Subject(std::move(services)), server_(std::move(server)) {}

  /// What its create left to be done. Errors: init_failed.
  Result<void> begin() {
    const SubjectAnswer done = follow(server_->after_init());
    return done.failure.empty() ? Result<void>() : fail(Errc::init_failed, done.failure);
  }

  Fed give(std::span<const Message> messages) override {
    Fed fed;
    while (!messages.empty()) {
      ServerOutcome outcome = server_->handle_casts(messages);
      fed.handled += outcome.handled;
      const SubjectAnswer after = after_callback(outcome);
      fed.failure = after.failure;
      fed.leaves = after.leaves;
      if (!fed.failure.empty() || !fed.leaves.empty() || outcome.handled == 0) {
        return fed;
      }
      messages = messages.subspan(outcome.handled);
    }
    return fed;
  }

  SubjectAnswer call(const Message& request) override {
    ServerOutcome outcome = server_->handle_call(request, ++last_from_);
    std::optional<Reply> reply = std::move(outcome.reply);
    SubjectAnswer answered = after_callback(outcome);
    answered.reply = std::move(reply);
    return answered;
  }

  SubjectAnswer info(const Message& info) override {
    ServerOutcome outcome = server_->handle_info(info);
    return after_callback(outcome);
  }

  OptionsOutcome change_options(const Options& options) override { return server_->change_options(options); }

  Result<std::optional<State>> save() override { return server_->save(); }

  Result<void> format_status(StatusView& view) const override {
    return server_->format_status(StatusPurpose::normal, view);
  }

  Result<void> terminate(const TerminateReason& why) override { return server_->terminate(why); }

 private:
  static constexpr int continues_max = 1000;  // one after the other: a server that never gets to its mailbox

  SubjectAnswer after_callback(ServerOutcome& outcome) {
    using Verdict = ServerOutcome::Verdict;
    SubjectAnswer answered;
    switch (outcome.verdict) {
      case Verdict::ok:
      case Verdict::no_reply:
        return follow(std::move(outcome.then));
      case Verdict::unexpected:
        break;
      case Verdict::unknown_request:
        answered = follow(std::move(outcome.then));
        answered.is_unknown = true;
        break;
      case Verdict::refused:
        answered = follow(std::move(outcome.then));
        answered.refusal = std::move(outcome.reason);
        break;
      case Verdict::failed:
        answered.failure = std::move(outcome.reason);
        break;
      case Verdict::stop:
        answered.leaves = outcome.reason.empty() ? "stops" : "stops: " + outcome.reason;
        break;
    }
    return answered;
  }

  /// What is to happen at once; a timeout is nothing that happens here.
  SubjectAnswer follow(Then then) {
    for (int i = 0; then.kind == Then::Kind::handle_continue; ++i) {
      if (i == continues_max) {
        return {.failure = fmt::format("handle_continue asks for itself again, {} times", i)};
      }
      Message what{};
      what.type = to_str(then.what);
      what.type_atom = services_->intern(then.what);
      ServerOutcome outcome = server_->handle_continue(what);
      if (outcome.verdict != ServerOutcome::Verdict::ok) {
        outcome.then = {};
        return after_callback(outcome);
      }
      then = std::move(outcome.then);
    }
    return {};
  }

  std::unique_ptr<Server> server_;
  std::uint64_t last_from_ = 0;
};

Result<std::unique_ptr<Subject>> make_handler(const HandlerFactory& factory, const InstanceInit& init,
                                              std::unique_ptr<NotingServices> services) {
  auto handler = factory.create(init, *services);
  if (!handler) {
    return fail(std::move(handler.error()));
  }
  return std::make_unique<HandlerSubject>(std::move(services), std::move(*handler));
}

Result<std::unique_ptr<Subject>> make_server(const ServerFactory& factory, const InstanceInit& init,
                                             std::unique_ptr<NotingServices> services) {
  auto server = factory.create(init, *services);
  if (!server) {
    return fail(std::move(server.error()));
  }
  auto subject = std::make_unique<ServerSubject>(std::move(services), std::move(*server));
  if (auto begun = subject->begin(); !begun) {
    return fail(std::move(begun.error()));
  }
  return subject;
}

}  // namespace

SubjectMaker::SubjectMaker(std::shared_ptr<const Library> library, const Offer& offer, AtomTable& atoms,
                           const Clock& clock)
    : library_(std::move(library)), kind_(offer.kind), name_(offer.name), atoms_(atoms), clock_(clock) {}

Result<std::unique_ptr<Subject>> SubjectMaker::make(const Options& options, std::optional<State> state,
                                                    Subject* older) const {
  auto services = std::make_unique<NotingServices>(atoms_, clock_);
  if (older != nullptr) {
    services->memories().inherit(older->services().memories());
  }
  const InstanceInit init{name_, "trial", 1, options, std::move(state)};
  return kind_ == OfferKind::handler
             ? make_handler(*make_handler_factory(library_, name_), init, std::move(services))
             : make_server(*make_server_factory(library_, name_), init, std::move(services));
}

}  // namespace baton
