// PortForwardFactory: whatever the client, the target and the wires do, each end is given the
// beginning of what the other wrote, and all of it unless something was aborted or would not read;
// no more is held back than the marks allow; nothing is left when both have closed.
//
// Input: the sizes of the wires, then what happens, a choice each (see Trial::happen).
#include <plait/portforward/port_forward.hpp>
#include <plait/testing/memory_transport.hpp>

#include "../support/check.hpp"
#include "../support/choices.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

using testing::MemoryConnection;

/// The client, or what is forwarded to.
struct Talker : Protocol, HalfCloseableProtocol {
  void dataReceived(BytesView data) override { received += data; }
  void readConnectionLost() override { ended = true; }
  void writeConnectionLost() override {}
  void connectionLost(const Failure&) override { ++lost; }

  Bytes received;
  Bytes written;
  bool ended = false;
  bool reads = true;  // has not closed
  int lost = 0;
};

class Trial {
 public:
  explicit Trial(BytesView input) : choices_(input) {
    wire_.pipeCapacity = 1 + choices_.upTo(100);
    wire_.largestChunk = 1 + choices_.upTo(50);
    wire_.transport.highWaterMark = choices_.upTo(60);
    wire_.transport.closeTimeout = std::chrono::seconds(1);
    wire_.log = &log_;
  }

  void run() {
    const auto factory = std::make_shared<PortForwardFactory>(
        [this](std::shared_ptr<Factory> made) {
          outgoing_ = std::move(made);
          connecting_.emplace();
          return *connecting_;
        },
        log_);
    const auto incoming = factory->makeProtocol(wire_.client);
    toClient_ = std::make_unique<MemoryConnection>(clock_, incoming, client_, wire_);
    while (!choices_.empty()) {
      happen();
      checkFlow();
    }
    end();
  }

 private:
  void happen() {
    switch (choices_.upTo(9)) {
      case 0:
      case 1:
        toClient_->pump();
        return;
      case 2:
      case 3:
        if (toTarget_) toTarget_->pump();
        return;
      case 4:
        return connectTarget();
      case 5:
      case 6:
        return act(*client_);
      case 7:
      case 8:
        if (toTarget_) act(*target_);
        return;
      case 9:
        return disturb();
    }
  }
  void connectTarget() {
    if (toTarget_ || failed_ || !outgoing_) return;
    if (choices_.upTo(5) == 5) {
      failed_ = true;
      if (!connecting_->called()) connecting_->errback(Failure(ConnectionRefusedError("refused")));
      return;
    }
    const auto end = outgoing_->makeProtocol(wire_.server);
    toTarget_ = std::make_unique<MemoryConnection>(clock_, target_, end, wire_);
    connecting_->callback(end);  // the one given up meanwhile is told nothing
  }
  void act(Talker& talker) {
    Transport& transport = talker.transport();
    switch (choices_.upTo(6)) {
      case 0:
      case 1:
        if (transport.disconnecting() || transport.bufferedBytes() > 200) return;
        return write(talker, 1 + choices_.upTo(99));
      case 2:
        return transport.pauseProducing();
      case 3:
        return transport.resumeProducing();
      case 4:
        closedWriting(talker) = true;
        return transport.loseWriteConnection();
      case 5:
        talker.reads = false;
        return transport.loseConnection();
      case 6:
        if (choices_.upTo(3) != 3) return;
        disturbed_ = true;
        return transport.abortConnection();
    }
  }
  void write(Talker& talker, std::size_t size) {
    if (closedWriting(talker)) return;
    Bytes bytes(size, '\0');
    for (char& byte : bytes) byte = static_cast<char>('a' + next_++ % 23);
    talker.written += bytes;
    talker.transport().write(bytes);
  }
  void disturb() {
    if (choices_.upTo(9) != 9) return;
    disturbed_ = true;
    if (toTarget_ && choices_.flag()) return toTarget_->cut();
    toClient_->cut();
  }

  void checkFlow() {
    for (const auto& [to, from] : {std::pair(client_, target_), std::pair(target_, client_)}) {
      checkEqual(to->received, BytesView(from->written).substr(0, to->received.size()),
                 "what is forwarded");
    }
    const std::size_t most = wire_.transport.highWaterMark + wire_.largestChunk;
    check(toClient_->server().bufferedBytes() <= most, "held back for the client");
    check(!toTarget_ || toTarget_->client().bufferedBytes() <= most, "held back for the target");
  }

  void end() {
    flush();
    if (!disturbed_ && toTarget_) {
      if (target_->reads) checkEqual(target_->received, client_->written, "all of the client's");
      if (client_->reads) checkEqual(client_->received, target_->written, "all of the target's");
    }
    client_->transport().loseConnection();
    if (toTarget_) target_->transport().loseConnection();
    flush();
    // Two that close, and neither reads what the other has yet to say.
    for (int often = 0; often < 9; ++often) clock_.advance(std::chrono::seconds(1)), flush();
    if (!outgoing_ || failed_ || toTarget_) check(toClient_->over(), "the client's is left");
    check(!toTarget_ || toTarget_->over(), "the target's connection is left");
    check(client_->lost <= 1 && target_->lost <= 1, "connectionLost comes twice");
    check(clock_.pendingCalls() == 0, "a timer is left");
  }
  /// Everybody reads now, until nothing happens.
  void flush() {
    client_->transport().resumeProducing();
    if (toTarget_) target_->transport().resumeProducing();
    bool happened = true;
    for (int rounds = 0; happened; ++rounds) {
      check(rounds < 10000, "it never comes to rest");
      happened = toClient_->pump();
      if (toTarget_) happened |= toTarget_->pump();
      checkFlow();
    }
  }
  bool& closedWriting(const Talker& talker) {
    return &talker == client_.get() ? clientClosed_ : targetClosed_;
  }

  Choices choices_;
  Log log_{LogLevel::critical};
  testing::Clock clock_;
  MemoryConnection::Options wire_;
  std::shared_ptr<Factory> outgoing_;
  std::optional<Deferred<std::shared_ptr<Protocol>>> connecting_;
  std::shared_ptr<Talker> client_ = std::make_shared<Talker>();
  std::shared_ptr<Talker> target_ = std::make_shared<Talker>();
  std::unique_ptr<MemoryConnection> toClient_, toTarget_;
  unsigned next_ = 0;
  bool failed_ = false, disturbed_ = false, clientClosed_ = false, targetClosed_ = false;
};

void tryForwarding(BytesView input) {
  Trial(input).run();
}

const Target target("port_forward", tryForwarding);

}  // namespace
}  // namespace plait::fuzz
