// What a careful user of Boost.Asio writes without a framework: callbacks, one thread and the hint
// that says so, sockets with the concrete executor, one buffer a connection, and all replies to one
// read in one async_write. Handler memory is recycled by Asio itself.

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/write.hpp>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

#include "common/descriptor_limit.hpp"
#include "common/listening_place.hpp"
#include "servers/framing.hpp"
#include "servers/raw_asio_fanout.hpp"
#include "servers/raw_asio_udp.hpp"

namespace bench {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
using Unix = asio::local::stream_protocol;
using Executor = asio::io_context::executor_type;

// Lives as long as an operation holds it; a failed read or write starts none, and so ends it.
template <class Kind>
class Connection : public std::enable_shared_from_this<Connection<Kind>> {
 public:
  using Socket = asio::basic_stream_socket<Kind, Executor>;

  Connection(Socket socket, Mode mode) : socket_(std::move(socket)), mode_(mode) {
    error_code ignored;
    if (std::is_same_v<Kind, Tcp>) socket_.set_option(Tcp::no_delay(true), ignored);
  }

  void read() {
    socket_.async_read_some(asio::buffer(buffer_.get() + filled_, capacity_ - filled_),
                            [self = this->shared_from_this()](error_code error, std::size_t got) {
                              if (!error) self->received(got);
                            });
  }

 private:
  void received(std::size_t got) {
    filled_ += got;
    if (filled_ < wanted_) return read();
    const Frames frames = findFrames(mode_, {buffer_.get(), filled_});
    if (frames.malformed) return;
    wanted_ = frames.wanted;
    if (frames.complete != 0) return reply(frames.complete);
    if (filled_ == capacity_ || wanted_ > capacity_) grow();
    read();
  }

  void reply(std::size_t size) {
    asio::async_write(socket_, asio::buffer(buffer_.get(), size),
                      [self = this->shared_from_this()](error_code error, std::size_t sent) {
                        if (error) return;
                        self->discard(sent);
                        self->read();
                      });
  }

  void discard(std::size_t size) {
    filled_ -= size;
    if (filled_ != 0) std::memmove(buffer_.get(), buffer_.get() + size, filled_);
    if (wanted_ > capacity_) grow();
  }

  void grow() {
    capacity_ = std::max(wanted_, 2 * capacity_);
    auto larger = std::make_unique_for_overwrite<char[]>(capacity_);
    std::memcpy(larger.get(), buffer_.get(), filled_);
    buffer_ = std::move(larger);
  }

  Socket socket_;
  const Mode mode_;
  std::size_t filled_ = 0;
  std::size_t wanted_ = 0;  // of the frame that is waited for, if known
  std::size_t capacity_ = kBufferSize;
  std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(kBufferSize);
};

template <class Kind>
class Server {
 public:
  Server(asio::io_context& context, Mode mode, const typename Kind::endpoint& at)
      : acceptor_(context, at), mode_(mode) {
    accept();
  }

  typename Kind::endpoint where() const { return acceptor_.local_endpoint(); }

 private:
  using Socket = typename Connection<Kind>::Socket;

  void accept() {
    acceptor_.async_accept([this](error_code error, Socket socket) {
      if (error) throw boost::system::system_error(error, "accept");
      std::make_shared<Connection<Kind>>(std::move(socket), mode_)->read();
      accept();
    });
  }

  asio::basic_socket_acceptor<Kind, Executor> acceptor_;
  const Mode mode_;
};

void announce(const std::string& where) {
  std::printf("listening on %s\n", where.c_str());
  std::fflush(stdout);
}

}  // namespace
}  // namespace bench

// SIGTERM keeps its default action, which ends the process.
int main(int argc, char** argv) try {
  using namespace bench;
  const ServerOptions options = parseServerOptions("bench_raw_asio", argc, argv);
  raiseDescriptorLimit();
  asio::io_context context(1);
  if (options.mode == Mode::fanout) {
    FanoutServer server(context, {asio::ip::address_v4::loopback(), 0});
    announce(std::to_string(server.port()));
    context.run();
  } else if (options.mode == Mode::udp) {
    DatagramEcho server(context);
    context.run();
  } else if (options.unixSocket) {
    Server<Unix> server(context, options.mode, Unix::endpoint(unixName()));
    announce("@" + unixName().substr(1));
    context.run();
  } else {
    Server<Tcp> server(context, options.mode, {asio::ip::address_v4::loopback(), 0});
    announce(std::to_string(server.where().port()));
    context.run();
  }
} catch (const std::exception& error) {
  return bench::exitStatus("bench_raw_asio", error);
}
