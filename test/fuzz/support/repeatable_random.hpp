#pragma once

namespace plait::fuzz {

/// The ends of a connection over TLS, each with random numbers of its own.
enum class End { server, client };

/// Makes OpenSSL's random numbers the same in every run, from the first call on. Each end draws
/// from its own sequence: what an end says then depends on what it has heard, and not on when the
/// other one drew. So what one end has said can be kept, and be said to another that is made like
/// the first.
class RepeatableRandom {
 public:
  /// This end draws from here on.
  static void drawsNow(End end);
  /// The end's sequence from its beginning.
  static void restart(End end);
};

}  // namespace plait::fuzz
