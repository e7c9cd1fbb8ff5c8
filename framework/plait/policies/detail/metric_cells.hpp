#pragma once

#include <algorithm>
#include <atomic>
#include <map>
#include <plait/policies/metrics.hpp>

namespace plait::detail {

/// Adds where nobody else writes; others may read meanwhile.
template <class T>
void addAlone(std::atomic<T>& to, T amount) {
  to.store(to.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

/// What one writer has counted.
struct MetricCell {
  virtual ~MetricCell() = default;
};

struct CounterCell final : MetricCell, Counter {
  void add(std::uint64_t amount) override { addAlone(value, amount); }
  std::atomic<std::uint64_t> value = 0;
};

struct GaugeCell final : MetricCell, Gauge {
  void add(std::int64_t amount) override { addAlone(value, amount); }
  std::atomic<std::int64_t> value = 0;
};

struct HistogramCell final : MetricCell, Histogram {
  explicit HistogramCell(std::vector<double> upperBounds)
      : bounds(std::move(upperBounds)), counts(bounds.size() + 1) {}

  void observe(double value) override {
    const auto bound = std::lower_bound(bounds.begin(), bounds.end(), value);
    addAlone<std::uint64_t>(counts[static_cast<std::size_t>(bound - bounds.begin())], 1);
    addAlone(sum, value);
  }

  const std::vector<double> bounds;
  std::vector<std::atomic<std::uint64_t>> counts;  // the last is of what is above all bounds
  std::atomic<double> sum = 0;
};

/// All series of one name.
struct MetricFamily {
  std::string type;
  std::string help;
  std::vector<double> bounds;
  std::map<MetricLabels, std::vector<std::shared_ptr<MetricCell>>> series;
};

/// By name.
struct MetricFamilies : std::map<std::string, MetricFamily> {};

/// Appends the family in Prometheus's text format.
void writeFamily(std::string& to, const std::string& name, const MetricFamily& family);

}  // namespace plait::detail
