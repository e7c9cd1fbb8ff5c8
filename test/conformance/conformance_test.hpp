#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <plait/core/errors.hpp>

#include "end.hpp"
#include "link.hpp"
#include "producers.hpp"
#include "unit/support/pattern.hpp"
#include "unit/support/recorded_log.hpp"

namespace plait::testing {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

inline constexpr std::size_t kMegabyte = 1024 * 1024;

/// Both ends of a connection, and producers for the server's.
struct Pair {
  End server{"Server"};
  End client{"Client"};
  PushScript push;
  PullScript pull;
};

/// A scenario: `server` and `client` over the link of a kind. Script them, then `connect`.
///
/// Whatever it does: in the end, every connection was lost exactly once, nobody keeps a protocol or
/// a transport, and no error was logged but those the test has taken.
class ConformanceTest : public ::testing::TestWithParam<LinkKind> {
 protected:
  ConformanceTest() : link(GetParam().make(log.log)) {}
  void TearDown() override;

  const LinkKind& kind() const { return GetParam(); }

  void connect(const TransportOptions& options = {}) { connect(first, options); }
  void connect(Pair& pair, const TransportOptions& options = {});
  /// One more pair, to be connected over the same link.
  Pair& another() { return pairs_.emplace_back(); }

  bool runUntil(const std::function<bool()>& condition) { return link->runUntil(condition); }
  bool runUntilLost(End& end) {
    return runUntil([&] { return end.lost > 0; });
  }
  bool runUntilLost() { return runUntilLost(server) && runUntilLost(client); }
  bool runUntilReceived(End& end, std::size_t size) {
    return runUntil([&, size] { return end.received.size() >= size; });
  }
  /// Pauses the client, and makes the server write until a megabyte and more is buffered for which
  /// the medium has no room. Returns how many bytes were written.
  std::size_t clog();
  /// Shows that the connection is alive: both ends write, and receive.
  void expectAlive(Pair& pair);

  /// The failures that were logged, as "Server: what it says"; takes them out.
  std::vector<std::string> takeErrors();

 private:
  std::deque<Pair> pairs_;

 protected:
  RecordedLog log;
  Pair& first = another();
  End& server = first.server;
  End& client = first.client;
  std::unique_ptr<Link> link;
};

/// The name of the kind, for INSTANTIATE_TEST_SUITE_P.
inline std::string kindName(const ::testing::TestParamInfo<LinkKind>& info) {
  return info.param.name;
}

}  // namespace plait::testing
