// SPDX-License-Identifier: Apache-2.0
// Metrics of event managers and their handlers.
#include "host/control/metric_parts.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace baton {
namespace {

constexpr auto counter = MetricKind::counter;
constexpr auto gauge = MetricKind::gauge;

double seconds(std::chrono::microseconds time) {
  return std::chrono::duration<double>(time).count();
}

// ---- Managers -----------------------------------------------------------------------------------------

using Manager = ManagerState;

constexpr std::array manager_measures = {
    Measure<Manager>{"baton_manager_events_accepted_total", counter, "Events taken into the mailbox.",
                     [](const Manager& m) {
                       return some(m.manager.mailbox.accepted);
                     }},
    Measure<Manager>{"baton_manager_events_handled_total", counter,
                     "Events that have been given to all handlers.",
                     [](const Manager& m) {
                       return known(m, m.manager.handled);
                     }},
    Measure<Manager>{"baton_manager_mailbox_events", gauge, "Events waiting in the mailbox.",
                     [](const Manager& m) {
                       return some(m.manager.mailbox.waiting);
                     }},
    Measure<Manager>{"baton_manager_mailbox_peak_events", gauge,
                     "The most events that have waited in the mailbox at once.",
                     [](const Manager& m) {
                       return some(m.manager.mailbox.waiting_max);
                     }},
    Measure<Manager>{"baton_manager_mailbox_capacity_events", gauge, "Events that may wait in the mailbox.",
                     [](const Manager& m) {
                       return some(m.limits.capacity);
                     }},
    Measure<Manager>{"baton_manager_mailbox_bytes", gauge, "Bytes of the data of the events that wait.",
                     [](const Manager& m) {
                       return some(m.manager.mailbox.waiting_bytes);
                     }},
    Measure<Manager>{"baton_manager_mailbox_capacity_bytes", gauge,
                     "Bytes of data that may wait in the mailbox.",
                     [](const Manager& m) {
                       return some(m.limits.capacity_bytes);
                     }},
    Measure<Manager>{"baton_manager_busy", gauge,
                     "1 when the manager did not answer in time, and nothing else is known of it.",
                     [](const Manager& m) {
                       return some(m.is_busy ? 1 : 0);
                     }},
    Measure<Manager>{"baton_manager_busy_seconds", gauge,
                     "How long the callback has been running that keeps the manager from answering; 0 when "
                     "it answers.",
                     [](const Manager& m) {
                       return std::optional(m.activity ? seconds(m.activity->lasted) : 0.0);
                     }},
    Measure<Manager>{"baton_manager_suspended", gauge, "1 when the manager is suspended.",
                     [](const Manager& m) {
                       return some(m.manager.is_suspended ? 1 : 0);
                     }},
    Measure<Manager>{"baton_manager_degraded", gauge,
                     "1 when a handler that ought to be in the manager has crashed and is not there.",
                     [](const Manager& m) {
                       return known(m, m.manager.is_degraded() ? 1 : 0);
                     }},
    Measure<Manager>{"baton_manager_handlers", gauge, "Handlers in the manager.",
                     [](const Manager& m) {
                       return known(m, m.manager.handlers.size());
                     }},
    Measure<Manager>{"baton_manager_crashes_total", counter, "Crashes of handlers of the manager.",
                     [](const Manager& m) {
                       return known(m, m.manager.crashes);
                     }},
    Measure<Manager>{"baton_manager_recorded_events", gauge, "Events that the manager keeps in its record.",
                     [](const Manager& m) {
                       return known(m, m.manager.record.events);
                     }},
    Measure<Manager>{"baton_manager_recorded_bytes", gauge, "Bytes of memory that these events take.",
                     [](const Manager& m) {
                       return known(m, m.manager.record.bytes);
                     }},
};

// ---- Handlers -----------------------------------------------------------------------------------------

/// A handler that a manager has, or misses.
struct KnownHandler {
  std::string manager;
  HandlerTotal total;
  std::string state;  // "running", or why it is missing
  std::string type;
  std::string version;
  std::string plugin;
  std::uint64_t instance = 0;
};

constexpr std::array handler_states = {"running", "backing_off", "gave_up", "quarantined", "removed"};

constexpr std::array handler_measures = {
    Measure<KnownHandler>{"baton_handler_instance", gauge, "Number of the instance that runs, or ran last.",
                          [](const KnownHandler& h) {
                            return some(h.instance);
                          }},
    Measure<KnownHandler>{"baton_handler_events_handled_total", counter,
                          "Events that the handler has handled, over all of its instances.",
                          [](const KnownHandler& h) {
                            return some(h.total.handled);
                          }},
    Measure<KnownHandler>{"baton_handler_events_refused_total", counter,
                          "Events that the handler could not take, over all of its instances.",
                          [](const KnownHandler& h) {
                            return some(h.total.refused);
                          }},
    Measure<KnownHandler>{"baton_handler_events_missed_total", counter,
                          "Events that came while the handler waited to be restarted.",
                          [](const KnownHandler& h) {
                            return some(h.total.missed);
                          }},
    Measure<KnownHandler>{"baton_handler_crashes_total", counter, "Crashes of the handler.",
                          [](const KnownHandler& h) {
                            return some(h.total.crashes);
                          }},
    Measure<KnownHandler>{"baton_handler_restarts_total", counter, "Restarts of the handler by its policy.",
                          [](const KnownHandler& h) {
                            return some(h.total.restarts);
                          }},
    Measure<KnownHandler>{"baton_handler_swaps_total", counter,
                          "Instances that have taken the place of another one, those swapped back too.",
                          [](const KnownHandler& h) {
                            return some(h.total.swaps);
                          }},
    Measure<KnownHandler>{"baton_handler_last_swap_pause_seconds", gauge,
                          "How long the last swap of the handler kept its manager from other work.",
                          [](const KnownHandler& h) {
                            return h.total.last_pause ? std::optional(seconds(*h.total.last_pause))
                                                      : std::nullopt;
                          }},
};

KnownHandler handler_of(const HostStatus& status, const EventManagerStatus& manager,
                        const HandlerTotal& total) {
  KnownHandler handler{manager.name, total, "running", {}, {}, {}, 0};
  const auto installed = std::ranges::find(manager.handlers, total.id, &HandlerInfo::id);
  if (installed != manager.handlers.end()) {
    handler.type = installed->type;
    handler.version = installed->version;
    handler.instance = installed->instance;
    handler.plugin = plugin_of(status, installed->library);
    return handler;
  }
  const auto missing = std::ranges::find(manager.missing, total.id, &MissingHandler::id);
  if (missing != manager.missing.end()) {
    handler.state = to_string(missing->why);
    handler.type = missing->type;
    handler.version = missing->version;
    handler.instance = missing->instance;
  }
  return handler;
}

MetricLabels labels_of(const KnownHandler& handler) {
  return {{"manager", handler.manager}, {"handler", handler.total.id}};
}

void add_handlers(Metrics& metrics, const std::vector<KnownHandler>& handlers) {
  add_measures<KnownHandler>(metrics, handler_measures, handlers, labels_of);
  Metric info{"baton_handler_info", "1; the labels say what the handler is made of.", gauge, {}};
  Metric state{"baton_handler_state", "1 for the state that the handler is in, 0 for the others.", gauge, {}};
  for (const KnownHandler& handler : handlers) {
    MetricLabels made_of = labels_of(handler);
    made_of.insert(made_of.end(),
                   {{"plugin", handler.plugin}, {"type", handler.type}, {"version", handler.version}});
    info.samples.push_back({std::move(made_of), 1});
    for (const char* possible : handler_states) {
      MetricLabels labels = labels_of(handler);
      labels.emplace_back("state", possible);
      state.samples.push_back({std::move(labels), handler.state == possible ? 1.0 : 0.0});
    }
  }
  metrics.push_back(std::move(info));
  metrics.push_back(std::move(state));
}

}  // namespace

void add_manager_metrics(Metrics& metrics, const HostStatus& status) {
  add_measures<Manager>(metrics, manager_measures, status.managers, [](const Manager& manager) {
    return MetricLabels{{"manager", manager.manager.name}};
  });
  Metric dropped{"baton_manager_events_dropped_total",
                 "Events that the mailbox did not take or keep, by overflow policy.",
                 counter,
                 {}};
  std::vector<KnownHandler> handlers;
  for (const Manager& manager : status.managers) {
    add_dropped(dropped, {{"manager", manager.manager.name}}, manager.manager.mailbox);
    for (const HandlerTotal& total : manager.manager.totals) {
      handlers.push_back(handler_of(status, manager.manager, total));
    }
  }
  metrics.push_back(std::move(dropped));
  add_handlers(metrics, handlers);
}

}  // namespace baton
