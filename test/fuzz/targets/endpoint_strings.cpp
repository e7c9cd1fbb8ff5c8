// Endpoint strings, from the string to listening and connecting: each is an endpoint or
// std::invalid_argument that names it; what is wrong later arrives as a failure, never thrown.
//
// Input: an endpoint string, taken for a server's and a client's.
#include <plait/endpoints/endpoint_parsers.hpp>
#include <plait/testing/memory_reactor.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <stdexcept>

#include "../support/check.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

/// What `fromString` makes of the string; null when it complains, as it may.
template <class FromString>
auto parsed(BytesView text, FromString fromString) -> decltype(fromString()) {
  try {
    auto endpoint = fromString();
    check(endpoint != nullptr, "a string became no endpoint and no complaint");
    return endpoint;
  } catch (const std::invalid_argument& error) {
    check(BytesView(error.what()).starts_with("bad endpoint '"), "a complaint says what is bad");
    check(BytesView(text).find('\0') != BytesView::npos ||
              BytesView(error.what()).find("': ") != BytesView::npos,
          "a complaint says why");
    return nullptr;
  }
}

void tryListening(BytesView text) {
  testing::MemoryReactor reactor;
  const auto endpoint = parsed(text, [&] { return serverFromString(reactor, text); });
  if (!endpoint) return;
  bool told = false;
  endpoint->listen(Factory::forProtocol<testing::RecordingProtocol>())
      .addCallbacks(
          [&](const std::shared_ptr<ListeningPort>& port) {
            told = true;
            check(!endpoint->describe(*port).empty(), "a port is described");
          },
          [&](const Failure&) { told = true; });
  check(told, "listening has an outcome at once");
}

void tryConnecting(BytesView text) {
  testing::MemoryReactor reactor;
  const auto endpoint = parsed(text, [&] { return clientFromString(reactor, text); });
  if (!endpoint) return;
  int told = 0;
  auto attempt = endpoint->connect(Factory::forProtocol<testing::RecordingProtocol>())
                     .addCallbacks([&](const std::shared_ptr<Protocol>&) { ++told; },
                                   [&](const Failure&) { ++told; });
  attempt.cancel();
  check(told == 1, "an attempt that is given up has one outcome");
}

void tryString(BytesView text) {
  tryListening(text);
  tryConnecting(text);
}

const Target target("endpoint_strings", tryString);

}  // namespace
}  // namespace plait::fuzz
