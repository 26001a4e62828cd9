// SPDX-License-Identifier: Apache-2.0
// Metrics of servers and supervisors.
#include "host/control/metric_parts.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace baton {
namespace {

constexpr auto counter = MetricKind::counter;
constexpr auto gauge = MetricKind::gauge;

struct KnownServer {
  ServerState state;
  std::optional<std::uint64_t> crashes;  // nothing: no supervisor has told
};

constexpr std::array server_measures = {
    Measure<KnownServer>{"baton_server_instance", gauge, "Number of the process that runs under that name.",
                         [](const KnownServer& s) {
                           return some(s.state.server.instance);
                         }},
    Measure<KnownServer>{"baton_server_calls_total", counter, "Calls that the process has got.",
                         [](const KnownServer& s) {
                           return known(s.state, s.state.server.calls);
                         }},
    Measure<KnownServer>{"baton_server_casts_total", counter, "Casts that the process has handled.",
                         [](const KnownServer& s) {
                           return known(s.state, s.state.server.casts);
                         }},
    Measure<KnownServer>{"baton_server_crashes_total", counter, "Ends of the server that were failures.",
                         [](const KnownServer& s) {
                           return s.crashes ? some(*s.crashes) : std::nullopt;
                         }},
    Measure<KnownServer>{"baton_server_mailbox_messages", gauge, "Casts waiting in the mailbox.",
                         [](const KnownServer& s) {
                           return some(s.state.server.mailbox.waiting);
                         }},
    Measure<KnownServer>{"baton_server_mailbox_capacity_messages", gauge,
                         "Casts that may wait in the mailbox.",
                         [](const KnownServer& s) {
                           return some(s.state.limits.capacity);
                         }},
    Measure<KnownServer>{"baton_server_mailbox_bytes", gauge, "Bytes of the data of the casts that wait.",
                         [](const KnownServer& s) {
                           return some(s.state.server.mailbox.waiting_bytes);
                         }},
    Measure<KnownServer>{"baton_server_mailbox_capacity_bytes", gauge,
                         "Bytes of data that may wait in the mailbox.",
                         [](const KnownServer& s) {
                           return some(s.state.limits.capacity_bytes);
                         }},
    Measure<KnownServer>{"baton_server_busy", gauge,
                         "1 when the server did not answer in time, and nothing else is known of it.",
                         [](const KnownServer& s) {
                           return some(s.state.is_busy ? 1 : 0);
                         }},
    Measure<KnownServer>{
        "baton_server_busy_seconds", gauge,
        "How long the callback has been running that keeps the server from answering; 0 when "
        "it answers.",
        [](const KnownServer& s) {
          const auto& activity = s.state.activity;
          return std::optional(activity ? std::chrono::duration<double>(activity->lasted).count() : 0.0);
        }},
    Measure<KnownServer>{"baton_server_suspended", gauge, "1 when the server is suspended.",
                         [](const KnownServer& s) {
                           return some(s.state.server.is_suspended ? 1 : 0);
                         }},
};

/// As the supervisor tells that has it.
std::optional<std::uint64_t> crashes_of(const std::vector<SupervisorState>& supervisors,
                                        const std::string& child) {
  for (const SupervisorState& supervisor : supervisors) {
    const auto found = std::ranges::find(supervisor.children, child, &ChildInfo::id);
    if (found != supervisor.children.end()) {
      return found->crashes;
    }
  }
  return std::nullopt;
}

}  // namespace

void add_server_metrics(Metrics& metrics, const HostStatus& status,
                        const std::vector<SupervisorState>& supervisors) {
  std::vector<KnownServer> servers;
  for (const ServerState& state : status.servers) {
    if (!is_anonymous(state.server.name)) {
      servers.push_back({state, crashes_of(supervisors, state.server.name)});
    }
  }
  add_measures<KnownServer>(metrics, server_measures, servers, [](const KnownServer& server) {
    return MetricLabels{{"server", server.state.server.name}};
  });
  Metric dropped{"baton_server_casts_dropped_total",
                 "Casts that the mailbox did not take or keep, by overflow policy.",
                 counter,
                 {}};
  Metric info{"baton_server_info", "1; the labels say what the server is made of.", gauge, {}};
  for (const KnownServer& server : servers) {
    const ServerStatus& told = server.state.server;
    add_dropped(dropped, {{"server", told.name}}, told.mailbox);
    if (!server.state.is_busy) {
      info.samples.push_back({{{"server", told.name},
                               {"plugin", plugin_of(status, told.library)},
                               {"type", told.type},
                               {"version", told.version}},
                              1});
    }
  }
  metrics.push_back(std::move(dropped));
  metrics.push_back(std::move(info));
}

void add_supervisor_metrics(Metrics& metrics, const std::vector<SupervisorState>& supervisors) {
  Metric restarts{
      "baton_supervisor_restarts_total", "Tries to start children again that had ended.", counter, {}};
  Metric children{"baton_supervisor_children", "Children of the supervisor, by state.", gauge, {}};
  for (const SupervisorState& supervisor : supervisors) {
    if (is_anonymous(supervisor.name)) {
      continue;
    }
    restarts.samples.push_back({{{"supervisor", supervisor.name}}, *some(supervisor.restarts)});
    for (const auto& [name, state] :
         {std::pair("running", ChildState::running), std::pair("restarting", ChildState::restarting),
          std::pair("stopped", ChildState::stopped)}) {
      if (!supervisor.is_busy) {
        children.samples.push_back(
            {{{"supervisor", supervisor.name}, {"state", name}},
             static_cast<double>(std::ranges::count(supervisor.children, state, &ChildInfo::state))});
      }
    }
  }
  metrics.push_back(std::move(restarts));
  metrics.push_back(std::move(children));
}

}  // namespace baton
