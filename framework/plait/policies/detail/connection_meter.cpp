#include <algorithm>
#include <plait/policies/detail/connection_meter.hpp>

namespace plait::detail {

namespace {

constexpr Duration kInterval = std::chrono::seconds(1);

/// The class's name, as Twisted's users know it.
std::string reasonName(const Failure& reason) {
  const std::string name = reason.typeName();
  return name.starts_with("plait::") ? name.substr(7) : name;
}

}  // namespace

ConnectionMeter::ConnectionMeter(ReactorTime& time, std::shared_ptr<Metrics> metrics,
                                 MetricLabels labels)
    : time_(time), metrics_(std::move(metrics)), labels_(std::move(labels)) {
  opened_ = metrics_->counter({"plait_connections_opened_total", "Connections made.", labels_});
  received_ = metrics_->counter({"plait_received_bytes_total", "Bytes received.", labels_});
  sent_ = metrics_->counter({"plait_sent_bytes_total", "Bytes sent.", labels_});
  open_ = metrics_->gauge({"plait_connections_open", "Connections there are.", labels_});
  buffered_ =
      metrics_->gauge({"plait_buffered_bytes", "Bytes written that wait to be sent.", labels_});
}

ConnectionMeter::~ConnectionMeter() {
  timer_.cancelIfActive();
}

void ConnectionMeter::opened() {
  opened_->add();
  open_->add(1);
}

void ConnectionMeter::lost(const Failure& reason) {
  open_->add(-1);
  auto& counter = lost_[reasonName(reason)];
  if (!counter) {
    MetricLabels labels = labels_;
    labels.emplace_back("reason", reasonName(reason));
    counter =
        metrics_->counter({"plait_connections_lost_total", "Connections that ended.", labels});
  }
  counter->add();
}

void ConnectionMeter::moved(std::uint64_t received, std::uint64_t sent, std::int64_t buffered) {
  received_->add(received);
  sent_->add(sent);
  buffered_->add(buffered);
}

void ConnectionMeter::addActive(MeteredConnection& connection) {
  active_.push_back(&connection);
  connection.place = active_.size() - 1;
  if (timer_.active()) return;
  timer_ =
      time_.callLater(kInterval, weakly(this, [](ConnectionMeter& self) { self.askActiveOnes(); }));
}

void ConnectionMeter::removeActive(MeteredConnection& connection) {
  if (connection.place == MeteredConnection::kInactive) return;
  active_.back()->place = connection.place;
  active_[connection.place] = active_.back();
  active_.pop_back();
  connection.place = MeteredConnection::kInactive;
  if (active_.empty()) timer_.cancelIfActive();
}

void ConnectionMeter::askActiveOnes() {
  const auto asked = std::exchange(active_, {});
  for (MeteredConnection* connection : asked) connection->place = MeteredConnection::kInactive;
  for (MeteredConnection* connection : asked) {
    if (connection->ask()) addActive(*connection);
  }
}

MeteredConnection::~MeteredConnection() {
  if (meter_) meter_->removeActive(*this);
}

void MeteredConnection::connectionMade() {
  meter_ = factory_->meterFor(clock());
  factory_.reset();
  meter_->opened();
  ProtocolWrapper::connectionMade();
}

void MeteredConnection::connectionLost(const Failure& reason) {
  if (const auto meter = meter_) {
    try {
      meter->removeActive(*this);
      ask();
      meter->lost(reason);
      meter_.reset();
    } catch (...) {
      meter_.reset();
      ProtocolWrapper::connectionLost(reason);
      throw;
    }
  }
  ProtocolWrapper::connectionLost(reason);
}

bool MeteredConnection::ask() {
  // What a layer below adds to the bytes that wait there makes them seem fewer.
  const std::uint64_t received = bytesReceived(), sent = std::max(bytesSent(), sent_);
  const std::size_t buffered = connected() ? bufferedBytes() : 0;
  meter_->moved(received - received_, sent - sent_,
                static_cast<std::int64_t>(buffered) - static_cast<std::int64_t>(buffered_));
  received_ = received;
  sent_ = sent;
  buffered_ = buffered;
  return buffered > 0;
}

}  // namespace plait::detail
