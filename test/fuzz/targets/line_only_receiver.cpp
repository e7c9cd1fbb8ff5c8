// LineOnlyReceiver: any split and any pausing gives the same lines; sending them again gives the
// input again, and that the same lines.
//
// Input: the feeding (3 choices), the options (delimiter, limit, whether lines too long close the
// connection), then the stream.
#include <plait/line/line_only_receiver.hpp>

#include "../support/split_feed.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

struct Lines : Noting<LineOnlyReceiver> {
  Lines(const LineOptions& options, bool keepsOpen) : Noting(options), keepsOpen(keepsOpen) {}

  void lineReceived(BytesView line) override {
    check(line.size() <= maxLength(), "a line is longer than allowed");
    note("", line);
  }
  void lineLengthExceeded(BytesView line) override {
    check(line.size() > maxLength(), "a line is called too long that is not");
    if (!keepsOpen) return LineOnlyReceiver::lineLengthExceeded(line);
    tooLong = true;
    note("too long ", line.substr(0, maxLength() + 1));
  }
  /// A whole line but for the last byte of its delimiter.
  std::size_t mostHeld() const { return maxLength() + delimiter().size() - 1; }

  bool keepsOpen;
  bool tooLong = false;
};

void tryLines(BytesView input) {
  constexpr const char* kDelimiters[] = {"\r\n", "\n", ",", "aa", "abab", "aab"};
  Choices choices(input);
  const Feeding feeding = Feeding::chosenBy(choices);
  LineOptions options;
  options.delimiter = kDelimiters[choices.upTo(std::size(kDelimiters) - 1)];
  options.maxLength = choices.upTo(255);
  const bool keepsOpen = choices.flag();
  const auto make = [&] { return std::make_shared<Lines>(options, keepsOpen); };
  const BytesView stream = choices.rest();
  const auto fed = feedEveryWay(make, stream, feeding);
  if (fed.transport->disconnecting() || fed.receiver->tooLong) return;

  for (const std::string& line : fed.receiver->events) fed.receiver->sendLine(line);
  const Bytes& sent = fed.transport->value();
  checkEqual(sent + fed.events.back().substr(BytesView("unread ").size()), stream,
             "the lines sent again, and what was left");
  checkEqual(feed(make(), sent, feeding).receiver->events, fed.receiver->events,
             "the lines received again");
}

const Target target("line_only_receiver", tryLines);

}  // namespace
}  // namespace plait::fuzz
