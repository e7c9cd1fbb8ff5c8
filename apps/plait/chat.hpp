#pragma once

#include <map>
#include <plait/core/factory.hpp>
#include <plait/line/line_receiver.hpp>
#include <string>

namespace plait::app {

class Chatter;

/// A chat room: who is in it, by name.
class ChatFactory : public Factory {
 public:
  std::shared_ptr<Protocol> buildProtocol(const Address&) override;

  std::map<std::string, Chatter*, std::less<>> users;
};

/// One guest. Asks for a name, then passes every line on to all the others. The name is free again
/// as soon as the guest has stopped sending, even if there is still something to be sent to it.
class Chatter : public LineReceiver, public HalfCloseableProtocol {
 public:
  void connectionMade() override;
  void lineReceived(BytesView line) override;
  void lineLengthExceeded(BytesView rest) override;
  void readConnectionLost() override;
  void writeConnectionLost() override {}
  void connectionLost(const Failure& reason) override;

 private:
  ChatFactory& room() const { return factoryAs<ChatFactory>(); }
  void takeName(BytesView name);
  void say(BytesView line);
  void leave();

  std::string name_;  // empty until one was taken
};

}  // namespace plait::app
