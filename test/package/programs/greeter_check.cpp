// Greets itself over loopback.
#include <cstdio>
#include <string>
#include <vector>

#include "greeter.hpp"

struct Visitor : plait::LineReceiver {
  Visitor(plait::Reactor& theReactor, std::vector<std::string>& theLines)
      : reactor(theReactor), lines(theLines) {}

  void lineReceived(plait::BytesView line) override {
    lines.emplace_back(line);
    if (lines.size() == 1) sendLine("Ada");
  }
  void connectionLost(const plait::Failure&) override { reactor.stop(); }

  plait::Reactor& reactor;
  std::vector<std::string>& lines;
};

int main() {
  plait::Reactor reactor;
  auto port =
      reactor.listenTCP(0, plait::Factory::forProtocol<Greeter>(), {.interface = "127.0.0.1"});
  std::vector<std::string> lines;
  reactor.connectTCP(
      "127.0.0.1", port->getHost().port(),
      plait::ClientFactory::forProtocol<Visitor>(std::ref(reactor), std::ref(lines)));
  reactor.callLater(std::chrono::seconds(30), [&reactor] { reactor.stop(); });
  reactor.run();

  for (const std::string& line : lines) std::puts(line.c_str());
  return lines == std::vector<std::string>{"What's your name?", "Welcome, Ada!"} ? 0 : 1;
}
