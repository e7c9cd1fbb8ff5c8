#pragma once

#include <optional>
#include <plait/core/datagram_protocol.hpp>
#include <plait/net/detail/datagram_queue.hpp>
#include <plait/net/detail/datagram_socket.hpp>
#include <plait/net/detail/handler_memory.hpp>
#include <plait/net/detail/loop.hpp>
#include <vector>

namespace plait::detail {

/// An open datagram socket, UDP or UNIX, and its protocol. It keeps itself alive until it closes.
///
/// Receiving: when the socket is readable, datagrams are received one by one, into the buffer that
/// all of the loop share, until there is none left or others must have their turn. (recvmmsg would
/// save one percent or two of an echo under load, and read datagrams that a protocol then pauses,
/// or closes, before.) Sending: straight into the socket; only what the system refuses waits.
class DatagramPort final : public DatagramTransport,
                           public LoopMember,
                           public std::enable_shared_from_this<DatagramPort> {
 public:
  DatagramPort(Loop& loop, DatagramSocket socket, const DatagramOptions& options);

  /// Joins the loop, tells the protocol, and begins to receive.
  void open(std::shared_ptr<DatagramProtocol> protocol);

  void shutDown() override { close(); }
  void end() override { close(); }

  Address getHost() const override { return host_; }
  void write(BytesView datagram, const Address& to) override;
  void write(BytesView datagram) override;
  std::size_t bufferedBytes() const override { return queue_.bytes(); }
  std::uint64_t droppedDatagrams() const override { return queue_.dropped(); }
  void connect(const Address& peer) override;
  bool connected() const override { return socket_.has_value(); }
  void pauseProducing() override;
  void resumeProducing() override;

  void setBroadcastAllowed(bool allowed) override;
  bool getBroadcastAllowed() const override;
  Deferred<void> joinGroup(std::string group, std::string interface) override;
  Deferred<void> leaveGroup(std::string group, std::string interface) override;
  void setTTL(int ttl) override;
  int getTTL() const override;
  void setLoopbackMode(bool on) override;
  bool getLoopbackMode() const override;
  void setOutgoingInterface(std::string interface) override;
  std::string getOutgoingInterface() const override;

 private:
  class Readable;
  static constexpr std::size_t kOperationSize = 128;
  using Outcome = DatagramQueue::Outcome;

  void assertThread() const;
  template <class Call>
  void tell(const char* what, Call&& call);

  void awaitDatagrams();
  void readable();
  bool receiveOne();
  bool receiveFailed(int error);
  void tellRefused();

  SocketAddress checked(const Address& to) const;
  void checkSize(BytesView datagram) const;
  void sendOrQueue(BytesView datagram, const SocketAddress& to);
  int send(BytesView datagram, const SocketAddress& to);
  int sendOnce(BytesView datagram, const SocketAddress& to);
  bool reconnect();
  void enqueue(BytesView datagram, const SocketAddress& to);
  void awaitRoom();
  bool waitsForEachDestination() const;
  void flush();
  void refusedSoon();

  void requireUDP(const char* what) const;
  Deferred<void> changeMembership(bool join, const std::string& group,
                                  const std::string& interface);

  void doStopListening(UniqueFunction<void()> stopped) override;
  void close();
  void finish();

  // While open; what is asked for later is answered from what is below.
  Loop* loop_;                                        // null when all is over
  mutable std::optional<AsioDatagramSocket> socket_;  // its native_handle() is not const
  std::shared_ptr<DatagramProtocol> protocol_;
  std::shared_ptr<DatagramPort> self_;
  BoundPath path_;
  std::vector<UniqueFunction<void()>> stopped_;
  int calls_ = 0;  // of the protocol, under way

  const int family_;
  const std::size_t maxPacketSize_;
  std::unique_ptr<char[]> ownBuffer_;  // for datagrams that the shared one is too small for
  HandlerMemory<kOperationSize> waitMemory_;
  bool awaiting_ = false;  // datagrams
  bool paused_ = false;

  DatagramQueue queue_;
  bool awaitingRoom_ = false;  // in the system, for what waits here
  int blockedBy_ = 0;          // why the queue waits: an error; 0 = for others to have their turn
  bool refusalPosted_ = false;
  DelayedCall retry_;
  TimePoint lastComplaint_;

  Address host_;
  SocketAddress peer_;  // of a connected port
  bool broadcast_ = false;
  bool loopback_ = true;
  int ttl_ = 1;
  std::string outgoingInterface_;
};

}  // namespace plait::detail
