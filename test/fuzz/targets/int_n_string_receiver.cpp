// Int8, Int16 and Int32StringReceiver: any split and any pausing gives the same strings; sending
// them again gives the input again.
//
// Input: the feeding (3 choices), the prefix (0: one byte, 1: two, 2: four), the limit, whether
// strings too long close the connection, then the stream.
#include <plait/intstring/int_n_string_receiver.hpp>

#include "../support/split_feed.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

template <class Base>
struct Strings : Noting<Base> {
  Strings(std::size_t maxLength, bool keepsOpen)
      : Noting<Base>(IntStringOptions{.maxLength = maxLength}), keepsOpen(keepsOpen) {}

  void stringReceived(BytesView string) override {
    check(string.size() <= this->maxLength(), "a string is longer than allowed");
    this->note("", string);
  }
  void lengthLimitExceeded(std::size_t length) override {
    check(length > this->maxLength(), "a string is called too long that is not");
    if (!keepsOpen) return Base::lengthLimitExceeded(length);
    tooLong = true;
    this->note("too long ", std::to_string(length));
  }
  /// A whole string but for its last byte, behind its prefix; or all but the last byte of that.
  std::size_t mostHeld() const { return sizeof(std::uint32_t) + this->maxLength(); }

  bool keepsOpen;
  bool tooLong = false;
};

template <class Receiver>
void tryStringsOf(Choices choices, const Feeding& feeding) {
  const std::size_t maxLength = choices.upTo(255);
  const bool keepsOpen = choices.flag();
  const BytesView stream = choices.rest();
  const auto fed = feedEveryWay(
      [&] { return std::make_shared<Strings<Receiver>>(maxLength, keepsOpen); }, stream, feeding);
  if (fed.receiver->tooLong || fed.transport->disconnecting()) return;

  for (const std::string& string : fed.receiver->events) fed.receiver->sendString(string);
  checkEqual(fed.transport->value() + fed.events.back().substr(BytesView("unread ").size()), stream,
             "the strings sent again, and what was left");
}

void tryStrings(BytesView input) {
  Choices choices(input);
  const Feeding feeding = Feeding::chosenBy(choices);
  const std::size_t prefix = choices.upTo(2);
  if (prefix == 0) return tryStringsOf<Int8StringReceiver>(choices, feeding);
  if (prefix == 1) return tryStringsOf<Int16StringReceiver>(choices, feeding);
  tryStringsOf<Int32StringReceiver>(choices, feeding);
}

const Target target("int_n_string_receiver", tryStrings);

}  // namespace
}  // namespace plait::fuzz
