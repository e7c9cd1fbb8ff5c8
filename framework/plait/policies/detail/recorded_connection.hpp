#pragma once

#include <plait/core/reactor_time.hpp>
#include <plait/policies/protocol_wrapper.hpp>
#include <plait/policies/traffic_log.hpp>

namespace plait::detail {

/// One connection that is recorded.
class RecordedConnection final : public ProtocolWrapper {
 public:
  RecordedConnection(std::shared_ptr<Protocol> wrapped, std::shared_ptr<TrafficLog> log,
                     std::uint64_t number, bool outgoing);
  ~RecordedConnection() override;

  void connectionMade() override;
  void connectionLost(const Failure& reason) override;
  void loseConnection() override;
  void loseConnection(Failure reason) override;

 private:
  void receiving(BytesView data) override;
  void writing(std::span<const BytesView> pieces) override;
  void noteLosing();
  void flushSoon();

  std::shared_ptr<TrafficLog> log_;
  std::unique_ptr<TrafficRecorder> recorder_;  // while there is a connection
  DelayedCall flushTimer_;
  const std::uint64_t number_;
  const bool outgoing_;
};

}  // namespace plait::detail
