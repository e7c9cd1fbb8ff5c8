#pragma once

#include <chrono>
#include <plait/core/errors.hpp>

namespace plait {

/// Base of the reasons of connections that a timeout of this room has closed: as cleanly as ever,
/// if the peer let it.
struct ConnectionTimeout : ConnectionDone {
  using ConnectionDone::ConnectionDone;
};

/// Nothing has happened on the connection for as long as its TimeoutMixin allows, or no byte has
/// moved for as long as its TimeoutFactory does.
struct IdleTimeout : ConnectionTimeout {
  explicit IdleTimeout(std::chrono::nanoseconds timeout);
};

/// The peer has not sent its first byte in time.
struct FirstByteTimeout : ConnectionTimeout {
  explicit FirstByteTimeout(std::chrono::nanoseconds timeout);
};

/// The peer has sent nothing for too long.
struct ReadTimeout : ConnectionTimeout {
  explicit ReadTimeout(std::chrono::nanoseconds timeout);
};

/// Output is waiting, and the peer has taken nothing of it for too long.
struct WriteTimeout : ConnectionTimeout {
  explicit WriteTimeout(std::chrono::nanoseconds timeout);
};

/// The connection has lasted as long as one may.
struct LifetimeTimeout : ConnectionTimeout {
  explicit LifetimeTimeout(std::chrono::nanoseconds timeout);
};

}  // namespace plait
