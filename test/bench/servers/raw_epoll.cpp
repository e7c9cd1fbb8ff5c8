// The floor: what the kernel charges for an echo. One thread, level-triggered epoll, one recv for
// each readiness into one buffer shared by all connections, one send for the reply.

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"
#include "servers/frame_buffer.hpp"
#include "servers/framing.hpp"
#include "servers/raw_epoll_udp.hpp"

namespace bench {
namespace {

int orThrow(int result, const char* call) {
  if (result < 0) throw std::system_error(errno, std::system_category(), call);
  return result;
}

struct Connection {
  int fd;
  FrameBuffer unfinished;  // of a frame split between two reads
  std::string unsent;      // what the kernel refused; while there is some, nothing more is read
  std::size_t index = 0;   // among all
};

// As much as a socket's buffer gives at once.
constexpr std::size_t kSharedBufferSize = 4 * kBufferSize;

// What a client may leave unread of what others say.
constexpr std::size_t kMaxUnsent = 1024 * 1024;

class Server {
 public:
  explicit Server(const ServerOptions& options)
      : mode_(options.mode),
        unixSocket_(options.unixSocket),
        epoll_(orThrow(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
        listener_(orThrow(
            socket(unixSocket_ ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
            "socket")) {
    const std::string where = unixSocket_ ? bindName() : bindPort();
    orThrow(listen(listener_, SOMAXCONN), "listen");
    watch(EPOLL_CTL_ADD, listener_, nullptr, EPOLLIN);
    std::printf("listening on %s\n", where.c_str());
    std::fflush(stdout);
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
          remove(connection);
        }
      }
    }
  }

 private:
  std::string bindPort() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    orThrow(bind(listener_, generic, length), "bind");
    orThrow(getsockname(listener_, generic, &length), "getsockname");
    const int on = 1;  // for those that it accepts, too
    setsockopt(listener_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return std::to_string(ntohs(address.sin_port));
  }

  std::string bindName() {
    const std::string name = unixName();
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    name.copy(address.sun_path, sizeof address.sun_path);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
    orThrow(bind(listener_, reinterpret_cast<sockaddr*>(&address), length), "bind");
    return "@" + name.substr(1);
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
      connections_.push_back(new Connection{fd, {}, {}, connections_.size()});
      watch(EPOLL_CTL_ADD, fd, connections_.back(), EPOLLIN);
    }
  }

  void remove(Connection* connection) {
    connections_.back()->index = connection->index;
    connections_[connection->index] = connections_.back();
    connections_.pop_back();
    close(connection->fd);
    delete connection;
  }

  // This and what it calls return false when the connection is over.
  bool serve(Connection& connection) {
    return connection.unsent.empty() ? receive(connection) : flush(connection);
  }

  bool receive(Connection& connection) {
    FrameBuffer& unfinished = connection.unfinished;
    const bool fresh = unfinished.empty();
    const std::span<char> room = fresh ? std::span<char>(buffer_) : unfinished.room();
    const ssize_t got = recv(connection.fd, room.data(), room.size(), 0);
    if (got <= 0) return got < 0 && errno == EAGAIN;
    const auto size = static_cast<std::size_t>(got);
    if (fresh) return received(connection, {buffer_.data(), size});
    return !unfinished.received(size) || received(connection, unfinished.bytes());
  }

  bool received(Connection& connection, std::string_view bytes) {
    const Frames frames = findFrames(mode_, bytes);
    if (frames.malformed) return false;
    const std::string_view complete = bytes.substr(0, frames.complete);
    if (!complete.empty()) {
      if (mode_ == Mode::fanout) {
        tellAll(complete);
      } else if (!reply(connection, complete)) {
        return false;
      }
    }
    if (complete.size() != bytes.size() || !connection.unfinished.empty()) {
      connection.unfinished.keep(bytes.substr(complete.size()), frames.wanted);
    }
    return true;
  }

  // Whose connection is broken, or who does not read, is shut down here and removed when epoll
  // tells: it may be anybody.
  void tellAll(std::string_view lines) {
    for (Connection* const each : connections_) {
      bool good = true;
      if (each->unsent.empty()) {
        good = reply(*each, lines);
      } else {
        each->unsent += lines;
      }
      if (!good || each->unsent.size() > kMaxUnsent) shutdown(each->fd, SHUT_RDWR);
    }
  }

  bool reply(Connection& connection, std::string_view bytes) {
    const ssize_t sent = send(connection.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent == static_cast<ssize_t>(bytes.size())) return true;
    if (sent < 0 && errno != EAGAIN) return false;
    connection.unsent = bytes.substr(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    watch(EPOLL_CTL_MOD, connection.fd, &connection, EPOLLOUT);
    return true;
  }

  bool flush(Connection& connection) {
    std::string& unsent = connection.unsent;
    const ssize_t sent = send(connection.fd, unsent.data(), unsent.size(), MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN;
    unsent.erase(0, static_cast<std::size_t>(sent));
    if (unsent.empty()) watch(EPOLL_CTL_MOD, connection.fd, &connection, EPOLLIN);
    return true;
  }

  const Mode mode_;
  const bool unixSocket_;
  const int epoll_;
  const int listener_;
  std::vector<Connection*> connections_;
  std::array<char, kSharedBufferSize> buffer_;
};

}  // namespace
}  // namespace bench

// SIGTERM keeps its default action, which ends the process.
int main(int argc, char** argv) try {
  const auto options = bench::parseServerOptions("bench_raw_epoll", argc, argv);
  bench::raiseDescriptorLimit();
  if (options.mode == bench::Mode::udp) bench::echoDatagrams();
  static bench::Server server(options);
  server.run();
} catch (const std::exception& error) {
  return bench::exitStatus("bench_raw_epoll", error);
}
