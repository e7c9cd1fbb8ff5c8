// LineReceiver: any split and any pausing gives the same events, whatever modes its lines switch.
//
// Input: the feeding (3 choices), the options (delimiter, limit, what becomes of lines too long),
// then the stream. In it the first byte of a line says what its handler does: see LineScript.
#include <fmt/format.h>

#include <plait/line/line_receiver.hpp>
#include <stdexcept>

#include "../support/split_feed.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

constexpr const char* kDelimiters[] = {"\r\n", "\n", ",", "aa", "abab", "aab"};

struct Options {
  LineOptions lines;
  std::size_t whenTooLong;  // 0: closes; 1: goes on behind the limit; 2: with raw data there
};

struct LineScript : Noting<LineReceiver> {
  explicit LineScript(const Options& options)
      : Noting(options.lines), whenTooLong(options.whenTooLong) {}

  void lineReceived(BytesView line) override {
    note("line ", line, [&] { act(line); });
  }
  void act(BytesView line) {
    const char what = line.empty() ? ' ' : line[0];
    const auto count = line.size() < 2 ? 0 : static_cast<unsigned char>(line[1] - '0');
    if (what == 'r') {
      setRawMode();
      rawLeft = count;
    }
    if (what == 's') setRawMode(), setLineMode();
    if (what == 'd') setDelimiter(kDelimiters[count % std::size(kDelimiters)]);
    if (what == 'm') setMaxLength(count);
    if (what == 'p') pauseProducing();
    if (what == 'q') pauseProducing(), resumeProducing();
    if (what == 'c') transport().loseConnection();
    if (what == 'x') transport().abortConnection();
    if (what == 't') throw std::runtime_error("a handler's");
  }

  void rawDataReceived(BytesView data) override {
    const BytesView mine = data.substr(0, rawLeft);
    rawLeft -= mine.size();
    // Cut anywhere: what makes it the same for every split is to join it.
    if (events.empty() || !events.back().starts_with("raw ")) events.emplace_back("raw ");
    events.back() += mine;
    if (rawLeft == 0) setLineMode(data.substr(mine.size()));
  }

  void lineLengthExceeded(BytesView rest) override {
    check(rest.size() > maxLength(), "a line is called too long that is not");
    if (whenTooLong == 0) return LineReceiver::lineLengthExceeded(rest);
    note("too long ", rest.substr(0, maxLength() + 1));
    setLineMode(rest.substr(maxLength() + 1));
    if (whenTooLong == 1) return;
    setRawMode();
    rawLeft = 3;
  }

  /// A whole line but for the last byte of its delimiter; there is no raw data unread.
  std::size_t mostHeld() const { return maxLength() + delimiter().size(); }

  std::size_t whenTooLong;
  std::size_t rawLeft = 0;
};

void tryLines(BytesView input) {
  Choices choices(input);
  const Feeding feeding = Feeding::chosenBy(choices);
  Options options;
  options.lines.delimiter = kDelimiters[choices.upTo(std::size(kDelimiters) - 1)];
  options.lines.maxLength = choices.upTo(255);
  options.whenTooLong = choices.upTo(2);
  feedEveryWay([&] { return std::make_shared<LineScript>(options); }, choices.rest(), feeding);
}

const Target target("line_receiver", tryLines);

}  // namespace
}  // namespace plait::fuzz
