#pragma once

#include <boost/asio/io_context.hpp>
#include <plait/net/reactor.hpp>

namespace plait {

/// The bridge to Boost.Asio, and the only public header that includes it: the `io_context` a
/// reactor runs on. Start any Asio operation on it; its handlers run on the reactor's thread and
/// may call whatever belongs to the reactor.
boost::asio::io_context& ioContext(Reactor& reactor);

}  // namespace plait
