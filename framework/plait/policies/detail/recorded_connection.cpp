#include <plait/policies/detail/recorded_connection.hpp>

namespace plait::detail {

namespace {

constexpr Duration kFlushAfter = std::chrono::seconds(1);

}  // namespace

RecordedConnection::RecordedConnection(std::shared_ptr<Protocol> wrapped,
                                       std::shared_ptr<TrafficLog> log, std::uint64_t number,
                                       bool outgoing)
    : ProtocolWrapper(std::move(wrapped)),
      log_(std::move(log)),
      number_(number),
      outgoing_(outgoing) {}

RecordedConnection::~RecordedConnection() {
  flushTimer_.cancelIfActive();
}

void RecordedConnection::connectionMade() {
  recorder_ = log_->opened(
      {.number = number_, .peer = getPeer(), .host = getHost(), .outgoing = outgoing_});
  flushSoon();
  ProtocolWrapper::connectionMade();
}

void RecordedConnection::receiving(BytesView data) {
  if (!recorder_) return;
  recorder_->received(data);
  flushSoon();
}

void RecordedConnection::writing(std::span<const BytesView> pieces) {
  if (!recorder_ || !connected()) return;
  recorder_->written(pieces);
  flushSoon();
}

void RecordedConnection::loseConnection() {
  noteLosing();
  ProtocolWrapper::loseConnection();
}

void RecordedConnection::loseConnection(Failure reason) {
  noteLosing();
  ProtocolWrapper::loseConnection(std::move(reason));
}

void RecordedConnection::noteLosing() {
  if (recorder_ && !disconnecting()) recorder_->losing();
}

void RecordedConnection::connectionLost(const Failure& reason) {
  flushTimer_.cancelIfActive();
  if (const auto recorder = std::move(recorder_)) {
    try {
      recorder->lost(reason);
      log_->flush();
    } catch (...) {
      ProtocolWrapper::connectionLost(reason);
      throw;
    }
  }
  ProtocolWrapper::connectionLost(reason);
}

void RecordedConnection::flushSoon() {
  if (flushTimer_.active()) return;
  flushTimer_ = clock().callLater(kFlushAfter, [log = log_] { log->flush(); });
}

}  // namespace plait::detail
