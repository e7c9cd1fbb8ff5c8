#pragma once

#include <plait/core/address.hpp>
#include <plait/core/bytes.hpp>
#include <string>
#include <utility>

namespace plait::testing {

/// A socket without a framework: a peer that may behave badly. Reading never blocks (look from the
/// condition of a runUntil); `send` blocks until the system has taken everything, so send no more
/// than it buffers unless the other end is served by another thread.
class RawPeer {
 public:
  RawPeer() = default;
  explicit RawPeer(int socket);
  /// Connects (the system does it without the listener's help). `receiveBuffer`: SO_RCVBUF.
  explicit RawPeer(const Address& to, int receiveBuffer = 0);
  RawPeer(RawPeer&& other) noexcept { swap(other); }
  RawPeer& operator=(RawPeer other) noexcept {
    swap(other);
    return *this;
  }
  ~RawPeer() { close(); }

  void send(BytesView data);
  /// One recv of up to `most` bytes, of what is there; appended to `received`. Returns how many.
  std::size_t receive(std::size_t most = 64 * 1024);
  /// Receives everything that is there.
  void receiveAll();
  /// Waits (without a reactor) until the connection has ended.
  void receiveUntilEnd();
  void shutdownWrite();
  void close();
  /// Closes with a reset.
  void reset();

  /// Reads what is there, and tells whether the other end has closed (or reset) the connection.
  bool ended();
  bool eof() const { return eof_; }
  /// The error receiving ended with, such as ECONNRESET; 0 = none.
  int error() const { return error_; }
  Address localAddress() const;
  int socket() const { return socket_; }

  Bytes received;

 private:
  void swap(RawPeer& other) noexcept {
    std::swap(socket_, other.socket_);
    std::swap(eof_, other.eof_);
    std::swap(error_, other.error_);
    std::swap(received, other.received);
  }

  int socket_ = -1;
  bool eof_ = false;
  int error_ = 0;
};

/// A listening socket without a framework.
class RawListener {
 public:
  /// On 127.0.0.1. `receiveBuffer`: SO_RCVBUF of the accepted sockets; 0 = the system's choice.
  explicit RawListener(int backlog = 16, int receiveBuffer = 0);
  /// On any address. The file of a UNIX socket stays.
  explicit RawListener(const Address& at, int backlog = 16, int receiveBuffer = 0);
  RawListener(const RawListener&) = delete;
  ~RawListener();

  /// Of an IP socket.
  Address address() const;
  int socket() const { return socket_; }
  std::uint16_t port() const { return address().port(); }
  /// True when a connection waits to be accepted.
  bool pending() const;
  /// Accepts one; waits for it.
  RawPeer accept();

 private:
  int socket_;
};

/// A port of 127.0.0.1 on which nobody listens.
std::uint16_t unusedPort();

}  // namespace plait::testing
