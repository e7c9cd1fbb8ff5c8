// What a careful user of Boost.Asio's coroutines writes: a coroutine a connection, one thread and
// the hint that says so, sockets and coroutines with the concrete executor, and all replies to one
// read in one async_write.

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "servers/framing.hpp"
#include "servers/peer.hpp"

namespace bench {
namespace {

namespace asio = boost::asio;
using Executor = asio::io_context::executor_type;
using Tcp = asio::ip::tcp;
using Udp = asio::ip::udp;
using Socket = asio::basic_stream_socket<Tcp, Executor>;
using Task = asio::awaitable<void, Executor>;

// The end of a connection is no exception: operations give the error as a value.
constexpr asio::as_tuple_t<asio::use_awaitable_t<Executor>> wait;

// Everybody connected in mode fanout. What cannot be sent yet is gathered for the next write.
struct Member {
  explicit Member(Socket connected) : socket(std::move(connected)) {}

  Socket socket;
  std::string unsent;
  bool writing = false;
};
using Members = std::unordered_set<std::shared_ptr<Member>>;

// What a connection has received and not yet answered. Memory that was never used costs nothing.
class ReceiveBuffer {
 public:
  asio::mutable_buffer space() {
    if (filled_ == capacity_) grow();
    return asio::buffer(bytes_.get() + filled_, capacity_ - filled_);
  }
  std::string_view filled() const { return {bytes_.get(), filled_}; }
  void fill(std::size_t size) { filled_ += size; }

  void discard(std::size_t size) {
    std::copy(bytes_.get() + size, bytes_.get() + filled_, bytes_.get());
    filled_ -= size;
  }

 private:
  void grow() {
    capacity_ *= 2;
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    std::copy_n(bytes_.get(), filled_, larger.get());
    bytes_ = std::move(larger);
  }

  std::size_t filled_ = 0;
  std::size_t capacity_ = 64 * 1024;
  std::unique_ptr<char[]> bytes_ = std::make_unique_for_overwrite<char[]>(capacity_);
};

Task answer(Socket socket, Mode mode) {
  ReceiveBuffer buffer;
  while (buffer.filled().size() <= longestFrame(mode)) {
    const auto [readError, got] = co_await socket.async_read_some(buffer.space(), wait);
    if (readError) co_return;
    buffer.fill(got);
    const Frames frames = findFrames(mode, buffer.filled());
    if (frames.malformed) co_return;
    if (frames.complete == 0) continue;
    const std::string_view replies = buffer.filled().substr(0, frames.complete);
    const auto [writeError, sent] = co_await asio::async_write(socket, asio::buffer(replies), wait);
    if (writeError) co_return;
    buffer.discard(sent);
  }
}

Task flush(std::shared_ptr<Member> member) {
  for (std::string batch; !member->unsent.empty(); batch.clear()) {
    batch.swap(member->unsent);
    const auto [error, sent] =
        co_await asio::async_write(member->socket, asio::buffer(batch), wait);
    if (error) break;
  }
  member->writing = false;
}

void publish(const Members& members, std::string_view lines) {
  for (const auto& member : members) {
    member->unsent += lines;
    if (!std::exchange(member->writing, true)) {
      asio::co_spawn(member->socket.get_executor(), flush(member), asio::detached);
    }
  }
}

Task takePart(std::shared_ptr<Member> self, Members& members) {
  ReceiveBuffer buffer;
  while (buffer.filled().size() <= longestFrame(Mode::fanout)) {
    const auto [error, got] = co_await self->socket.async_read_some(buffer.space(), wait);
    if (error) break;
    buffer.fill(got);
    const Frames frames = findFrames(Mode::fanout, buffer.filled());
    if (frames.complete == 0) continue;
    publish(members, buffer.filled().substr(0, frames.complete));
    buffer.discard(frames.complete);
  }
  members.erase(self);
}

Task acceptAll(asio::basic_socket_acceptor<Tcp, Executor> acceptor, Mode mode) {
  Members members;
  for (;;) {
    Socket socket(acceptor.get_executor());
    const auto [error] = co_await acceptor.async_accept(socket, wait);
    if (error) throw boost::system::system_error(error, "accept");
    boost::system::error_code ignored;
    socket.set_option(Tcp::no_delay(true), ignored);
    if (mode == Mode::fanout) {
      const auto member = *members.insert(std::make_shared<Member>(std::move(socket))).first;
      asio::co_spawn(acceptor.get_executor(), takePart(member, members), asio::detached);
    } else {
      asio::co_spawn(acceptor.get_executor(), answer(std::move(socket), mode), asio::detached);
    }
  }
}

Task answerDatagrams(asio::basic_datagram_socket<Udp, Executor> socket) {
  std::vector<char> buffer(64 * 1024);
  Udp::endpoint peer;
  for (;;) {
    const auto [error, size] = co_await socket.async_receive_from(asio::buffer(buffer), peer, wait);
    if (!error) co_await socket.async_send_to(asio::buffer(buffer, size), peer, wait);
  }
}

}  // namespace
}  // namespace bench

// SIGTERM keeps its default action, which ends the process.
int main(int argc, char** argv) try {
  using namespace bench;
  const Mode mode = startPeer("bench_raw_asio_coroutines", argc, argv);
  asio::io_context context(1);
  const auto loopback = asio::ip::address_v4::loopback();
  const auto rethrow = [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  };
  if (mode == Mode::udp) {
    asio::basic_datagram_socket<Udp, Executor> socket(context, Udp::endpoint(loopback, 0));
    announce(socket.local_endpoint().port());
    asio::co_spawn(context, answerDatagrams(std::move(socket)), rethrow);
  } else {
    asio::basic_socket_acceptor<Tcp, Executor> acceptor(context, Tcp::endpoint(loopback, 0));
    announce(acceptor.local_endpoint().port());
    asio::co_spawn(context, acceptAll(std::move(acceptor), mode), rethrow);
  }
  context.run();
} catch (const std::exception& error) {
  return bench::exitStatus("bench_raw_asio_coroutines", error);
}
