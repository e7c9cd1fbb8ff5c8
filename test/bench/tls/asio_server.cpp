#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <memory>
#include <vector>

#include "servers.hpp"

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<tcp, Executor>;

class Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Socket socket, asio::ssl::context& context, std::size_t pieceSize)
      : stream_(std::move(socket), context), pieceSize_(pieceSize) {
    stream_.next_layer().set_option(tcp::no_delay(true));
  }

  void start() {
    stream_.async_handshake(asio::ssl::stream_base::server,
                            [self = shared_from_this()](boost::system::error_code error) {
                              if (!error) self->read();
                            });
  }

 private:
  void read() {
    stream_.async_read_some(
        asio::buffer(data_),
        [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
          if (!error) self->answer(size);
        });
  }

  void answer(std::size_t size) {
    auto written = [self = shared_from_this()](boost::system::error_code error, std::size_t) {
      if (!error) self->read();
    };
    if (pieceSize_ == 0) {
      asio::async_write(stream_, asio::buffer(data_.data(), size), std::move(written));
      return;
    }
    pieces_.clear();
    for (std::size_t at = 0; at < size; at += pieceSize_) {
      pieces_.push_back(asio::buffer(data_.data() + at, std::min(pieceSize_, size - at)));
    }
    asio::async_write(stream_, pieces_, std::move(written));
  }

  asio::ssl::stream<Socket> stream_;
  std::size_t pieceSize_;
  std::array<char, 64 * 1024> data_;
  std::vector<asio::const_buffer> pieces_;
};

void accept(Acceptor& acceptor, asio::ssl::context& context, std::size_t pieceSize) {
  acceptor.async_accept(
      [&acceptor, &context, pieceSize](boost::system::error_code error, Socket socket) {
        if (!error) std::make_shared<Session>(std::move(socket), context, pieceSize)->start();
        accept(acceptor, context, pieceSize);
      });
}

}  // namespace

void serveAsio(const ServerOptions& options) {
  asio::io_context loop(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO);
  asio::ssl::context context(asio::ssl::context::tls_server);
  const auto pem = asio::buffer(options.certificateAndKey);
  context.use_certificate_chain(pem);
  context.use_private_key(pem, asio::ssl::context::pem);
  Acceptor acceptor(loop.get_executor(), tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  options.ready(acceptor.local_endpoint().port());
  accept(acceptor, context, options.pieceSize);
  loop.run();
}
