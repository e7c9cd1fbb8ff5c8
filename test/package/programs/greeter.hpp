#pragma once

#include <plait/line/line_receiver.hpp>
#include <plait/net/reactor.hpp>

struct Greeter : plait::LineReceiver {
  void connectionMade() override { sendLine("What's your name?"); }
  void lineReceived(plait::BytesView name) override {
    sendLine(fmt::format("Welcome, {}!", name));
    transport().loseConnection();
  }
};
