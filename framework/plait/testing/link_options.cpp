#include <plait/testing/link_options.hpp>

namespace plait::testing {

namespace {

using namespace std::chrono_literals;

/// A chance from 0 to `most`, in steps that every compiler computes alike.
double upTo(SimulatedRandom& random, double most) {
  return most * static_cast<double>(random.below(1025)) / 1024;
}

/// From 1 to `most`, the orders of magnitude equally likely.
std::size_t anySize(SimulatedRandom& random, unsigned bits) {
  const std::uint64_t size = std::uint64_t{1} << random.below(bits);
  return static_cast<std::size_t>(size + random.below(size));
}

}  // namespace

LinkOptions roughLink(SimulatedRandom& random) {
  LinkOptions link;
  link.latency = 1us + random.upTo(random.chance(0.5) ? 1ms : 200ms);
  link.jitter = random.upTo(link.latency);
  if (random.chance(0.3)) link.bandwidth = random.between(20'000, 10'000'000);
  link.sendBuffer = 512 + anySize(random, 18);
  link.receiveBuffer = 512 + anySize(random, 18);
  link.segmentSize = 64 + anySize(random, 16);
  if (random.chance(0.7)) link.fragmentation = upTo(random, 1);
  if (random.chance(0.7)) link.coalescing = upTo(random, 1);
  if (random.chance(0.7)) link.partialWrites = upTo(random, 1);
  if (random.chance(0.3)) link.stalls = upTo(random, 0.02);
  return link;
}

LinkOptions brokenLink(SimulatedRandom& random) {
  LinkOptions link = roughLink(random);
  if (random.chance(0.5)) link.resets = upTo(random, 0.02);
  if (random.chance(0.5)) link.refusals = upTo(random, 0.5);
  if (random.chance(0.3)) link.lostConnects = upTo(random, 0.3);
  link.loss = upTo(random, 0.3);
  link.duplication = upTo(random, 0.2);
  link.reordering = upTo(random, 0.3);
  return link;
}

}  // namespace plait::testing
