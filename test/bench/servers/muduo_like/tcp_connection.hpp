#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string_view>

#include "servers/muduo_like/buffer.hpp"
#include "servers/muduo_like/channel.hpp"
#include "servers/muduo_like/event_loop.hpp"

namespace muduo_like {

class TcpConnection;
using TcpConnectionPtr = std::shared_ptr<TcpConnection>;
using ConnectionCallback = std::function<void(const TcpConnectionPtr&)>;
using MessageCallback = std::function<void(const TcpConnectionPtr&, Buffer&)>;

/// An input and an output buffer between a socket and the callbacks of the server's user. The
/// server keeps it until it is closed.
class TcpConnection : public std::enable_shared_from_this<TcpConnection> {
 public:
  /// Owns `fd` from now on.
  TcpConnection(EventLoop& loop, int fd);
  ~TcpConnection();

  void onMessage(MessageCallback callback) { message_ = std::move(callback); }
  void onClose(ConnectionCallback callback) { close_ = std::move(callback); }

  /// When that many bytes wait to be sent; and when none does.
  void onHighWaterMark(ConnectionCallback callback, std::size_t mark) {
    highWater_ = std::move(callback);
    highWaterMark_ = mark;
  }
  void onWriteComplete(ConnectionCallback callback) { writeComplete_ = std::move(callback); }

  void established();

  /// Writes at once what the kernel takes; the rest when there is room.
  void send(std::string_view bytes);
  std::size_t unsent() const { return output_.readable().size(); }

  void startRead();
  void stopRead();
  void forceClose();

 private:
  void handleRead();
  void handleWrite();
  void keep(std::string_view bytes);
  void writeComplete();

  EventLoop& loop_;
  Channel channel_;
  bool connected_ = true;
  Buffer input_;
  Buffer output_;
  std::size_t highWaterMark_ = 64 * 1024 * 1024;
  MessageCallback message_;
  ConnectionCallback close_;
  ConnectionCallback highWater_;
  ConnectionCallback writeComplete_;
};

}  // namespace muduo_like
