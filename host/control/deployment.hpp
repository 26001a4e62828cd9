// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "host/base/mutex.hpp"
#include "host/base/result.hpp"
#include "host/behaviour/crash_records.hpp"
#include "host/behaviour/event_manager.hpp"
#include "host/behaviour/server_process.hpp"
#include "host/behaviour/supervisor.hpp"
#include "host/loader/catalog.hpp"
#include "host/loader/option_values.hpp"
#include "host/runtime/runtime.hpp"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace baton {

/// What an instance is made from, as a person writes it: nothing is checked yet.
struct Recipe {
  std::string type;            // may be empty when `file` is given: the only one it offers
  std::filesystem::path file;  // empty: from the plugin directories
  std::vector<RawOption> options;
  std::filesystem::path directory;  // relative paths among the options start here
  // How a swap of it is done, unless that one says otherwise.
  std::size_t canary = 0;  // how many events or requests its canary gets
  WatchPolicy watch = {};
};

/// A handler of a manager as it is to be installed whenever the manager starts.
struct HandlerOrder {
  std::string id;
  Recipe recipe;
  CrashPolicy crash_policy = {};
};

struct ManagerOrder {
  std::string name;
  EventManagerOptions options;
  std::vector<HandlerOrder> handlers;  // in the order of adding
};

struct ServerOrder {
  std::string name;
  Recipe recipe;
  ProcessOptions process;
  Restart restart = Restart::permanent;
};

/// What should run and does not, because its plugin has ended the host before and is in quarantine.
struct LeftOut {
  std::string type;
  Error error;  // what starting it said
};

/// Of what everything that runs was made. Shared with changes that go on after whoever asked for them has
/// left: they may end after the host has. Threads: any.
class RecipeBook {
 public:
  void remember(const std::string& target, Recipe recipe);
  void forget(const std::string& target);
  [[nodiscard]] std::optional<Recipe> recipe_of(const std::string& target) const;
  void leave_out(const std::string& target, LeftOut what);
  [[nodiscard]] std::map<std::string, LeftOut> left_out() const;

 private:
  mutable Mutex mutex_;
  std::map<std::string, Recipe> recipes_ BATON_GUARDED_BY(mutex_);
  std::map<std::string, LeftOut> left_out_ BATON_GUARDED_BY(mutex_);
};

/// Turns recipes into running things, and remembers of what everything that runs was made: a swap keeps
/// the options that it is not told to change. The one path for the config file and for verbs.
/// Owned by Host; outlives the supervisor. Threads: any.
class Deployment {
 public:
  /// All outlive the deployment and what it starts. `crashes`: where managers keep their handlers' crashes;
  /// null: nowhere.
  Deployment(Runtime& runtime, Catalog& catalog, CrashRecords* crashes = nullptr)
      : runtime_(runtime), catalog_(catalog), crashes_(crashes) {}

  /// Checks the options and gets the factory, loading its library when that is not loaded yet.
  /// Errors: plugin_not_found, plugin_refused; bad_options, with every problem there is.
  Result<HandlerSpec> handler(const std::string& id, const Recipe& recipe);
  Result<ServerSpec> server(std::string name, const Recipe& recipe, ProcessOptions process);

  /// The options that an instance of it has, checked and complete; loads nothing. Errors: as handler().
  Result<Options> options_of(OfferKind kind, const Recipe& recipe);

  /// Adds a handler and remembers its recipe. Errors: as handler(), and EventManager::add_handler.
  Result<HandlerInfo> add_handler(EventManager& manager, const HandlerOrder& order, Duration timeout);

  /// A child that is made anew from its order at each start: this one, or the one that was set for its name
  /// since. A manager gets its handlers in order; when one of them fails, the manager does not start. What is
  /// in quarantine because it has crashed or has ended the host is left out instead, with a log record
  /// left_out: the manager starts without the handler, and misses it; a server is `ignored`.
  [[nodiscard]] ChildSpec manager_child(ManagerOrder order);
  [[nodiscard]] ChildSpec server_child(ServerOrder order);

  /// From which order the child that was made last under that name is made at its next start. Without effect
  /// when there was none.
  void set_order(ManagerOrder order);
  void set_order(ServerOrder order);

  /// The recipe for replacing `target` ("manager/id" or a server): what `wanted` says, and for the rest
  /// the options that `target` has now, as far as the new type knows them.
  /// Errors: plugin_not_found, plugin_refused.
  Result<Recipe> replacement(const std::string& target, OfferKind kind, Recipe wanted);

  void remember(const std::string& target, Recipe recipe) { book_->remember(target, std::move(recipe)); }

  void forget(const std::string& target) { book_->forget(target); }

  [[nodiscard]] std::optional<Recipe> recipe_of(const std::string& target) const {
    return book_->recipe_of(target);
  }

  [[nodiscard]] std::shared_ptr<RecipeBook> book() const { return book_; }

  /// By target.
  [[nodiscard]] std::map<std::string, LeftOut> left_out() const { return book_->left_out(); }

 private:
  Result<Offer> offer(OfferKind kind, const Recipe& recipe);
  Result<std::shared_ptr<Process>> start_manager(const ManagerOrder& order);
  Result<void> add_configured(EventManager& manager, const HandlerOrder& order);
  Result<std::shared_ptr<Process>> start_server(const ServerOrder& order);
  void leave_out(const std::string& target, LeftOut what);

  /// By name, those of the children that were made last; their starts read them.
  template <class Order>
  using Orders = std::map<std::string, std::shared_ptr<Order>>;

  template <class Order>
  std::shared_ptr<Order> hold(Order order, Orders<Order>& orders);
  template <class Order>
  [[nodiscard]] Order copy_of(const Order& held) const;
  template <class Order>
  void change(Order order, Orders<Order>& orders);

  Runtime& runtime_;
  Catalog& catalog_;
  CrashRecords* const crashes_;
  const std::shared_ptr<RecipeBook> book_ = std::make_shared<RecipeBook>();
  mutable Mutex mutex_;
  // Guarded by mutex_, like the orders in them; passed by reference before it is locked.
  Orders<ManagerOrder> manager_orders_;
  Orders<ServerOrder> server_orders_;
};

/// "manager/id".
[[nodiscard]] std::string handler_target(std::string_view manager, std::string_view id);

/// Whether a target is one of these, and not the name of a process.
[[nodiscard]] bool is_handler_target(std::string_view target);

/// All options of the offer from those that were given, of which a command line has texts only: which of them
/// are lists, the offer knows. Errors: bad_options, with every problem there is.
[[nodiscard]] Result<Options> checked_options(const Offer& offer, std::vector<RawOption> given,
                                              const std::filesystem::path& directory);

/// The elements of "[a, b]" or "a, b"; quotes "…" or '…' keep commas and spaces. Errors: bad_options.
[[nodiscard]] Result<std::vector<std::string>> split_list(std::string_view text);

}  // namespace baton
