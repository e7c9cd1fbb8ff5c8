#pragma once

#include <mutex>
#include <plait/policies/metrics.hpp>

namespace plait {

namespace detail {
struct MetricFamilies;
}

/// Keeps numbers, and tells them in the text format that Prometheus reads (version 0.0.4).
///
/// Writing costs an addition. The number of series (names with their labels) is bounded: writers of
/// one too many count nothing, and `plait_metrics_refused_series_total` counts them.
///
/// Writers may outlive it; nobody reads them then.
///
/// Thread: any.
class MetricsRegistry final : public Metrics {
 public:
  explicit MetricsRegistry(std::size_t mostSeries = 10'000);
  MetricsRegistry(const MetricsRegistry&) = delete;
  ~MetricsRegistry() override;

  std::shared_ptr<Counter> counter(const MetricDescription& what) override;
  std::shared_ptr<Gauge> gauge(const MetricDescription& what) override;
  std::shared_ptr<Histogram> histogram(const MetricDescription& what,
                                       std::span<const double> bounds) override;

  /// All there is, as a page of `kContentType`.
  std::string text() const;
  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  template <class Cell>
  std::shared_ptr<Cell> add(const MetricDescription& what, const char* type,
                            std::vector<double> bounds, std::shared_ptr<Cell> cell);

  const std::size_t mostSeries_;
  mutable std::mutex mutex_;
  std::unique_ptr<detail::MetricFamilies> families_;
  std::size_t series_ = 0;
  std::shared_ptr<Counter> refused_;
};

}  // namespace plait
