// The server that plait is introduced with. Only built here; greeter_check runs its protocol.
#include "greeter.hpp"

int main() {
  plait::Reactor reactor;
  reactor.listenTCP(8123, plait::Factory::forProtocol<Greeter>());
  reactor.run();
}
