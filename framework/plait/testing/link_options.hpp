#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <plait/testing/simulated_random.hpp>

namespace plait::testing {

/// What the way between two hosts of a SimulatedNetwork does to what travels on it: the same in
/// both directions. The defaults are a good local network: a millisecond, nothing lost.
///
/// Chances are probabilities from 0 to 1. A stream loses, doubles and reorders nothing: what goes
/// wrong below TCP is seen as delay, or as the end of the connection.
struct LinkOptions {
  /// How long each segment and datagram takes, one way; and up to how much longer, at random.
  Duration latency = std::chrono::milliseconds(1);
  Duration jitter = Duration::zero();
  /// Bytes a second, in each direction, for each connection or port; 0 = no limit. Datagrams for
  /// which there is more than a `sendBuffer` waiting are lost.
  std::uint64_t bandwidth = 0;

  // --- Streams ----------------------------------------------------------------------------------

  /// What the sender's system takes before a write must wait: what the receiver's has not got yet.
  std::size_t sendBuffer = 64 * 1024;
  /// What the receiver's system keeps for a reader that does not read.
  std::size_t receiveBuffer = 64 * 1024;
  /// The most that one segment carries.
  std::size_t segmentSize = 16 * 1024;
  /// The chance that a segment carries less, at random.
  double fragmentation = 0;
  /// The chance that a segment which has come is read together with the one behind it.
  double coalescing = 0;
  /// The chance that the system takes only a part of what could be written.
  double partialWrites = 0;
  /// The chance that a segment, and all behind it, comes later, by up to `longestStall`.
  double stalls = 0;
  Duration longestStall = std::chrono::seconds(5);
  /// The chance that a segment finds the connection reset instead.
  double resets = 0;
  /// What keeps a silent half of a broken way from waiting for ever: a system that has something to
  /// send and hears nothing gives up after this time. (Linux: `tcp_retries2`.)
  Duration giveUpAfter = std::chrono::seconds(924);

  // --- Connecting -------------------------------------------------------------------------------

  /// The chance that a connect is refused.
  double refusals = 0;
  /// The chance that nothing comes of it: after a bit more than two minutes the system gives up,
  /// unless the connector's timeout comes first.
  double lostConnects = 0;

  // --- Datagrams --------------------------------------------------------------------------------

  double loss = 0;
  double duplication = 0;
  /// The chance that a datagram comes later, by up to ten times the latency, so that others
  /// overtake.
  double reordering = 0;
};

/// A link on which everything goes slowly, in small pieces, late and at once, as drawn from
/// `random`; but nothing is lost, and connections come about and end only as the hosts want.
LinkOptions roughLink(SimulatedRandom& random);
/// The same, and worse: connections are reset and refused, datagrams lost.
LinkOptions brokenLink(SimulatedRandom& random);

}  // namespace plait::testing
