#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace plait {

/// What a number is about: names and values, such as `{"listener", "tcp:127.0.0.1:80"}`.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// What is counted. Names are Prometheus's: letters, digits, `_` and `:`, the unit at the end.
struct MetricDescription {
  std::string name;
  std::string help;  ///< one sentence
  MetricLabels labels = {};
};

// The three kinds of numbers. Each of these is a writer: one thread writes to it, without locks;
// whoever reads, on whatever thread, sees the sum over all writers.

/// A number that only grows.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(std::uint64_t amount = 1) = 0;
};

/// A number that goes up and down.
class Gauge {
 public:
  virtual ~Gauge() = default;
  virtual void add(std::int64_t amount) = 0;
};

/// How often a value was within each of some bounds.
class Histogram {
 public:
  virtual ~Histogram() = default;
  virtual void observe(double value) = 0;
};

/// Where numbers go: what a server that is to be watched is given. MetricsRegistry keeps them for
/// Prometheus; another implementation may send them elsewhere.
///
/// Each call makes a new writer. Those of the same name and labels count together: one for each
/// thread, or for each part of a program, as it suits.
///
/// Thread: any. std::invalid_argument for what is no name, and for a name that is in use for
/// something else.
class Metrics {
 public:
  virtual ~Metrics() = default;

  /// The name must end in `_total`.
  virtual std::shared_ptr<Counter> counter(const MetricDescription& what) = 0;
  virtual std::shared_ptr<Gauge> gauge(const MetricDescription& what) = 0;
  /// `bounds` are upper bounds, ascending; what is above the last is counted, too.
  virtual std::shared_ptr<Histogram> histogram(const MetricDescription& what,
                                               std::span<const double> bounds) = 0;
};

}  // namespace plait
