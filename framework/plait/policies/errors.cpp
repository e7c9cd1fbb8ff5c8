#include <fmt/format.h>

#include <plait/policies/errors.hpp>

namespace plait {

namespace {

double seconds(std::chrono::nanoseconds time) {
  return std::chrono::duration<double>(time).count();
}

}  // namespace

IdleTimeout::IdleTimeout(std::chrono::nanoseconds timeout)
    : ConnectionTimeout(fmt::format("Connection was closed: nothing happened on it for {} s.",
                                    seconds(timeout))) {}

FirstByteTimeout::FirstByteTimeout(std::chrono::nanoseconds timeout)
    : ConnectionTimeout(fmt::format(
          "Connection was closed: the peer sent no first byte within {} s.", seconds(timeout))) {}

ReadTimeout::ReadTimeout(std::chrono::nanoseconds timeout)
    : ConnectionTimeout(fmt::format("Connection was closed: the peer sent nothing for {} s.",
                                    seconds(timeout))) {}

WriteTimeout::WriteTimeout(std::chrono::nanoseconds timeout)
    : ConnectionTimeout(
          fmt::format("Connection was closed: the peer took nothing of what waits for it for {} s.",
                      seconds(timeout))) {}

LifetimeTimeout::LifetimeTimeout(std::chrono::nanoseconds timeout)
    : ConnectionTimeout(
          fmt::format("Connection was closed: it has lasted for {} s.", seconds(timeout))) {}

}  // namespace plait
