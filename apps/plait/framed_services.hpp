#pragma once

#include <plait/intstring/int_n_string_receiver.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/netstring/netstring_receiver.hpp>

/// Echoes of whole messages. Like Echo, each reads no faster than its peer does.
namespace plait::app {

class LineEcho : public LineReceiver {
 public:
  using LineReceiver::LineReceiver;
  void connectionMade() override { transport().registerProducer(transport()); }
  void lineReceived(BytesView line) override { sendLine(line); }
};

class NetstringEcho : public NetstringReceiver {
 public:
  using NetstringReceiver::NetstringReceiver;
  void connectionMade() override { transport().registerProducer(transport()); }
  void stringReceived(BytesView string) override { sendString(string); }
};

template <class Receiver>
class IntEcho : public Receiver {
 public:
  using Receiver::Receiver;
  void connectionMade() override { this->transport().registerProducer(this->transport()); }
  void stringReceived(BytesView string) override { this->sendString(string); }
};

}  // namespace plait::app
