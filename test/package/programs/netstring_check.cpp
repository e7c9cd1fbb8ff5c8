// A netstring client and the server it talks to.
#include <cstdio>
#include <plait/net/reactor.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <string>

struct Shouter : plait::NetstringReceiver {
  void stringReceived(plait::BytesView string) override {
    sendString(std::string(string) + "!");
    transport().loseConnection();
  }
};

struct Client : plait::NetstringReceiver {
  Client(plait::Reactor& theReactor, std::string& theAnswer)
      : reactor(theReactor), answer(theAnswer) {}

  void connectionMade() override { sendString("hello"); }
  void stringReceived(plait::BytesView string) override { answer = string; }
  void connectionLost(const plait::Failure&) override { reactor.stop(); }

  plait::Reactor& reactor;
  std::string& answer;
};

int main() {
  plait::Reactor reactor;
  auto port =
      reactor.listenTCP(0, plait::Factory::forProtocol<Shouter>(), {.interface = "127.0.0.1"});
  std::string answer;
  reactor.connectTCP(
      "127.0.0.1", port->getHost().port(),
      plait::ClientFactory::forProtocol<Client>(std::ref(reactor), std::ref(answer)));
  reactor.callLater(std::chrono::seconds(30), [&reactor] { reactor.stop(); });
  reactor.run();

  std::puts(answer.c_str());
  return answer == "hello!" ? 0 : 1;
}
