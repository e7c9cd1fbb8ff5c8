#pragma once

#include <optional>
#include <plait/core/delayed_call.hpp>

namespace plait {

/// How long a connection may go on like that; nullopt = for ever.
///
/// | What               | runs from                                   | and ends it with |
/// |--------------------|---------------------------------------------|------------------|
/// | `idle`             | the last byte that moved, either way        | IdleTimeout      |
/// | `firstByte`        | `connectionMade`, until a byte has come     | FirstByteTimeout |
/// | `readProgress`     | the last byte that came                     | ReadTimeout      |
/// | `writeProgress`    | the last byte that left, while others wait  | WriteTimeout     |
/// | `lifetime`         | `connectionMade`                            | LifetimeTimeout  |
///
/// A byte has left when the system has taken it, not when it was written: a peer that takes no
/// replies is idle. While the protocol has paused its reading, `firstByte` and `readProgress` do
/// not run; they begin anew when it resumes. A peer that has closed its sending half sends nothing
/// either: a HalfCloseableProtocol that goes on writing for long wants no `readProgress`.
struct TimeoutOptions {
  std::optional<Duration> idle = std::nullopt;
  std::optional<Duration> firstByte = std::nullopt;
  std::optional<Duration> readProgress = std::nullopt;
  std::optional<Duration> writeProgress = std::nullopt;
  std::optional<Duration> lifetime = std::nullopt;
  /// The connection's producer is stopped, and the connection told to close; if it is still there
  /// after this time, for its peer takes nothing, it is aborted. 0 or less: aborted at once.
  Duration abortAfter = std::chrono::seconds(30);
};

/// std::invalid_argument for a time that is not positive.
void checkTimeouts(const TimeoutOptions& options);

}  // namespace plait
