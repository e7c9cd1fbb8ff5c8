#pragma once

#include <functional>
#include <unordered_set>

#include "servers/muduo_like/channel.hpp"
#include "servers/muduo_like/event_loop.hpp"
#include "servers/muduo_like/tcp_connection.hpp"

namespace muduo_like {

/// Accepts on a free port of 127.0.0.1, and keeps the connections while they live.
class TcpServer {
 public:
  explicit TcpServer(EventLoop& loop);
  ~TcpServer();
  TcpServer(const TcpServer&) = delete;
  TcpServer& operator=(const TcpServer&) = delete;

  void onConnection(ConnectionCallback callback) { connection_ = std::move(callback); }
  void onMessage(MessageCallback callback) { message_ = std::move(callback); }

  int start();  ///< returns the port

  const std::unordered_set<TcpConnectionPtr>& connections() const { return connections_; }

 private:
  void acceptOne();

  EventLoop& loop_;
  Channel acceptor_;
  std::unordered_set<TcpConnectionPtr> connections_;
  ConnectionCallback connection_;
  MessageCallback message_;
};

}  // namespace muduo_like
