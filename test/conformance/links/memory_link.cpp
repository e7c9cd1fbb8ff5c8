#include <gtest/gtest.h>

#include <plait/testing/memory_transport.hpp>

#include "single_factory.hpp"

namespace plait::testing {

namespace {

using namespace std::chrono_literals;

/// How long something may take, in virtual time, and the steps in which that passes.
constexpr Duration kVirtualPatience = 60s;
constexpr Duration kStep = 10ms;

/// Time passes only when nothing else happens.
class MemoryLink final : public Link {
 public:
  MemoryLink(Log& log, Wrapping wrapping) : log_(log), wrapping_(std::move(wrapping)) {}

  void connect(std::shared_ptr<Protocol> server, std::shared_ptr<Protocol> client,
               const TransportOptions& options) override {
    MemoryConnection::Options how;
    how.transport = options;
    how.log = &log_;
    const FactoryPair factories(std::move(server), std::move(client), wrapping_);
    connections_.push_back(
        std::make_unique<MemoryConnection>(clock_, factories.server->makeProtocol(how.client),
                                           factories.client->makeProtocol(how.server), how));
  }

  bool runUntil(const std::function<bool()>& condition) override {
    const TimePoint deadline = clock_.now() + kVirtualPatience;
    while (!condition()) {
      if (pump()) continue;
      if (clock_.now() >= deadline) {
        ADD_FAILURE() << "what the test waits for has not come";
        return false;
      }
      clock_.advance(kStep);
    }
    return true;
  }

  void settle() override {
    while (pump()) {
    }
  }

  void pass(Duration duration) override {
    settle();
    clock_.advance(duration);
    settle();
  }

  void destroy() override { connections_.clear(); }

 private:
  bool pump() {
    bool happened = false;
    for (auto& connection : connections_) happened |= connection->pump();
    return happened;
  }

  Log& log_;
  Wrapping wrapping_;
  Clock clock_;
  std::vector<std::unique_ptr<MemoryConnection>> connections_;
};

}  // namespace

std::unique_ptr<Link> makeMemoryLink(Log& log, Wrapping wrapping) {
  return std::make_unique<MemoryLink>(log, std::move(wrapping));
}

}  // namespace plait::testing
