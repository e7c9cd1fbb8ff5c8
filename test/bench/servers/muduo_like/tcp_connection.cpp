#include "servers/muduo_like/tcp_connection.hpp"

#include <unistd.h>

#include <cerrno>

namespace muduo_like {

TcpConnection::TcpConnection(EventLoop& loop, int fd) : loop_(loop), channel_(loop, fd) {
  channel_.onReadable([this] { handleRead(); });
  channel_.onWritable([this] { handleWrite(); });
}

TcpConnection::~TcpConnection() {
  close(channel_.fd());
}

void TcpConnection::established() {
  channel_.tie(shared_from_this());
  startRead();
}

void TcpConnection::send(std::string_view bytes) {
  if (!connected_) return;
  if (!channel_.isWriting() && output_.readable().empty()) {
    const ssize_t sent = write(channel_.fd(), bytes.data(), bytes.size());
    if (sent < 0 && errno != EAGAIN) return;  // the end is seen when reading
    if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
    if (bytes.empty()) return writeComplete();
  }
  keep(bytes);
}

void TcpConnection::keep(std::string_view bytes) {
  const std::size_t before = unsent();
  output_.append(bytes);
  if (highWater_ && before < highWaterMark_ && unsent() >= highWaterMark_) {
    loop_.queueInLoop([self = shared_from_this()] { self->highWater_(self); });
  }
  if (!channel_.isWriting()) channel_.setWriting(true);
}

void TcpConnection::startRead() {
  if (connected_ && !channel_.isReading()) channel_.setReading(true);
}

void TcpConnection::stopRead() {
  if (connected_ && channel_.isReading()) channel_.setReading(false);
}

void TcpConnection::forceClose() {
  if (!connected_) return;
  connected_ = false;
  channel_.remove();
  // The channel may be at work: it goes with the connection, at the end of the turn.
  loop_.queueInLoop([self = shared_from_this()] { self->close_(self); });
}

void TcpConnection::handleRead() {
  const ssize_t got = input_.readFrom(channel_.fd());
  if (got > 0) return message_(shared_from_this(), input_);
  if (got == 0 || errno != EAGAIN) forceClose();
}

void TcpConnection::handleWrite() {
  const std::string_view unsent = output_.readable();
  const ssize_t sent = write(channel_.fd(), unsent.data(), unsent.size());
  if (sent < 0) return;
  output_.retrieve(static_cast<std::size_t>(sent));
  if (!output_.readable().empty()) return;
  channel_.setWriting(false);
  writeComplete();
}

void TcpConnection::writeComplete() {
  if (!writeComplete_) return;
  loop_.queueInLoop([call = writeComplete_, self = shared_from_this()] { call(self); });
}

}  // namespace muduo_like
