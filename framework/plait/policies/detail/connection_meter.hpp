#pragma once

#include <map>
#include <plait/core/reactor_time.hpp>
#include <plait/policies/metrics.hpp>
#include <plait/policies/metrics_factory.hpp>

namespace plait::detail {

class MeteredConnection;

/// Counts the connections of one factory on one reactor.
class ConnectionMeter : public std::enable_shared_from_this<ConnectionMeter> {
 public:
  ConnectionMeter(ReactorTime& time, std::shared_ptr<Metrics> metrics, MetricLabels labels);
  ~ConnectionMeter();

  void opened();
  void lost(const Failure& reason);
  /// What a connection has moved, and how its buffer has changed.
  void moved(std::uint64_t received, std::uint64_t sent, std::int64_t buffered);

  /// Something happens on it: it is asked soon.
  void addActive(MeteredConnection& connection);
  void removeActive(MeteredConnection& connection);

 private:
  void askActiveOnes();

  ReactorTime& time_;
  std::shared_ptr<Metrics> metrics_;
  MetricLabels labels_;
  std::shared_ptr<Counter> opened_, received_, sent_;
  std::shared_ptr<Gauge> open_, buffered_;
  std::map<std::string, std::shared_ptr<Counter>> lost_;  // by reason
  std::vector<MeteredConnection*> active_;
  DelayedCall timer_;
};

/// One connection that is counted.
class MeteredConnection final : public ProtocolWrapper {
 public:
  MeteredConnection(std::shared_ptr<Protocol> wrapped, std::shared_ptr<MetricsFactory> factory)
      : ProtocolWrapper(std::move(wrapped)), factory_(std::move(factory)) {}
  ~MeteredConnection() override;

  void connectionMade() override;
  void connectionLost(const Failure& reason) override;

  /// Counts what it has moved since it was asked last. Returns whether it must be asked again.
  bool ask();
  std::size_t place = kInactive;  ///< among the active ones
  static constexpr std::size_t kInactive = static_cast<std::size_t>(-1);

 private:
  void receiving(BytesView) override { noteActivity(); }
  void writing(std::span<const BytesView>) override { noteActivity(); }
  void noteActivity() {
    if (place == kInactive && meter_) meter_->addActive(*this);
  }

  std::shared_ptr<MetricsFactory> factory_;  // until the connection is made
  std::shared_ptr<ConnectionMeter> meter_;   // while there is a connection
  std::uint64_t received_ = 0;               // when it was asked last
  std::uint64_t sent_ = 0;
  std::size_t buffered_ = 0;
};

}  // namespace plait::detail
