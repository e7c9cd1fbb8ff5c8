#pragma once

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <plait/core/address.hpp>
#include <plait/core/delayed_call.hpp>

/// Asio as room net uses it: everything on the concrete executor of `io_context`, which costs less
/// than `any_io_executor`.
namespace plait::detail {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;
using Executor = asio::io_context::executor_type;
using TcpEndpoint = asio::ip::tcp::endpoint;
using TcpSocket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
/// A connected socket of any family.
using StreamSocket = asio::basic_stream_socket<asio::generic::stream_protocol, Executor>;
using SteadyTimer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, Executor>;

/// True in a build on Asio's io_uring backend. There room net starts nothing on sockets but waits
/// and connects, and reads and accepts itself: when Asio closes a socket with a read or an accept
/// under way, it is finished later, on what may have the same descriptor by then.
#ifdef BOOST_ASIO_HAS_IO_URING_AS_DEFAULT
inline constexpr bool kOnIoUring = true;
#else
inline constexpr bool kOnIoUring = false;
#endif

Address toAddress(const TcpEndpoint& endpoint);
/// The endpoint of an IPv4Address or IPv6Address; std::invalid_argument for another kind.
TcpEndpoint toEndpoint(const Address& address);
/// The address of an IPv4 or IPv6 literal; unknown (`Address()`) for anything else.
Address literalAddress(const std::string& host, std::uint16_t port);

}  // namespace plait::detail
