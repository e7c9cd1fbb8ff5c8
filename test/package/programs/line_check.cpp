// A protocol without a network: what room line gives to those who have a transport of their own.
#include <memory>
#include <plait/line/line_receiver.hpp>
#include <plait/testing/string_transport.hpp>

struct Echo : plait::LineReceiver {
  void lineReceived(plait::BytesView line) override { sendLine(line); }
};

int main() {
  auto transport = std::make_shared<plait::testing::StringTransport>();
  auto echo = std::make_shared<Echo>();
  echo->makeConnection(transport);
  echo->dataReceived("one\r\ntw");
  echo->dataReceived("o\r\nthree");
  return transport->value() == "one\r\ntwo\r\n" ? 0 : 1;
}
