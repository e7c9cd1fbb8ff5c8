#pragma once

#include <algorithm>
#include <optional>
#include <plait/core/log.hpp>
#include <plait/core/protocol.hpp>
#include <plait/testing/clock.hpp>
#include <vector>

namespace plait::testing {

/// A transport that keeps what is written to it in a string: all a test needs to try a protocol
/// without a network. Twisted: `StringTransport`.
///
///     auto transport = std::make_shared<StringTransport>();
///     protocol->makeConnection(transport);
///     protocol->dataReceived("ping\r\n");
///     EXPECT_EQ(transport->value(), "pong\r\n");
///
/// It records what the protocol asks for (closing, pausing, producers) and does none of it: the
/// test plays the network, and calls `connectionLost` and the producer itself.
class StringTransport : public Transport {
 public:
  enum class Reading { producing, paused, stopped };

  explicit StringTransport(Address peer = IPv4Address{{192, 168, 1, 1}, 54321},
                           Address host = IPv4Address{{10, 0, 0, 1}, 12345})
      : peer_(std::move(peer)), host_(std::move(host)) {}

  /// Everything written since the start, or since `clear`.
  const Bytes& value() const { return written_; }
  void clear() { written_.clear(); }

  /// Whether the protocol wants to be given data.
  Reading reading() const;
  bool aborting() const { return aborting_; }
  /// loseWriteConnection was called.
  bool writeClosed() const { return writeClosed_; }
  /// The reason the protocol gave for closing, if it gave one.
  const std::optional<Failure>& reason() const { return reason_; }

  /// What `switchProtocol` put in place, if it was called; and the bytes it is to be given first.
  const std::shared_ptr<Protocol>& protocol() const { return protocol_; }
  const Bytes& unread() const { return unread_; }
  /// The clock the protocol sets its timeouts on: a test's to advance.
  Clock time;
  /// What `bytesReceived()` answers: a test's to set, as it is the test that gives the protocol
  /// bytes.
  std::uint64_t received = 0;

  PushProducer* pushProducer() const { return push_; }
  PullProducer* pullProducer() const { return pull_; }

  /// What `bufferedBytes()` answers; a test's to set. Zero fires `drained()`.
  void setBufferedBytes(std::size_t bytes);
  /// What `connected()` answers; true until a test says otherwise. False fails `drained()`, with
  /// the reason the protocol gave for closing, or ConnectionDone.
  void setConnected(bool connected);

  std::size_t bufferedBytes() const override { return buffered_; }
  /// What a test says.
  std::uint64_t bytesReceived() const override { return received; }
  /// What was written, but for what is buffered.
  std::uint64_t bytesSent() const override {
    return total_ - std::min<std::uint64_t>(total_, buffered_);
  }
  /// How often a test has said that more is buffered.
  std::uint64_t timesBlocked() const override { return timesBlocked_; }
  void loseConnection() override { closing_ = true; }
  void loseConnection(Failure reason) override;
  void loseWriteConnection() override { writeClosed_ = true; }
  void abortConnection() override { aborting_ = true; }
  void abortConnection(Failure reason) override;
  void failConnection(Failure failure, const char*) override { loseConnection(std::move(failure)); }
  bool connected() const override { return connected_; }
  bool disconnecting() const override { return closing_ || aborting_ || !connected_; }
  void pauseProducing() override { paused_ = true; }
  void resumeProducing() override { paused_ = false; }
  void unregisterProducer() override;
  void setTransportOptions(const TransportOptions& options) override { options_ = options; }
  TransportOptions transportOptions() const override { return options_; }
  Address getPeer() const override { return peer_; }
  Address getHost() const override { return host_; }
  void setTcpNoDelay(bool on) override { noDelay_ = on; }
  bool getTcpNoDelay() const override { return noDelay_; }
  void setTcpKeepAlive(bool on, KeepAlive) override { keepAlive_ = on; }
  bool getTcpKeepAlive() const override { return keepAlive_; }
  ReactorTime& clock() const override { return const_cast<Clock&>(time); }
  Log& log() const override { return standardLog(); }
  void switchProtocol(std::shared_ptr<Protocol> next, Bytes unread = {}) override;
  void overrideAddresses(Address peer, Address host) override;
  RegisteredProducer releaseProducer() override;
  /// The layer has its turn when `time` is advanced.
  void requestTurnFor(TransportLayer& layer) override;

 private:
  void whenDrained(UniqueFunction<void(const Failure* lost)> call) override;
  void doWrite(BytesView data) override;
  void doRegisterProducer(PushProducer& producer) override;
  void doRegisterProducer(PullProducer& producer) override;
  void checkNoProducer() const;

  Address peer_;
  Address host_;
  Bytes written_;
  std::uint64_t total_ = 0;  // written, cleared or not
  std::shared_ptr<Protocol> protocol_;
  Bytes unread_;
  std::optional<Failure> reason_;
  PushProducer* push_ = nullptr;
  PullProducer* pull_ = nullptr;
  TransportOptions options_;
  std::size_t buffered_ = 0;
  std::uint64_t timesBlocked_ = 0;
  std::vector<UniqueFunction<void(const Failure*)>> drainWaiters_;
  bool connected_ = true;
  bool closing_ = false;
  bool aborting_ = false;
  bool writeClosed_ = false;
  bool paused_ = false;
  bool noDelay_ = true;
  bool keepAlive_ = false;
};

}  // namespace plait::testing
