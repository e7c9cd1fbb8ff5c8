// libevent, by bufferevents: replies move from the input's evbuffer to the output's, which the loop
// writes when it comes around, so that the replies to one read leave together.

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/event.h>
#include <event2/listener.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <unordered_set>

#include "servers/framing.hpp"
#include "servers/peer.hpp"

namespace bench {
namespace {

constexpr std::size_t kHighWater = 64 * 1024;  // of replies that the peer does not read

Mode mode;
std::unordered_set<bufferevent*> members;  // mode fanout

void closeConnection(bufferevent* connection) {
  members.erase(connection);
  bufferevent_free(connection);
}

// How many bytes at the front are whole frames, as findFrames() in framing.hpp has it; but an
// evbuffer is a chain of pieces.
Frames findLines(evbuffer* input) {
  Frames found;
  evbuffer_ptr from;
  evbuffer_ptr_set(input, &from, 0, EVBUFFER_PTR_SET);
  for (;;) {
    std::size_t delimiter = 0;
    evbuffer_ptr end = evbuffer_search_eol(input, &from, &delimiter, EVBUFFER_EOL_CRLF_STRICT);
    if (end.pos < 0) break;
    found.complete = static_cast<std::size_t>(end.pos) + delimiter;
    evbuffer_ptr_set(input, &end, delimiter, EVBUFFER_PTR_ADD);
    from = end;
  }
  found.malformed = evbuffer_get_length(input) - found.complete > longestFrame(mode);
  return found;
}

Frames findNetstrings(evbuffer* input) {
  const std::size_t available = evbuffer_get_length(input);
  Frames found;
  evbuffer_ptr at;
  evbuffer_ptr_set(input, &at, 0, EVBUFFER_PTR_SET);
  for (;;) {
    std::array<char, 8> head;  // "1048576:"
    const ssize_t copied = evbuffer_copyout_from(input, &at, head.data(), head.size());
    const char* const end = head.data() + std::max<ssize_t>(copied, 0);
    std::size_t length = 0;
    const auto [colon, error] = std::from_chars(head.data(), end, length);
    found.malformed = colon == end
                          ? copied == static_cast<ssize_t>(head.size())
                          : error != std::errc() || *colon != ':' || length > kLongestNetstring;
    if (found.malformed || colon == end) return found;

    const std::size_t comma = static_cast<std::size_t>(colon - head.data()) + 1 + length;
    if (found.complete + comma >= available) return found;
    char last = 0;
    evbuffer_ptr_set(input, &at, comma, EVBUFFER_PTR_ADD);
    evbuffer_copyout_from(input, &at, &last, 1);
    found.malformed = last != ',';
    if (found.malformed) return found;
    found.complete += comma + 1;
    evbuffer_ptr_set(input, &at, 1, EVBUFFER_PTR_ADD);
  }
}

void fanOut(evbuffer* input, std::size_t size) {
  const void* const lines = evbuffer_pullup(input, static_cast<ssize_t>(size));
  for (bufferevent* const member : members) bufferevent_write(member, lines, size);
  evbuffer_drain(input, size);
}

// Returns false when what has come is not made of frames.
bool answer(evbuffer* input, evbuffer* output) {
  if (mode == Mode::echo) return evbuffer_add_buffer(output, input) == 0;
  const Frames frames = mode == Mode::netstring ? findNetstrings(input) : findLines(input);
  if (mode == Mode::fanout) {
    if (frames.complete != 0) fanOut(input, frames.complete);
  } else {
    evbuffer_remove_buffer(input, output, frames.complete);
  }
  return !frames.malformed;
}

void received(bufferevent* connection, void*) {
  evbuffer* const output = bufferevent_get_output(connection);
  if (!answer(bufferevent_get_input(connection), output)) return closeConnection(connection);
  // Who does not read his replies is not read from; in mode fanout, others sent them.
  if (mode != Mode::fanout && evbuffer_get_length(output) > kHighWater) {
    bufferevent_disable(connection, EV_READ);
  }
}

void drained(bufferevent* connection, void*) {
  if ((bufferevent_get_enabled(connection) & EV_READ) == 0) {
    bufferevent_enable(connection, EV_READ);
  }
}

void happened(bufferevent* connection, short events, void*) {
  const bool unsent = evbuffer_get_length(bufferevent_get_output(connection)) != 0;
  if ((events & BEV_EVENT_EOF) == 0 || !unsent) return closeConnection(connection);
  const auto closeWhenDrained = [](bufferevent* each, void*) { closeConnection(each); };
  bufferevent_setcb(connection, nullptr, closeWhenDrained, happened, nullptr);
}

void accepted(evconnlistener* listener, evutil_socket_t fd, sockaddr*, int, void*) {
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto* const connection =
      bufferevent_socket_new(evconnlistener_get_base(listener), fd, BEV_OPT_CLOSE_ON_FREE);
  if (mode == Mode::fanout) members.insert(connection);
  bufferevent_setcb(connection, received, drained, happened, nullptr);
  bufferevent_enable(connection, EV_READ);
}

int portOf(evutil_socket_t fd) {
  sockaddr_in host;
  socklen_t length = sizeof host;
  getsockname(fd, reinterpret_cast<sockaddr*>(&host), &length);
  return ntohs(host.sin_port);
}

void listenForConnections(event_base* base, const sockaddr_in& address) {
  auto* const listener = evconnlistener_new_bind(
      base, accepted, nullptr, LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC, 1024,
      reinterpret_cast<const sockaddr*>(&address), sizeof address);
  if (listener == nullptr) throw std::runtime_error("cannot listen");
  announce(portOf(evconnlistener_get_fd(listener)));
}

// Bufferevents are for streams; datagrams have the plain event.
void datagramsReady(evutil_socket_t fd, short, void*) {
  static std::array<char, 64 * 1024> buffer;
  sockaddr_storage from;
  socklen_t length = sizeof from;
  ssize_t size = 0;
  auto* const peer = reinterpret_cast<sockaddr*>(&from);
  while ((size = recvfrom(fd, buffer.data(), buffer.size(), 0, peer, &length)) >= 0) {
    sendto(fd, buffer.data(), static_cast<std::size_t>(size), 0, peer, length);
  }
}

void listenForDatagrams(event_base* base, const sockaddr_in& address) {
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw std::runtime_error(std::string("cannot bind: ") + std::strerror(errno));
  }
  event_add(event_new(base, fd, EV_READ | EV_PERSIST, datagramsReady, nullptr), nullptr);
  announce(portOf(fd));
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  using namespace bench;
  mode = startPeer("bench_libevent", argc, argv);
  event_base* const base = event_base_new();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  mode == Mode::udp ? listenForDatagrams(base, address) : listenForConnections(base, address);
  return event_base_dispatch(base);
} catch (const std::exception& error) {
  return bench::exitStatus("bench_libevent", error);
}
