// An echo over a UNIX socket, of bytes and of descriptors: descriptor_echo listen|connect PATH.
//
// Listening it prints a line when it does, and ends by a signal; connecting it ends with the
// connection, with status 1 if that failed or did not end cleanly.

#include <fmt/core.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <plait/core/unix_transport.hpp>
#include <plait/net/reactor.hpp>
#include <stdexcept>

namespace {

class DescriptorEcho : public plait::Protocol,
                       public plait::FileDescriptorReceiver,
                       public plait::HalfCloseableProtocol {
 public:
  void connectionMade() override { transport().registerProducer(transport()); }
  void fileDescriptorReceived(int fd) override {
    plait::UNIXTransport::of(transport())->sendFileDescriptor(fd);
    close(fd);
  }
  void dataReceived(plait::BytesView data) override { transport().write(data); }
  void readConnectionLost() override { transport().loseConnection(); }
  void writeConnectionLost() override {}
};

class EchoingClient : public plait::ClientFactory {
 public:
  explicit EchoingClient(plait::Reactor& reactor) : reactor_(reactor) {}

  std::shared_ptr<plait::Protocol> buildProtocol(const plait::Address&) override {
    return std::make_shared<DescriptorEcho>();
  }
  void clientConnectionFailed(plait::Connector&, const plait::Failure& reason) override {
    ended(reason);
  }
  void clientConnectionLost(plait::Connector&, const plait::Failure& reason) override {
    if (reason.check<plait::ConnectionDone>()) return reactor_.stop();
    ended(reason);
  }

  int status = 0;

 private:
  void ended(const plait::Failure& reason) {
    fmt::print(stderr, "{}\n", reason.getErrorMessage());
    status = 1;
    reactor_.stop();
  }

  plait::Reactor& reactor_;
};

int run(plait::BytesView role, const std::string& path) {
  // On a loaded machine anything may take long.
  plait::Reactor reactor{plait::ReactorOptions{.stallLimit = plait::Duration::zero()}};
  const auto client = std::make_shared<EchoingClient>(reactor);
  if (role == "listen") {
    reactor.listenUNIX(path, plait::Factory::forProtocol<DescriptorEcho>());
    reactor.callWhenRunning([&] {
      fmt::print("listening on {}\n", path);
      std::fflush(stdout);
    });
  } else {
    reactor.connectUNIX(path, client);
  }
  reactor.run();
  return client->status;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    if (argc != 3) throw std::invalid_argument("usage: descriptor_echo listen|connect PATH");
    return run(argv[1], argv[2]);
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 1;
  }
}
