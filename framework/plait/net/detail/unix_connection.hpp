#pragma once

#include <deque>
#include <plait/core/unix_transport.hpp>
#include <plait/net/detail/socket_connection.hpp>
#include <plait/net/detail/unique_descriptor.hpp>

namespace plait::detail {

/// A connection over a UNIX socket: a SocketConnection that can pass descriptors.
///
/// It reads as any other does, unless its protocol is a FileDescriptorReceiver: such a read leaves
/// no room for descriptors, and the system closes those that come. It sends as any other does,
/// unless descriptors wait. So who passes none pays nothing.
class UnixConnection final : public SocketConnection, public UNIXTransport {
 public:
  using SocketConnection::SocketConnection;

  void sendFileDescriptor(int fd) override;
  std::optional<PeerCredentials> peerCredentials() const override;

  void setTcpNoDelay(bool on) override { Transport::setTcpNoDelay(on); }
  bool getTcpNoDelay() const override { return Transport::getTcpNoDelay(); }
  void setTcpKeepAlive(bool on, KeepAlive probes) override {
    Transport::setTcpKeepAlive(on, probes);
  }
  bool getTcpKeepAlive() const override { return Transport::getTcpKeepAlive(); }

 private:
  /// A descriptor to be sent, and the byte that it travels with.
  struct Outgoing {
    UniqueDescriptor descriptor;
    std::uint64_t position;  // as `sent` counts
  };
  /// What only those have that pass descriptors.
  struct Passing {
    std::deque<Outgoing> outgoing;
    std::uint64_t sent = 0;  // bytes, since there was nothing outgoing
    // What was received and could not be delivered when the protocol had paused.
    std::deque<UniqueDescriptor> incoming;
    Bytes behind;
  };

  SendResult send(const OutputBuffer& out) override;
  SendResult sendAtOnce(std::span<const BytesView> pieces) override;
  void close(CloseKind kind) override;
  std::optional<Failure> endSending() override;
  void protocolChanged() override;
  void readNow(bool busy) override;

  Passing& passing();
  void receive();
  void deliverMessage(std::deque<UniqueDescriptor> descriptors, BytesView data);
  void deliverDescriptor(UniqueDescriptor descriptor);

  bool holdsMessage() const {
    return passing_ && !(passing_->incoming.empty() && passing_->behind.empty());
  }

  FileDescriptorReceiver* receiver_ = nullptr;  // the protocol, if it is one
  std::unique_ptr<Passing> passing_;
  std::optional<PeerCredentials> credentials_;  // when closed
};

}  // namespace plait::detail
