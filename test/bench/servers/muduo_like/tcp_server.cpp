#include "servers/muduo_like/tcp_server.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace muduo_like {
namespace {

int orThrow(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::system_category(), call);
  return result;
}

}  // namespace

TcpServer::TcpServer(EventLoop& loop)
    : loop_(loop),
      acceptor_(loop,
                orThrow(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")) {
  acceptor_.onReadable([this] { acceptOne(); });
}

TcpServer::~TcpServer() {
  close(acceptor_.fd());
}

int TcpServer::start() {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  orThrow(bind(acceptor_.fd(), generic, length), "bind");
  orThrow(listen(acceptor_.fd(), SOMAXCONN), "listen");
  orThrow(getsockname(acceptor_.fd(), generic, &length), "getsockname");
  acceptor_.setReading(true);
  return ntohs(address.sin_port);
}

void TcpServer::acceptOne() {
  const int fd = accept4(acceptor_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED)) return;
  orThrow(fd, "accept4");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const auto connection = std::make_shared<TcpConnection>(loop_, fd);
  connections_.insert(connection);
  connection->onMessage(message_);
  connection->onClose([this](const TcpConnectionPtr& closed) { connections_.erase(closed); });
  connection_(connection);
  connection->established();
}

}  // namespace muduo_like
