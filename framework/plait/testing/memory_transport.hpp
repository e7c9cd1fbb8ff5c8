#pragma once

#include <memory>
#include <plait/core/stream_transport.hpp>
#include <plait/testing/clock.hpp>

namespace plait::testing {

/// One end of a connection in memory: the real transport rules, with a pipe of bounded size each
/// way in the place of a network. Made by MemoryConnection.
class MemoryTransport final : public StreamTransport {
 public:
  MemoryTransport(ReactorTime& time, Log& log, TransportGroup& group, Address peer, Address host,
                  const TransportOptions& options);

 private:
  friend class MemoryConnection;

  /// What is on its way to the other end.
  struct Pipe {
    Bytes data;
    bool ended = false;  // the sending half was closed
    bool reset = false;
  };

  SendResult send(const OutputBuffer& out) override;
  Address mediumPeer() const override { return peer_; }
  Address mediumHost() const override { return host_; }
  void readingChanged() override {}
  void closeWriteSide() override { outgoing_.ended = true; }
  void close(CloseKind kind) override;
  void requestTurn() override { turnWanted_ = true; }
  void lost(const Failure& reason) override;

  bool haveTurn();
  bool receive(Pipe& incoming);

  Address peer_;
  Address host_;
  Pipe outgoing_;
  std::size_t capacity_ = 64 * 1024;
  std::size_t largestChunk_ = 64 * 1024;
  UniqueFunction<void(const Failure&)> whenLost_;
  bool turnWanted_ = false;
  bool waitsForRoom_ = false;
};

/// A client and a server protocol, joined in memory and driven by hand: nothing moves but in `pump`
/// and `flush`, and the same calls always give the same events. Twisted: `iosim.connect` and
/// `IOPump`.
///
///     Clock clock;
///     MemoryConnection connection(clock, server, client);
///     connection.flush();
///
/// Both ends end with ConnectionAborted if the object is destroyed first.
class MemoryConnection {
 public:
  struct Options {
    Address client = IPv4Address{{127, 0, 0, 1}, 50000};
    Address server = IPv4Address{{127, 0, 0, 1}, 8000};
    /// Bytes that are on their way, in each direction, before a writer must wait.
    std::size_t pipeCapacity = 64 * 1024;
    /// The most that one dataReceived is given: 1 delivers byte by byte.
    std::size_t largestChunk = 64 * 1024;
    TransportOptions transport = {};
    Log* log = nullptr;  ///< null = standardLog()
  };

  /// Connects them: `connectionMade` of the server, then of the client.
  MemoryConnection(ReactorTime& time, std::shared_ptr<Protocol> server,
                   std::shared_ptr<Protocol> client);
  MemoryConnection(ReactorTime& time, std::shared_ptr<Protocol> server,
                   std::shared_ptr<Protocol> client, Options options);
  MemoryConnection(const MemoryConnection&) = delete;
  ~MemoryConnection();

  /// Lets each end send once and receive once, server first. Returns whether anything happened.
  bool pump();
  /// Pumps until nothing happens any more, or `rounds` times (an endless producer never stops).
  /// Returns whether it came to rest.
  bool flush(int rounds = 100000);

  MemoryTransport& server() const { return *server_; }
  MemoryTransport& client() const { return *client_; }

  /// Cuts the wire: both ends are lost with ConnectionLost in the next pump.
  void cut();
  /// Called when an end is lost, after its protocol was told.
  void onLost(MemoryTransport& end, UniqueFunction<void(const Failure&)> call);
  /// True when both ends are lost.
  bool over() const;

 private:
  TransportGroup group_;
  std::shared_ptr<MemoryTransport> server_;
  std::shared_ptr<MemoryTransport> client_;
};

}  // namespace plait::testing
