#pragma once

#include <plait/core/unix_transport.hpp>

#include "support/raw_descriptors.hpp"
#include "support/scripted_protocol.hpp"
#include "support/unix_test.hpp"

namespace plait::testing {

/// What came, in order: "fd" for a descriptor, else the bytes.
struct Arrivals {
  std::vector<std::string> order;
  std::vector<Descriptor> descriptors;
  /// What the protocol does besides.
  std::function<void(Connection&)> onDescriptor;
};

/// A scripted protocol that receives descriptors.
class ReceivingProtocol final : public ScriptedProtocol, public FileDescriptorReceiver {
 public:
  ReceivingProtocol(std::shared_ptr<Connection> connection, Script& script, Arrivals& arrivals)
      : ScriptedProtocol(std::move(connection), script), arrivals_(arrivals) {}

  void fileDescriptorReceived(int fd) override {
    arrivals_.order.push_back("fd");
    arrivals_.descriptors.emplace_back(fd);
    if (arrivals_.onDescriptor) arrivals_.onDescriptor(*connection_);
  }
  void dataReceived(BytesView data) override {
    arrivals_.order.emplace_back(data);
    ScriptedProtocol::dataReceived(data);
  }

 private:
  Arrivals& arrivals_;
};

/// Lets a factory make receiving protocols; both must live as long as its connections.
inline void makeReceiving(ScriptedFactory& factory, Arrivals& arrivals) {
  factory.build = [&factory, &arrivals](const Address&) {
    auto connection = std::make_shared<Connection>();
    factory.connections.push_back(connection);
    auto protocol = std::make_shared<ReceivingProtocol>(connection, factory.script, arrivals);
    connection->protocol = protocol;
    return protocol;
  };
}

/// One raw end and one that is served, over a UNIX socket.
class DescriptorTest : public UNIXTest {
 protected:
  RawPeer connectRaw() {
    RawPeer peer(address);
    runUntil([&] { return server->connected(); });
    return peer;
  }
  void receive() { makeReceiving(*server, arrivals); }
  void send(int fd) { UNIXTransport::of(*server->last().transport)->sendFileDescriptor(fd); }
  bool arrived(std::size_t descriptors, std::size_t bytes) {
    return runUntil([&] {
      return arrivals.descriptors.size() == descriptors && server->last().received.size() == bytes;
    });
  }
  /// Reads from `peer`, `most` bytes at a time, until `bytes` have come.
  ReceivedDescriptors take(RawPeer& peer, std::size_t bytes, std::size_t most = 65536) {
    ReceivedDescriptors all;
    runUntil([&] {
      ReceivedDescriptors next = receiveDescriptors(peer.socket(), most);
      all.data += next.data;
      for (Descriptor& fd : next.descriptors) all.descriptors.push_back(std::move(fd));
      return all.data.size() == bytes;
    });
    return all;
  }
  /// True when `fd` is the writing end of `pipe`.
  static bool isWritingEnd(const Descriptor& fd, const Pipe& pipe) {
    writeInto(fd.get(), "x");
    return pipe.take() == "x";
  }

  Arrivals arrivals;
  std::shared_ptr<ScriptedFactory> server = ScriptedFactory::make();
  std::shared_ptr<ListeningPort> port = listenAt(server);
  Pipe pipe;
};

}  // namespace plait::testing
