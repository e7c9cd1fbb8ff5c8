// The floor for TLS: epoll and OpenSSL working on the socket itself, without a buffer in between.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"
#include "servers/framing.hpp"

namespace bench {
namespace {

struct Deleter {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* session) const { SSL_free(session); }
};

int orThrow(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::system_category(), call);
  return result;
}

struct Connection {
  ~Connection() { close(fd); }

  int fd;
  std::unique_ptr<SSL, Deleter> session;
  std::string unsent;  // while there is some, nothing more is read
  bool writeWatched = false;
};

class Server {
 public:
  explicit Server(const TLSServerOptions& options)
      : context_(SSL_CTX_new(TLS_server_method())),
        epoll_(orThrow(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        listener_(
            orThrow(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")) {
    SSL_CTX* const context = context_.get();
    if (SSL_CTX_use_certificate_chain_file(context, options.certificateFile.c_str()) != 1 ||
        SSL_CTX_use_PrivateKey_file(context, options.keyFile.c_str(), SSL_FILETYPE_PEM) != 1) {
      throw std::runtime_error("cannot use " + options.certificateFile + " and " + options.keyFile);
    }
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    // As many records as there are in one recv, instead of two recv a record.
    SSL_CTX_set_read_ahead(context, 1);
    SSL_CTX_set_default_read_buffer_len(context, kBufferSize);
    listenAnywhere();
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < ready; ++i) {
        auto* const connection = static_cast<Connection*>(events[i].data.ptr);
        if (connection == nullptr) {
          acceptAll();
        } else if (!serve(*connection)) {
          delete connection;
        }
      }
    }
  }

 private:
  void listenAnywhere() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    orThrow(bind(listener_, generic, length), "bind");
    orThrow(getsockname(listener_, generic, &length), "getsockname");
    orThrow(listen(listener_, SOMAXCONN), "listen");
    watch(EPOLL_CTL_ADD, listener_, nullptr, EPOLLIN);
    std::printf("listening on %d\n", int{ntohs(address.sin_port)});
    std::fflush(stdout);
  }

  void watch(int operation, int fd, Connection* connection, std::uint32_t interest) {
    epoll_event event{};
    event.events = interest;
    event.data.ptr = connection;  // null is the listener
    orThrow(epoll_ctl(epoll_, operation, fd, &event), "epoll_ctl");
  }

  void acceptAll() {
    for (;;) {
      const int fd = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && (errno == EAGAIN || errno == ECONNABORTED)) return;
      orThrow(fd, "accept4");
      const int on = 1;
      setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      auto* const connection = new Connection{fd, {}, {}};
      connection->session.reset(SSL_new(context_.get()));
      SSL_set_fd(connection->session.get(), fd);
      SSL_set_accept_state(connection->session.get());
      watch(EPOLL_CTL_ADD, fd, connection, EPOLLIN);
    }
  }

  // False when the connection is over, as from the others below.
  bool serve(Connection& connection) {
    const bool alive = connection.unsent.empty() ? receive(connection) : flush(connection);
    if (alive && connection.writeWatched == connection.unsent.empty()) {
      connection.writeWatched = !connection.writeWatched;
      watch(EPOLL_CTL_MOD, connection.fd, &connection,
            connection.writeWatched ? EPOLLOUT : EPOLLIN);
    }
    return alive;
  }

  // What OpenSSL has received already, epoll does not tell of.
  bool receive(Connection& connection) {
    do {
      ERR_clear_error();
      std::size_t got = 0;
      const int result =
          SSL_read_ex(connection.session.get(), buffer_.data(), buffer_.size(), &got);
      if (result != 1) return waits(connection, result);
      if (!send(connection, {buffer_.data(), got})) return false;
    } while (connection.unsent.empty() && SSL_has_pending(connection.session.get()) == 1);
    return true;
  }

  bool send(Connection& connection, std::string_view bytes) {
    while (!bytes.empty()) {
      ERR_clear_error();
      std::size_t took = 0;
      const int result = SSL_write_ex(connection.session.get(), bytes.data(), bytes.size(), &took);
      if (result != 1) {
        connection.unsent = bytes;
        return waits(connection, result);
      }
      bytes.remove_prefix(took);
    }
    return true;
  }

  bool flush(Connection& connection) {
    const std::string unsent = std::move(connection.unsent);
    connection.unsent.clear();
    return send(connection, unsent) && (!connection.unsent.empty() || receive(connection));
  }

  static bool waits(const Connection& connection, int result) {
    const int error = SSL_get_error(connection.session.get(), result);
    return error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE;
  }

  const std::unique_ptr<SSL_CTX, Deleter> context_;
  const int epoll_;
  const int listener_;
  std::array<char, kBufferSize> buffer_;
};

}  // namespace
}  // namespace bench

// SIGTERM keeps its default action, which ends the process.
int main(int argc, char** argv) try {
  const auto options = bench::parseTLSServerOptions("bench_raw_epoll_tls", argc, argv);
  bench::raiseDescriptorLimit();
  static bench::Server server(options);
  server.run();
} catch (const std::exception& error) {
  return bench::exitStatus("bench_raw_epoll_tls", error);
}
