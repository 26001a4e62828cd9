// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/app/noting_services.hpp"
#include "host/base/result.hpp"
#include "host/behaviour/instance.hpp"
#include "host/behaviour/option_change.hpp"
#include "host/loader/library.hpp"
#include "host/loader/manifest.hpp"
#include "host/runtime/message.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace baton {

/// What an instance did with messages that it was given.
struct Fed {
  std::size_t handled = 0;
  std::size_t refused = 0;
  std::string refusal;  // the last reason
  std::string leaves;   // it wants to go: in words; then it was given nothing more
  std::string failure;  // the reason; then it was given nothing more
};

/// What it did with a call or an info.
struct SubjectAnswer {
  std::optional<Reply> reply = {};  // of a call that was answered; a server may answer later
  std::string refusal = {};
  std::string leaves = {};  // also beside a reply
  std::string failure = {};
  bool is_unknown = false;
};

/// An instance of a handler or of a server that is tried out, which is the same for both: what a handler gets
/// as events, a server gets as casts. It carries out what the instance wants to happen after a callback, as
/// its process would. One thread.
class Subject {
 public:
  virtual ~Subject() = default;

  virtual Fed give(std::span<const Message> messages) = 0;
  /// A server that answers later does it for the caller with the number of the call, from 1 on
  /// (NotingServices::take_replies).
  virtual SubjectAnswer call(const Message& request) = 0;
  virtual SubjectAnswer info(const Message& info) = 0;
  virtual OptionsOutcome change_options(const Options& options) = 0;
  virtual Result<std::optional<State>> save() = 0;

  /// A host may have its state in parts instead.
  [[nodiscard]] virtual bool gives_parts() const { return false; }

  virtual Result<void> format_status(StatusView& view) const = 0;
  virtual Result<void> terminate(const TerminateReason& why) = 0;

  [[nodiscard]] NotingServices& services() { return *services_; }

 protected:
  explicit Subject(std::unique_ptr<NotingServices> services) : services_(std::move(services)) {}

  const std::unique_ptr<NotingServices> services_;  // outlives the instance
};

/// Makes instances of one type of a library, which lives as long as it or one of them.
class SubjectMaker {
 public:
  /// The library must offer it. `atoms` and `clock` outlive everything.
  SubjectMaker(std::shared_ptr<const Library> library, const Offer& offer, AtomTable& atoms,
               const Clock& clock);

  /// From a state, when there is one; then `older` is who has saved it, and shares its memory. Errors: as of
  /// HandlerFactory::create.
  [[nodiscard]] Result<std::unique_ptr<Subject>> make(const Options& options, std::optional<State> state = {},
                                                      Subject* older = nullptr) const;

 private:
  std::shared_ptr<const Library> library_;
  OfferKind kind_;
  std::string name_;
  AtomTable& atoms_;
  const Clock& clock_;
};

}  // namespace baton
