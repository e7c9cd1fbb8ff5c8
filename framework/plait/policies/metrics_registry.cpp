#include <fmt/format.h>

#include <plait/policies/detail/metric_cells.hpp>
#include <plait/policies/metrics_registry.hpp>
#include <stdexcept>

namespace plait {

namespace {

bool isLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool isName(std::string_view name, bool colons) {
  const auto begins = [&](char c) { return isLetter(c) || (colons && c == ':'); };
  if (name.empty() || !begins(name.front())) return false;
  return std::all_of(name.begin(), name.end(),
                     [&](char c) { return begins(c) || (c >= '0' && c <= '9'); });
}

void check(const MetricDescription& what) {
  if (!isName(what.name, true)) {
    throw std::invalid_argument(fmt::format("'{}' is no name of a metric", what.name));
  }
  for (const auto& [name, value] : what.labels) {
    if (!isName(name, false) || name.starts_with("__") || name == "le") {
      throw std::invalid_argument(fmt::format("'{}' is no name of a label", name));
    }
  }
}

}  // namespace

MetricsRegistry::MetricsRegistry(std::size_t mostSeries)
    : mostSeries_(mostSeries), families_(std::make_unique<detail::MetricFamilies>()) {
  refused_ = counter({"plait_metrics_refused_series_total",
                      "Writers that count nothing, because there were too many series."});
  series_ = 0;  // its own does not count
}

MetricsRegistry::~MetricsRegistry() = default;

template <class Cell>
std::shared_ptr<Cell> MetricsRegistry::add(const MetricDescription& what, const char* type,
                                           std::vector<double> bounds, std::shared_ptr<Cell> cell) {
  check(what);
  const std::lock_guard lock(mutex_);
  auto family = families_->find(what.name);
  if (family != families_->end() &&
      (family->second.type != type || family->second.bounds != bounds)) {
    throw std::invalid_argument(
        fmt::format("the metric {} is in use as another {}", what.name, family->second.type));
  }
  const bool isNew = family == families_->end() || !family->second.series.contains(what.labels);
  if (isNew && refused_ && series_ >= mostSeries_) {
    refused_->add();
    return cell;
  }
  if (family == families_->end()) {
    family = families_->emplace(what.name, detail::MetricFamily{type, what.help, bounds, {}}).first;
  }
  series_ += isNew;
  family->second.series[what.labels].push_back(cell);
  return cell;
}

std::shared_ptr<Counter> MetricsRegistry::counter(const MetricDescription& what) {
  if (!what.name.ends_with("_total")) {
    throw std::invalid_argument(fmt::format("the counter '{}' must end in _total", what.name));
  }
  return add(what, "counter", {}, std::make_shared<detail::CounterCell>());
}

std::shared_ptr<Gauge> MetricsRegistry::gauge(const MetricDescription& what) {
  return add(what, "gauge", {}, std::make_shared<detail::GaugeCell>());
}

std::shared_ptr<Histogram> MetricsRegistry::histogram(const MetricDescription& what,
                                                      std::span<const double> bounds) {
  std::vector<double> sorted(bounds.begin(), bounds.end());
  if (std::adjacent_find(sorted.begin(), sorted.end(), std::greater_equal<>()) != sorted.end()) {
    throw std::invalid_argument(fmt::format("the bounds of {} do not ascend", what.name));
  }
  return add(what, "histogram", sorted, std::make_shared<detail::HistogramCell>(sorted));
}

std::string MetricsRegistry::text() const {
  const std::lock_guard lock(mutex_);
  std::string page;
  for (const auto& [name, family] : *families_) detail::writeFamily(page, name, family);
  return page;
}

}  // namespace plait
