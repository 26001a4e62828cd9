// SPDX-License-Identifier: Apache-2.0
#include "host/control/deployment.hpp"

#include "host/base/log.hpp"

#include <algorithm>
#include <utility>

namespace baton {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
    text.remove_prefix(1);
  }
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
    text.remove_suffix(1);
  }
  return text;
}

const OptionSpec* find_spec(const Offer& offer, std::string_view name) {
  const auto found = std::find_if(offer.options.begin(), offer.options.end(),
                                  [name](const OptionSpec& spec) { return spec.name == name; });
  return found == offer.options.end() ? nullptr : &*found;
}

bool names_option(const std::vector<RawOption>& options, std::string_view name) {
  return std::any_of(options.begin(), options.end(),
                     [name](const RawOption& option) { return option.name == name; });
}

/// A command line has texts only; which of them are lists, the offer knows.
Result<std::vector<RawOption>> with_lists_split(const Offer& offer, std::vector<RawOption> options) {
  for (RawOption& option : options) {
    const OptionSpec* spec = find_spec(offer, option.name);
    const auto* text = std::get_if<std::string>(&option.value);
    if (spec == nullptr || spec->type != OptionType::list || text == nullptr) {
      continue;
    }
    auto items = split_list(*text);
    if (!items) {
      return fail(items.error().code, option.name + ": " + items.error().text);
    }
    option.value = std::move(*items);
  }
  return options;
}

/// Takes one element off the front of `rest`, and the comma behind it.
Result<std::string> take_item(std::string_view& rest) {
  rest = trimmed(rest);
  if (!rest.empty() && (rest.front() == '"' || rest.front() == '\'')) {
    const std::size_t end = rest.find(rest.front(), 1);
    if (end == std::string_view::npos) {
      return fail(Errc::bad_options,
                  "the quote before `" + std::string(rest.substr(1)) + "` is never closed");
    }
    std::string item(rest.substr(1, end - 1));
    rest = trimmed(rest.substr(end + 1));
    if (!rest.empty() && rest.front() != ',') {
      return fail(Errc::bad_options, "expected a comma before `" + std::string(rest) + "`");
    }
    rest.remove_prefix(std::min<std::size_t>(1, rest.size()));
    return item;
  }
  const std::size_t comma = rest.find(',');
  std::string item(trimmed(rest.substr(0, comma)));
  rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  if (item.empty()) {
    return fail(Errc::bad_options, "an element of the list is empty; write \"\" for an empty text");
  }
  return item;
}

}  // namespace

Result<Options> checked_options(const Offer& offer, std::vector<RawOption> options_given,
                                const std::filesystem::path& directory) {
  auto given = with_lists_split(offer, std::move(options_given));
  if (!given) {
    return fail(std::move(given.error()));
  }
  auto options = complete_options(offer, *given, directory);
  if (options) {
    return std::move(*options);
  }
  return fail(options_error(options.error()));
}

std::string handler_target(std::string_view manager, std::string_view id) {
  return std::string(manager) + "/" + std::string(id);
}

bool is_handler_target(std::string_view target) {
  return target.find('/') != std::string_view::npos;
}

Result<std::vector<std::string>> split_list(std::string_view text) {
  text = trimmed(text);
  const bool opened = !text.empty() && text.front() == '[';
  const bool closed = !text.empty() && text.back() == ']';
  if (opened != closed) {
    return fail(Errc::bad_options, "`" + std::string(text) + "` is not a list; write [a, b, c]");
  }
  if (opened) {
    text = trimmed(text.substr(1, text.size() - 2));
  }
  std::vector<std::string> items;
  while (!text.empty()) {
    auto item = take_item(text);
    if (!item) {
      return fail(std::move(item.error()));
    }
    items.push_back(std::move(*item));
  }
  return items;
}

Result<Offer> Deployment::offer(OfferKind kind, const Recipe& recipe) {
  return recipe.file.empty() ? catalog_.offer(kind, recipe.type)
                             : catalog_.offer_in_file(recipe.file, kind, recipe.type);
}

Result<Options> Deployment::options_of(OfferKind kind, const Recipe& recipe) {
  const auto offered = offer(kind, recipe);
  return offered ? checked_options(*offered, recipe.options, recipe.directory)
                 : Result<Options>(fail(offered.error()));
}

Result<HandlerSpec> Deployment::handler(const std::string& id, const Recipe& recipe) {
  const auto offered = offer(OfferKind::handler, recipe);
  if (!offered) {
    return fail(offered.error());
  }
  auto options = checked_options(*offered, recipe.options, recipe.directory);
  if (!options) {
    return fail(std::move(options.error()));
  }
  auto factory = recipe.file.empty() ? catalog_.handler_factory(offered->name)
                                     : catalog_.handler_factory_from_file(recipe.file, offered->name);
  if (!factory) {
    return fail(std::move(factory.error()));
  }
  HandlerSpec spec{id.empty() ? offered->name : id, std::move(*factory), std::move(*options)};
  spec.recent_events = recipe.canary;
  return spec;
}

Result<ServerSpec> Deployment::server(std::string name, const Recipe& recipe, ProcessOptions process) {
  const auto offered = offer(OfferKind::server, recipe);
  if (!offered) {
    return fail(offered.error());
  }
  auto options = checked_options(*offered, recipe.options, recipe.directory);
  if (!options) {
    return fail(std::move(options.error()));
  }
  auto factory = recipe.file.empty() ? catalog_.server_factory(offered->name)
                                     : catalog_.server_factory_from_file(recipe.file, offered->name);
  if (!factory) {
    return fail(std::move(factory.error()));
  }
  ServerSpec spec{std::move(name), std::move(*factory), std::move(*options), process};
  spec.recent_requests = recipe.canary;
  return spec;
}

Result<HandlerInfo> Deployment::add_handler(EventManager& manager, const HandlerOrder& order,
                                            Duration timeout) {
  auto spec = handler(order.id, order.recipe);
  if (!spec) {
    return fail(std::move(spec.error()));
  }
  spec->crash_policy = order.crash_policy;
  const auto note = [book = book_, name = manager.name(),
                     recipe = order.recipe](const Result<HandlerInfo>& added) {
    if (added) {
      book->remember(handler_target(name, added->id), recipe);
    }
  };
  auto added = manager.add_handler(std::move(*spec), timeout, note);
  note(added);
  return added;
}

Result<std::shared_ptr<Process>> Deployment::start_manager(const ManagerOrder& order) {
  EventManagerOptions options = order.options;
  options.crashes = crashes_;
  auto manager = EventManager::start(runtime_, order.name, std::move(options));
  if (!manager) {
    return fail(std::move(manager.error()));
  }
  for (const HandlerOrder& handler : order.handlers) {
    auto added = add_configured(**manager, handler);
    if (!added) {
      // Its own error is the one to tell; that the manager had ended by then is no news.
      (void)(*manager)->stop(ExitReason::shutdown(), infinity);
      return fail(added.error().code,
                  handler_target(order.name, handler.id) + ": " + std::move(added.error().text));
    }
  }
  return std::shared_ptr<Process>(std::move(*manager));
}

Result<void> Deployment::add_configured(EventManager& manager, const HandlerOrder& order) {
  auto added = add_handler(manager, order, infinity);
  if (added) {
    return {};
  }
  if (added.error().code != Errc::quarantined) {
    return fail(std::move(added.error()));
  }
  MissingHandler missing;
  missing.id = order.id.empty() ? order.recipe.type : order.id;
  missing.type = order.recipe.type;
  missing.why = MissingHandler::Why::quarantined;
  missing.reason = added.error().text;
  if (const auto failed = catalog_.quarantined(OfferKind::handler, order.recipe.type)) {
    missing.version = failed->version;
  }
  leave_out(handler_target(manager.name(), missing.id), {order.recipe.type, std::move(added.error())});
  return manager.note_missing(std::move(missing));
}

Result<std::shared_ptr<Process>> Deployment::start_server(const ServerOrder& order) {
  auto spec = server(order.name, order.recipe, order.process);
  if (!spec && spec.error().code == Errc::quarantined) {
    leave_out(order.name, {order.recipe.type, spec.error()});
    return fail(Errc::ignored, std::move(spec.error().text));
  }
  if (!spec) {
    return fail(std::move(spec.error()));
  }
  auto started = ServerProcess::start(runtime_, std::move(*spec));
  if (!started) {
    return fail(std::move(started.error()));
  }
  remember(order.name, order.recipe);
  return std::shared_ptr<Process>(std::move(*started));
}

ChildSpec Deployment::manager_child(ManagerOrder order) {
  ChildSpec child;
  child.id = order.name;
  child.start = [this, held = hold(std::move(order), manager_orders_)] {
    return start_manager(copy_of(*held));
  };
  return child;
}

ChildSpec Deployment::server_child(ServerOrder order) {
  ChildSpec child;
  child.id = order.name;
  child.restart = order.restart;
  child.start = [this, held = hold(std::move(order), server_orders_)] {
    return start_server(copy_of(*held));
  };
  return child;
}

template <class Order>
std::shared_ptr<Order> Deployment::hold(Order order, Orders<Order>& orders) {
  const Lock lock(mutex_);
  std::string name = order.name;
  return orders.insert_or_assign(std::move(name), std::make_shared<Order>(std::move(order))).first->second;
}

template <class Order>
Order Deployment::copy_of(const Order& held) const {
  const Lock lock(mutex_);
  return held;
}

template <class Order>
void Deployment::change(Order order, Orders<Order>& orders) {
  const Lock lock(mutex_);
  const auto held = orders.find(order.name);
  if (held != orders.end()) {
    *held->second = std::move(order);
  }
}

void Deployment::set_order(ManagerOrder order) {
  change(std::move(order), manager_orders_);
}

void Deployment::set_order(ServerOrder order) {
  change(std::move(order), server_orders_);
}

Result<Recipe> Deployment::replacement(const std::string& target, OfferKind kind, Recipe wanted) {
  const std::optional<Recipe> current = recipe_of(target);
  if (wanted.type.empty() && !wanted.file.empty() && current) {
    // A file that offers several: the type that is running now is the one that is meant.
    wanted.type = current->type;
    if (!offer(kind, wanted)) {
      wanted.type.clear();
    }
  }
  const auto offered = offer(kind, wanted);
  if (!offered) {
    return fail(offered.error());
  }
  wanted.type = offered->name;
  if (!current) {
    return wanted;
  }
  wanted.canary = current->canary;
  wanted.watch = current->watch;
  for (RawOption kept : current->options) {
    const OptionSpec* spec = find_spec(*offered, kept.name);
    if (spec == nullptr || names_option(wanted.options, kept.name)) {
      continue;
    }
    auto* text = std::get_if<std::string>(&kept.value);
    if (spec->type == OptionType::path && text != nullptr) {
      // It was written in another folder than the new ones.
      text->assign((current->directory / *text).lexically_normal().string());
    }
    wanted.options.push_back(std::move(kept));
  }
  return wanted;
}

void Deployment::leave_out(const std::string& target, LeftOut what) {
  runtime_.log.error("left_out", {{"target", target}, {"reason", what.error.text}});
  book_->leave_out(target, std::move(what));
}

void RecipeBook::leave_out(const std::string& target, LeftOut what) {
  const Lock lock(mutex_);
  left_out_.insert_or_assign(target, std::move(what));
}

std::map<std::string, LeftOut> RecipeBook::left_out() const {
  const Lock lock(mutex_);
  return left_out_;
}

void RecipeBook::remember(const std::string& target, Recipe recipe) {
  const Lock lock(mutex_);
  left_out_.erase(target);
  recipes_.insert_or_assign(target, std::move(recipe));
}

void RecipeBook::forget(const std::string& target) {
  const Lock lock(mutex_);
  left_out_.erase(target);
  recipes_.erase(target);
}

std::optional<Recipe> RecipeBook::recipe_of(const std::string& target) const {
  const Lock lock(mutex_);
  const auto found = recipes_.find(target);
  return found == recipes_.end() ? std::nullopt : std::optional<Recipe>(found->second);
}

}  // namespace baton
