#pragma once

#include <memory>
#include <plait/core/process_protocol.hpp>
#include <plait/core/producer.hpp>
#include <plait/core/stream_transport.hpp>
#include <plait/endpoints/process_endpoint.hpp>

namespace plait::detail {

/// Outlives the transport that borrows it.
struct OwnTransportGroup {
  TransportGroup group;
};

/// A child's standard input and output as a medium.
class ProcessConnection final : private OwnTransportGroup, public StreamTransport {
 public:
  /// `ended` is called when the connection is lost.
  ProcessConnection(ReactorTime& time, const ProcessEndpointOptions& options,
                    UniqueFunction<void()> ended);

  /// What to spawn the child with. `protocol` is connected when it runs.
  std::shared_ptr<ProcessProtocol> childProtocol(std::shared_ptr<Protocol> protocol);

 private:
  class Child;

  /// Registered as the producer of the child's input for as long as that has something buffered.
  struct InputWatch final : PullProducer {
    explicit InputWatch(ProcessConnection& of) : connection(of) {}
    void resumeProducing() override { connection.inputTaken(); }
    void stopProducing() override { connection.closedInput(); }
    ProcessConnection& connection;
    bool watching = false;
  };

  // What the child tells.
  void begin(ProcessTransport& process, std::shared_ptr<Protocol> protocol);
  void wrote(BytesView data);
  void wroteError(BytesView data);
  void inputTaken();
  void closedInput();
  void closedOutput();
  void exited(const Failure& reason);

  SendResult send(const OutputBuffer& out) override;
  std::size_t bufferedBelow() const override;
  std::optional<Failure> endSending() override;
  Address mediumPeer() const override { return {}; }
  Address mediumHost() const override { return {}; }
  void readingChanged() override;
  void closeWriteSide() override;
  void close(CloseKind kind) override;
  void requestTurn() override;
  void lost(const Failure& reason) override;

  StandardErrorBehavior standardError_;
  UniqueFunction<void()> ended_;
  ProcessTransport* process_ = nullptr;  // while the child is
  InputWatch inputWatch_{*this};
  bool inputClosed_ = false;
  bool closingChild_ = false;
};

}  // namespace plait::detail
