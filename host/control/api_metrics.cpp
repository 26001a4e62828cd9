// SPDX-License-Identifier: Apache-2.0
// What the Api tells to Prometheus, as text for it and as a document.
#include "host/control/metrics.hpp"
#include "host/control/route_request.hpp"

#include <string>
#include <utility>

namespace baton {
namespace {

Json to_json(const MetricSample& sample) {
  Json labels = Json::object();
  for (const auto& [name, value] : sample.labels) {
    labels[name] = value;
  }
  return {{"labels", std::move(labels)}, {"value", sample.value}};
}

Answer get_metrics(const RouteRequest& request) {
  Json metrics = Json::array();
  for (const Metric& metric : collect_metrics(request.verbs)) {
    Json samples = Json::array();
    for (const MetricSample& sample : metric.samples) {
      samples.push_back(to_json(sample));
    }
    metrics.push_back({{"name", metric.name},
                       {"type", metric_kind_name(metric.kind)},
                       {"help", metric.help},
                       {"samples", std::move(samples)}});
  }
  return Json{{"metrics", std::move(metrics)}};
}

}  // namespace

std::vector<Route> metrics_routes() {
  return {{"GET", "v1/metrics", {}, get_metrics}};
}

ApiReply metrics_reply(Verbs& verbs) {
  return {200, exposition_of(collect_metrics(verbs)), std::string(exposition_content_type)};
}

}  // namespace baton
