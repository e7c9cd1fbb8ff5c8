#include "client.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>

namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

struct ContextDeleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};

SSL_CTX* context() {
  static const std::unique_ptr<SSL_CTX, ContextDeleter> only(SSL_CTX_new(TLS_client_method()));
  return only.get();
}

}  // namespace

struct Client::Connection {
  explicit Connection(std::uint16_t port)
      : socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), ssl(SSL_new(context())) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    check(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0, "connect");
    const int on = 1;
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    SSL_set_fd(ssl, socket);
    check(SSL_connect(ssl) == 1, "the handshake");
  }
  ~Connection() {
    SSL_free(ssl);
    ::close(socket);
  }

  int socket;
  SSL* ssl;
};

Client::Client(std::uint16_t port, std::size_t connections, std::size_t messageSize)
    : message_(messageSize, 'x'), answer_(messageSize, ' ') {
  for (std::size_t i = 0; i < messageSize; ++i) message_[i] = static_cast<char>('a' + i % 26);
  for (std::size_t i = 0; i < connections; ++i) {
    connections_.push_back(std::make_unique<Connection>(port));
  }
}

Client::~Client() = default;

void Client::round() {
  for (auto& connection : connections_) {
    check(SSL_write(connection->ssl, message_.data(), static_cast<int>(message_.size())) > 0,
          "SSL_write");
  }
  for (auto& connection : connections_) {
    std::size_t read = 0;
    while (read < answer_.size()) {
      const int size =
          SSL_read(connection->ssl, answer_.data() + read, static_cast<int>(answer_.size() - read));
      check(size > 0, "SSL_read");
      read += static_cast<std::size_t>(size);
    }
    check(answer_ == message_, "the answer is wrong");
  }
}
