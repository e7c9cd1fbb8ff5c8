#pragma once

#if PLAIT_EPOLL
#include <plait/net/detail/epoll_socket.hpp>
#else
#include <plait/net/detail/asio_socket.hpp>
#endif

namespace plait::detail {

/// The socket of a connection. Both kinds have the same functions.
#if PLAIT_EPOLL
using ConnectionSocket = EpollSocket;
#else
using ConnectionSocket = AsioSocket;
#endif

}  // namespace plait::detail
