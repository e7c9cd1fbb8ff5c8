#pragma once

#include <array>
#include <boost/asio/basic_datagram_socket.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>
#include <cstdio>

#include "servers/framing.hpp"

namespace bench {

/// Datagrams with Asio alone: one receive outstanding, each reply sent at once.
class DatagramEcho {
 public:
  explicit DatagramEcho(boost::asio::io_context& context)
      : socket_(context, Udp::endpoint(boost::asio::ip::address_v4::loopback(), 0)) {
    socket_.non_blocking(true);
    receive();
    std::printf("listening on %d\n", int{socket_.local_endpoint().port()});
    std::fflush(stdout);
  }

 private:
  using Udp = boost::asio::ip::udp;

  void receive() {
    socket_.async_receive_from(boost::asio::buffer(buffer_), peer_,
                               [this](boost::system::error_code error, std::size_t size) {
                                 if (!error) reply(size);
                                 receive();
                               });
  }

  void reply(std::size_t size) {
    boost::system::error_code ignored;
    socket_.send_to(boost::asio::buffer(buffer_.data(), size), peer_, 0, ignored);
  }

  boost::asio::basic_datagram_socket<Udp, boost::asio::io_context::executor_type> socket_;
  Udp::endpoint peer_;
  std::array<char, kBufferSize> buffer_;
};

}  // namespace bench
