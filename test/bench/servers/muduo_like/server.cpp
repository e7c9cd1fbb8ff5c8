// A server in the manner of muduo, rebuilt small: channels, level-triggered epoll, an input and an
// output buffer a connection, writes at once. Its user answers all frames of one read in one
// send().

#include <exception>
#include <string_view>

#include "servers/framing.hpp"
#include "servers/muduo_like/tcp_server.hpp"
#include "servers/peer.hpp"

namespace bench {
namespace {

using muduo_like::Buffer;
using muduo_like::TcpConnectionPtr;

constexpr std::size_t kHighWaterMark = 64 * 1024;

// Who does not read his replies is not read from.
void pace(const TcpConnectionPtr& connection) {
  connection->onHighWaterMark(
      [](const TcpConnectionPtr& full) {
        if (full->unsent() == 0) return;  // sent meanwhile
        full->stopRead();
        full->onWriteComplete([](const TcpConnectionPtr& drained) {
          drained->startRead();
          drained->onWriteComplete({});
        });
      },
      kHighWaterMark);
}

void serve(Mode mode) {
  muduo_like::EventLoop loop;
  muduo_like::TcpServer server(loop);
  server.onConnection([mode](const TcpConnectionPtr& connection) {
    if (mode != Mode::fanout) pace(connection);
  });
  server.onMessage([mode, &server](const TcpConnectionPtr& connection, Buffer& input) {
    const Frames frames = findFrames(mode, input.readable());
    const std::string_view whole = input.readable().substr(0, frames.complete);
    if (!whole.empty()) {
      if (mode == Mode::fanout) {
        for (const auto& each : server.connections()) each->send(whole);
      } else {
        connection->send(whole);
      }
      input.retrieve(whole.size());
    }
    if (frames.malformed || input.readable().size() > longestFrame(mode)) connection->forceClose();
  });
  announce(server.start());
  loop.loop();
}

}  // namespace
}  // namespace bench

int main(int argc, char** argv) try {
  const bench::Mode mode = bench::startPeer("bench_muduo_like", argc, argv);
  if (mode == bench::Mode::udp) throw bench::UnknownMode("muduo has no datagrams");
  bench::serve(mode);
} catch (const std::exception& error) {
  return bench::exitStatus("bench_muduo_like", error);
}
