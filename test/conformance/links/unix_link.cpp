#include <fmt/format.h>
#include <unistd.h>

#include "reactor_link.hpp"
#include "single_factory.hpp"

namespace plait::testing {

namespace {

/// Over names of the abstract name space: there is no file to be left behind.
class UnixLink final : public ReactorLink {
 public:
  UnixLink(Log& log, Wrapping wrapping) : ReactorLink(log), wrapping_(std::move(wrapping)) {}

  void connect(std::shared_ptr<Protocol> server, std::shared_ptr<Protocol> client,
               const TransportOptions& options) override {
    static int count = 0;
    const std::string name = '\0' + fmt::format("plait-conformance-{}-{}", ::getpid(), ++count);
    const FactoryPair factories(std::move(server), std::move(client), wrapping_);
    reactor().listenUNIX(name, factories.server, {.transport = options});
    reactor().connectUNIX(name, factories.client, {.transport = options});
    runUntil([&] { return factories.done(); });
  }

 private:
  Wrapping wrapping_;
};

}  // namespace

std::unique_ptr<Link> makeUnixLink(Log& log, Wrapping wrapping) {
  return std::make_unique<UnixLink>(log, std::move(wrapping));
}

}  // namespace plait::testing
