#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <plait/core/protocol.hpp>
#include <plait/testing/string_transport.hpp>
#include <random>
#include <string>
#include <vector>

/// Feeding receivers: the same bytes, cut in every way, must give the same events.
namespace plait::testing {

using Chunks = std::vector<Bytes>;
using Events = std::vector<std::string>;

inline Bytes join(const Chunks& chunks) {
  Bytes all;
  for (const Bytes& chunk : chunks) all += chunk;
  return all;
}

/// Pieces of `size` bytes; the last may be shorter.
inline Chunks cut(BytesView input, std::size_t size) {
  Chunks chunks;
  for (std::size_t at = 0; at < input.size(); at += size) {
    chunks.emplace_back(input.substr(at, size));
  }
  return chunks;
}

/// Pieces of 1 to `longest` bytes.
template <class Random>
Chunks cutAnyhow(BytesView input, Random& random, std::size_t longest) {
  std::uniform_int_distribution<std::size_t> length(1, longest);
  Chunks chunks;
  for (std::size_t at = 0; at < input.size();) {
    chunks.emplace_back(input.substr(at, length(random)));
    at += chunks.back().size();
  }
  return chunks;
}

/// Calls `use(chunks)` with the input whole, in pieces of 1 to 9 bytes, and cut in two at every
/// place (of a long input: at some hundred places, both ends among them). Ends with the first split
/// that fails.
template <class Use>
void forEverySplit(BytesView input, Use use) {
  {
    SCOPED_TRACE("fed whole");
    use(Chunks{Bytes(input)});
  }
  for (std::size_t size = 1; size <= 9; ++size) {
    if (::testing::Test::HasFailure()) return;
    SCOPED_TRACE("in pieces of " + std::to_string(size));
    use(cut(input, size));
  }
  const std::size_t step = input.size() / 300 + 1;
  for (std::size_t at = 0; at <= input.size(); ++at) {
    if (at % step != 0 && at > 20 && at + 20 < input.size()) continue;
    if (::testing::Test::HasFailure()) return;
    SCOPED_TRACE("split at " + std::to_string(at));
    use(Chunks{Bytes(input.substr(0, at)), Bytes(input.substr(at))});
  }
}

/// Gives `protocol` a chunk in memory that is gone when the call is over, as a reactor does.
inline void feed(Protocol& protocol, BytesView chunk) {
  const std::unique_ptr<char[]> lent(new char[chunk.size()]);
  chunk.copy(lent.get(), chunk.size());
  protocol.dataReceived(BytesView(lent.get(), chunk.size()));
}

/// Connects a receiver, which notes what it is called with in `events`, to a StringTransport, feeds
/// it, and returns its events with "open" or "lose" behind them. It is fed on even when it has
/// closed the connection: nothing may come of that.
template <class Receiver>
Events eventsOf(const std::shared_ptr<Receiver>& receiver, const Chunks& chunks) {
  auto transport = std::make_shared<StringTransport>();
  receiver->makeConnection(transport);
  for (const Bytes& chunk : chunks) feed(*receiver, chunk);
  Events events = receiver->events;
  events.push_back(transport->disconnecting() ? "lose" : "open");
  return events;
}

/// Expects `make()`'s receivers to give `expected` for the chunks as they are and for every other
/// split of the same bytes.
template <class Make>
void expectForEverySplit(const Events& expected, const Chunks& chunks, Make make) {
  EXPECT_EQ(eventsOf(make(), chunks), expected);
  forEverySplit(join(chunks),
                [&](const Chunks& other) { EXPECT_EQ(eventsOf(make(), other), expected); });
}

}  // namespace plait::testing
