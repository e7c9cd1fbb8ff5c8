#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "servers/framing.hpp"

namespace bench {

/// Every line to everybody with Asio alone: what is to be sent gathers while a write is on its way,
/// and leaves as one.
class FanoutServer {
 public:
  using Tcp = boost::asio::ip::tcp;

  FanoutServer(boost::asio::io_context& context, const Tcp::endpoint& at) : acceptor_(context, at) {
    accept();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  using Executor = boost::asio::io_context::executor_type;
  using Socket = boost::asio::basic_stream_socket<Tcp, Executor>;
  using Error = boost::system::error_code;

  // Lives as long as an operation holds it.
  struct Client : std::enable_shared_from_this<Client> {
    Client(Socket connected, FanoutServer& room) : socket(std::move(connected)), server(room) {}
    ~Client() { server.clients_.erase(this); }

    void read() {
      socket.async_read_some(boost::asio::buffer(buffer.data() + filled, buffer.size() - filled),
                             [self = shared_from_this()](Error error, std::size_t got) {
                               if (!error && self->received(got)) self->read();
                             });
    }

    bool received(std::size_t got) {
      filled += got;
      const Frames frames = findFrames(Mode::fanout, {buffer.data(), filled});
      for (Client* each : server.clients_) each->tell({buffer.data(), frames.complete});
      filled -= frames.complete;
      std::memmove(buffer.data(), buffer.data() + frames.complete, filled);
      return filled != buffer.size();  // else the line is too long
    }

    void tell(std::string_view lines) {
      waiting += lines;
      if (leaving.empty()) write();
    }

    void write() {
      std::swap(leaving, waiting);
      if (leaving.empty()) return;
      boost::asio::async_write(socket, boost::asio::buffer(leaving),
                               [self = shared_from_this()](Error error, std::size_t) {
                                 self->leaving.clear();
                                 if (!error) self->write();
                               });
    }

    Socket socket;
    FanoutServer& server;
    std::array<char, kBufferSize> buffer;
    std::size_t filled = 0;
    std::string waiting;
    std::string leaving;
  };

  void accept() {
    acceptor_.async_accept([this](Error error, Socket socket) {
      if (error) throw boost::system::system_error(error, "accept");
      Error ignored;
      socket.set_option(Tcp::no_delay(true), ignored);
      const auto client = std::make_shared<Client>(std::move(socket), *this);
      clients_.insert(client.get());
      client->read();
      accept();
    });
  }

  std::set<Client*> clients_;  // before what may end them
  boost::asio::basic_socket_acceptor<Tcp, Executor> acceptor_;
};

}  // namespace bench
