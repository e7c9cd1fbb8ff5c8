// NetstringReceiver: any split and any pausing gives the same strings; sending them again gives the
// input again, for there is one way only to write each.
//
// Input: the feeding (3 choices), the limit, then the stream.
#include <plait/netstring/netstring_receiver.hpp>

#include "../support/split_feed.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

struct Strings : Noting<NetstringReceiver> {
  using Noting::Noting;

  void stringReceived(BytesView string) override {
    check(string.size() <= maxLength(), "a string is longer than allowed");
    note("", string);
  }
  /// A whole string but for its comma; the length is read as it comes.
  std::size_t mostHeld() const { return maxLength(); }
};

void tryStrings(BytesView input) {
  Choices choices(input);
  const Feeding feeding = Feeding::chosenBy(choices);
  const NetstringOptions options{.maxLength = choices.upTo(255)};
  const BytesView stream = choices.rest();
  const auto fed =
      feedEveryWay([&] { return std::make_shared<Strings>(options); }, stream, feeding);

  const auto sender = std::make_shared<Strings>();
  const auto transport = std::make_shared<testing::StringTransport>();
  sender->makeConnection(transport);
  for (const std::string& string : fed.receiver->events) sender->sendString(string);
  const Bytes& sent = transport->value();
  checkEqual(sent, stream.substr(0, sent.size()), "the strings sent again");
  if (!fed.transport->disconnecting()) {
    checkEqual(sent + fed.events.back().substr(BytesView("unread ").size()), stream,
               "the strings sent again, and what was left");
  }
}

const Target target("netstring_receiver", tryStrings);

}  // namespace
}  // namespace plait::fuzz
