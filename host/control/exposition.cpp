// SPDX-License-Identifier: Apache-2.0
// The only file with prometheus-cpp: what our metrics are in its types, and what it writes.
#include "host/control/metrics.hpp"

#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace baton {
namespace {

prometheus::ClientMetric client_metric_of(const MetricSample& sample, MetricKind kind) {
  prometheus::ClientMetric metric;
  for (const auto& [name, value] : sample.labels) {
    metric.label.push_back({name, value});
  }
  if (kind == MetricKind::counter) {
    metric.counter.value = sample.value;
  } else {
    metric.gauge.value = sample.value;
  }
  return metric;
}

/// One scrape.
class Scrape final : public prometheus::Collectable {
 public:
  explicit Scrape(const Metrics& metrics) : metrics_(metrics) {}

  [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override {
    std::vector<prometheus::MetricFamily> families;
    for (const Metric& metric : metrics_) {
      const bool is_counter = metric.kind == MetricKind::counter;
      prometheus::MetricFamily family;
      family.name = metric.name;
      family.help = metric.help;
      family.type = is_counter ? prometheus::MetricType::Counter : prometheus::MetricType::Gauge;
      for (const MetricSample& sample : metric.samples) {
        family.metric.push_back(client_metric_of(sample, metric.kind));
      }
      families.push_back(std::move(family));
    }
    return families;
  }

 private:
  const Metrics& metrics_;
};

}  // namespace

std::string exposition_of(const Metrics& metrics) {
  const prometheus::TextSerializer serializer;
  return serializer.Serialize(Scrape(metrics).Collect());
}

}  // namespace baton
