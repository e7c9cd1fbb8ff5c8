#include <fcntl.h>

#include <plait/core/errors.hpp>
#include <plait/net/detail/descriptor_message.hpp>
#include <plait/net/detail/peer_credentials.hpp>
#include <plait/net/detail/unix_connection.hpp>

namespace plait::detail {

namespace {

/// Descriptors that may wait to be sent before the producer is paused.
constexpr std::size_t kMostWaiting = 64;
constexpr std::size_t kMostPieces = 64;

/// The first of `pieces`, `limit` bytes of them; returns how many pieces that are.
std::size_t cut(std::span<BytesView> pieces, std::size_t limit) {
  for (std::size_t i = 0; i < pieces.size(); ++i) {
    if (pieces[i].size() >= limit) {
      pieces[i] = pieces[i].substr(0, limit);
      return i + 1;
    }
    limit -= pieces[i].size();
  }
  return pieces.size();
}

}  // namespace

UnixConnection::Passing& UnixConnection::passing() {
  if (!passing_) passing_ = std::make_unique<Passing>();
  return *passing_;
}

std::optional<PeerCredentials> UnixConnection::peerCredentials() const {
  return descriptor() >= 0 ? askPeerCredentials(descriptor()) : credentials_;
}

// --- Sending ---------------------------------------------------------------------------

void UnixConnection::sendFileDescriptor(int fd) {
  if (!admitsWrites()) return;
  loop()->assertThread();
  UniqueDescriptor duplicate(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!duplicate) {
    throw std::system_error(errno, std::system_category(),
                            fmt::format("sendFileDescriptor: descriptor {}", fd));
  }
  Passing& passing = this->passing();
  std::uint64_t position = passing.sent + bufferedBytes();
  if (!passing.outgoing.empty()) {
    position = std::max(position, passing.outgoing.back().position + 1);
  }
  passing.outgoing.push_back({std::move(duplicate), position});
  if (passing.outgoing.size() > kMostWaiting) pauseProducer();
}

/// Up to the byte that the first descriptor travels with; or from there to the next descriptor's.
StreamTransport::SendResult UnixConnection::send(const OutputBuffer& out) {
  if (!passing_ || passing_->outgoing.empty()) return SocketConnection::send(out);

  auto& outgoing = passing_->outgoing;
  const std::uint64_t before = outgoing.front().position - passing_->sent;
  const bool attach = before == 0;
  std::uint64_t limit = before;
  if (attach) limit = outgoing.size() > 1 ? outgoing[1].position - passing_->sent : out.size();

  std::array<BytesView, kMostPieces> pieces;
  std::size_t count = out.gather(pieces);
  count = cut(std::span(pieces).first(count), limit);
  std::size_t offered = 0;
  for (std::size_t i = 0; i < count; ++i) offered += pieces[i].size();

  ErrorCode error;
  const int attached = attach ? outgoing.front().descriptor.get() : -1;
  const std::size_t sent =
      sendMessage(descriptor(), std::span(pieces).first(count), attached, error);
  passing_->sent += sent;
  if (attach && sent > 0) outgoing.pop_front();
  return sendDone(error.value(), sent, offered);
}

StreamTransport::SendResult UnixConnection::sendAtOnce(std::span<const BytesView> pieces) {
  if (passing_ && !passing_->outgoing.empty()) return {};  // a descriptor goes with the next byte
  return SocketConnection::sendAtOnce(pieces);
}

std::optional<Failure> UnixConnection::endSending() {
  if (!passing_ || passing_->outgoing.empty()) return std::nullopt;
  return Failure(FileDescriptorOverrun());
}

void UnixConnection::close(CloseKind kind) {
  credentials_ = peerCredentials();  // while the socket can still tell
  passing_.reset();
  SocketConnection::close(kind);
}

// --- Receiving -------------------------------------------------------------------------

/// A read that is under way has no room for descriptors yet: a protocol that is to receive them
/// must take over from within a callback of the one before it.
void UnixConnection::protocolChanged() {
  receiver_ = protocol()->as<FileDescriptorReceiver>();
}

void UnixConnection::readNow(bool busy) {
  if (holdsMessage()) {
    const Bytes data = std::exchange(passing_->behind, {});
    return deliverMessage(std::exchange(passing_->incoming, {}), data);
  }
  // Who asks for no descriptors is given none: the system closes them.
  if (!receiver_ || discardsInput() || socket().holdsInput()) {
    return SocketConnection::readNow(busy);
  }
  receive();
}

void UnixConnection::receive() {
  ErrorCode error;
  auto& buffer = loop()->readBuffer();
  DescriptorMessage message = receiveMessage(descriptor(), buffer, error);
  if (error == asio::error::would_block) return socket().awaitInput();
  if (error) {
    return deliver({.error = error == asio::error::eof ? SocketInput::kEndOfFile : error.value()});
  }
  if (message.incomplete) {
    return failed(Failure(ConnectionLost(
        "Connection was aborted: there was no room for descriptors that the peer has sent.")));
  }
  const BytesView data(buffer.data(), message.size);
  if (message.descriptors.empty()) return deliver({.bytes = data});
  deliverMessage(std::move(message.descriptors), data);
}

/// The descriptors, then the bytes that they came with. What is left when the protocol pauses is
/// kept for later.
void UnixConnection::deliverMessage(std::deque<UniqueDescriptor> descriptors, BytesView data) {
  while (!descriptors.empty() && wantsRead()) {
    UniqueDescriptor next = std::move(descriptors.front());
    descriptors.pop_front();
    deliverDescriptor(std::move(next));
  }
  if (wantsRead()) return deliver({.bytes = data});
  if (disconnecting()) return;
  passing().incoming = std::move(descriptors);
  passing().behind = data;
  loop()->requestRead(*this);  // which it notices, and watches for a reset
}

void UnixConnection::deliverDescriptor(UniqueDescriptor descriptor) {
  if (!receiver_ || discardsInput()) return;  // it is closed
  try {
    receiver_->fileDescriptorReceived(descriptor.release());
  } catch (...) {
    failConnection(Failure(), "fileDescriptorReceived");
  }
}

}  // namespace plait::detail
