#include <fmt/format.h>

#include "conformance_test.hpp"

namespace plait::testing {
namespace {

class Order : public ConformanceTest {};
INSTANTIATE_TEST_SUITE_P(AllTransports, Order, ::testing::ValuesIn(allLinks()), kindName);

/// Writes `text` in the `how`-th of the ways there are.
void writeSomehow(Transport& to, int how, const Bytes& text) {
  switch (how % 4) {
    case 0:
      return to.write(BytesView(text));
    case 1:
      return to.write(Bytes(text));
    case 2:
      return to.write(share(text));
    default:
      return to.writeSequence({BytesView(text).substr(0, 3), BytesView(text).substr(3)});
  }
}

TEST_P(Order, IsKept) {
  Bytes expected;
  connect();
  for (int i = 0; i < 1000; ++i) {
    const Bytes line = fmt::format("line {} {}\n", i, Bytes(static_cast<std::size_t>(i) * 7, 'x'));
    expected += line;
    writeSomehow(*client.transport, i, line);
    if (i % 97 == 0) link->settle();
  }
  runUntilReceived(server, expected.size());
  EXPECT_EQ(server.received, expected);
}

TEST_P(Order, WhatIsWrittenInConnectionMadeComesFirst) {
  server.whenMade = [&] { server.transport->write("welcome, "); };
  client.whenMade = [&] { client.transport->write("hello, "); };
  connect();
  server.transport->write("client");
  client.transport->write("server");
  runUntilReceived(client, 15);
  runUntilReceived(server, 13);
  EXPECT_EQ(client.received, "welcome, client");
  EXPECT_EQ(server.received, "hello, server");
}

TEST_P(Order, AnswersFollowTheQuestions) {
  server.whenData = [&](BytesView data) {
    for (char c : data) server.transport->write(fmt::format("<{}>", c));
  };
  connect();
  Bytes questions, answers;
  for (int i = 0; i < 200; ++i) {
    const char question = static_cast<char>('a' + i % 26);
    client.transport->write(BytesView(&question, 1));
    answers += fmt::format("<{}>", question);
    if (i % 7 == 0) link->settle();
  }
  runUntilReceived(client, answers.size());
  EXPECT_EQ(client.received, answers);
}

TEST_P(Order, WritesOfOneCallbackLeaveTogether) {
  Bytes expected;
  for (int i = 0; i < 500; ++i) expected += fmt::format("message {}\n", i);
  server.whenData = [&](BytesView) {
    for (int i = 0; i < 500; ++i) server.transport->write(fmt::format("message {}\n", i));
  };
  connect();
  client.transport->write("go");
  runUntilReceived(client, expected.size());
  EXPECT_EQ(client.received, expected);
  EXPECT_EQ(client.chunks, 1);
}

TEST_P(Order, LargeTransfersRunBothWaysAtOnce) {
  const Bytes there = pattern(5 * kMegabyte), back = pattern(4 * kMegabyte);
  connect();
  client.transport->write(share(there));
  server.transport->write(share(back));
  runUntilReceived(server, there.size());
  runUntilReceived(client, back.size());
  EXPECT_TRUE(server.received == there);
  EXPECT_TRUE(client.received == back);
}

TEST_P(Order, EmptyWritesAreNothing) {
  connect();
  client.transport->write("");
  client.transport->write(Bytes());
  client.transport->write(share(""));
  client.transport->writeSequence({});
  EXPECT_EQ(client.transport->bufferedBytes(), 0u);
  client.transport->write("something");
  runUntilReceived(server, 9);
  EXPECT_EQ(server.received, "something");
}

}  // namespace
}  // namespace plait::testing
