// libuv, as its guide and Node use it: one receive buffer for the loop, uv_try_write() for what the
// kernel takes at once, uv_write() for the rest. All replies to one read leave together.

#include <uv.h>

#include <array>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_set>

#include "servers/framing.hpp"
#include "servers/peer.hpp"

namespace bench {
namespace {

int orThrow(int result, const char* call) {
  if (result < 0) throw std::runtime_error(std::string(call) + ": " + uv_strerror(result));
  return result;
}

std::array<char, 64 * 1024> receiveBuffer;

struct Client {
  uv_tcp_t tcp;
  std::string tail;  // an unfinished frame

  uv_stream_t* stream() { return reinterpret_cast<uv_stream_t*>(&tcp); }
  bool closing() { return uv_is_closing(reinterpret_cast<uv_handle_t*>(&tcp)) != 0; }
};

// A write of what the kernel did not take.
struct Write {
  uv_write_t request;
  std::string bytes;
};

Mode mode;
std::unordered_set<Client*> members;  // mode fanout

void startReading(Client& client);

void closeClient(Client& client) {
  if (client.closing()) return;
  uv_close(reinterpret_cast<uv_handle_t*>(&client.tcp), [](uv_handle_t* handle) {
    auto* const closed = static_cast<Client*>(handle->data);
    members.erase(closed);
    delete closed;
  });
}

void written(uv_write_t* request, int status) {
  auto& client = *static_cast<Client*>(request->handle->data);
  delete static_cast<Write*>(request->data);
  if (status < 0) return closeClient(client);
  if (uv_stream_get_write_queue_size(client.stream()) == 0) startReading(client);
}

void send(Client& client, std::string_view bytes) {
  uv_buf_t buffer =
      uv_buf_init(const_cast<char*>(bytes.data()), static_cast<unsigned>(bytes.size()));
  const int sent = uv_try_write(client.stream(), &buffer, 1);
  if (sent == static_cast<int>(bytes.size())) return;
  if (sent < 0 && sent != UV_EAGAIN) return closeClient(client);

  auto* const write = new Write{{}, std::string(bytes.substr(sent < 0 ? 0 : sent))};
  write->request.data = write;
  buffer = uv_buf_init(write->bytes.data(), static_cast<unsigned>(write->bytes.size()));
  uv_write(&write->request, client.stream(), &buffer, 1, written);
  // Who does not read his replies is not read from; in mode fanout, others sent them.
  if (mode != Mode::fanout) uv_read_stop(client.stream());
}

void reply(Client& client, std::string_view frames) {
  if (mode != Mode::fanout) return send(client, frames);
  for (Client* const member : members) send(*member, frames);
}

void received(Client& client, std::string_view bytes) {
  const bool split = !client.tail.empty();
  if (split) bytes = client.tail.append(bytes);
  const Frames frames = findFrames(mode, bytes);
  if (frames.complete != 0) reply(client, bytes.substr(0, frames.complete));
  if (split) {
    client.tail.erase(0, frames.complete);
  } else {
    client.tail = bytes.substr(frames.complete);
  }
  if (frames.malformed || client.tail.size() > longestFrame(mode)) closeClient(client);
}

void startReading(Client& client) {
  uv_read_start(
      client.stream(),
      [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
        *buffer = uv_buf_init(receiveBuffer.data(), receiveBuffer.size());
      },
      [](uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) {
        auto& reader = *static_cast<Client*>(stream->data);
        if (size < 0) return closeClient(reader);
        if (size > 0) received(reader, {buffer->base, static_cast<std::size_t>(size)});
      });
}

void acceptOne(uv_stream_t* listener, int status) {
  orThrow(status, "accept");
  auto* const client = new Client;
  uv_tcp_init(listener->loop, &client->tcp);
  client->tcp.data = client;
  if (uv_accept(listener, client->stream()) < 0) return closeClient(*client);
  uv_tcp_nodelay(&client->tcp, 1);
  if (mode == Mode::fanout) members.insert(client);
  startReading(*client);
}

void listenForConnections(uv_loop_t* loop, const sockaddr_in& address) {
  static uv_tcp_t listener;
  uv_tcp_init(loop, &listener);
  orThrow(uv_tcp_bind(&listener, reinterpret_cast<const sockaddr*>(&address), 0), "bind");
  orThrow(uv_listen(reinterpret_cast<uv_stream_t*>(&listener), 1024, acceptOne), "listen");
  sockaddr_in bound;
  int length = sizeof bound;
  uv_tcp_getsockname(&listener, reinterpret_cast<sockaddr*>(&bound), &length);
  announce(ntohs(bound.sin_port));
}

void listenForDatagrams(uv_loop_t* loop, const sockaddr_in& address) {
  static uv_udp_t listener;
  uv_udp_init(loop, &listener);
  orThrow(uv_udp_bind(&listener, reinterpret_cast<const sockaddr*>(&address), 0), "bind");
  uv_udp_recv_start(
      &listener,
      [](uv_handle_t*, std::size_t, uv_buf_t* buffer) {
        *buffer = uv_buf_init(receiveBuffer.data(), receiveBuffer.size());
      },
      [](uv_udp_t* udp, ssize_t size, const uv_buf_t* buffer, const sockaddr* from, unsigned) {
        if (from == nullptr || size < 0) return;
        const uv_buf_t bytes = uv_buf_init(buffer->base, static_cast<unsigned>(size));
        uv_udp_try_send(udp, &bytes, 1, from);
      });
  sockaddr_in bound;
  int length = sizeof bound;
  uv_udp_getsockname(&listener, reinterpret_cast<sockaddr*>(&bound), &length);
  announce(ntohs(bound.sin_port));
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  using namespace bench;
  mode = startPeer("bench_libuv", argc, argv);
  uv_loop_t* const loop = uv_default_loop();
  sockaddr_in address;
  uv_ip4_addr("127.0.0.1", 0, &address);
  mode == Mode::udp ? listenForDatagrams(loop, address) : listenForConnections(loop, address);
  return uv_run(loop, UV_RUN_DEFAULT);
} catch (const std::exception& error) {
  return bench::exitStatus("bench_libuv", error);
}
