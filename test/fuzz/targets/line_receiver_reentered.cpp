// LineReceiver, whose handlers call it back: feed it, give it bytes, take its buffer, all of which
// may depend on the split. What they were given must stay as it is meanwhile.
//
// Input: the feeding (3 choices), the limit, then the stream; lines end in '\n'. The first byte of
// a line, or of raw data, says what its handler does.
#include <plait/line/line_receiver.hpp>
#include <stdexcept>

#include "../support/split_feed.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

struct Reentered : Noting<LineReceiver> {
  explicit Reentered(std::size_t maxLength)
      : Noting(LineOptions{.delimiter = "\n", .maxLength = maxLength}) {}

  void lineReceived(BytesView line) override {
    note("line ", line, [&] { actOnLine(line); });
  }
  void actOnLine(BytesView line) {
    switch (line.empty() ? ' ' : line[0]) {
      case 'f':
        return put("x\ny", [&](BytesView more) { dataReceived(more); });
      case 'o':
        return put("rline\n", [&](BytesView more) { setLineMode(more); });
      case 'g':
        return setLineMode(line);
      case 'r':
        return setRawMode();
      case 'b':
        return (void)clearLineBuffer();
      case 'u':
        return dataReceived(takeUnread());
      case 'd':
        return setDelimiter(Bytes(line));
      case 'p':
        return pauseProducing();
      case 'q':
        return pauseProducing(), resumeProducing();
      case 't':
        throw std::runtime_error("a handler's");
    }
  }

  void rawDataReceived(BytesView data) override {
    note("raw ", data, [&] { actOnRaw(data); });
  }
  void actOnRaw(BytesView data) {
    const BytesView rest = data.substr(1);
    switch (data[0]) {
      case 'f':  // behind what is fed here
        put("x\n", [&](BytesView more) { dataReceived(more); });
        return setLineMode(rest);
      case 'c':  // twice, the first time in vain
        setLineMode(rest);
        clearLineBuffer();
        return setLineMode(rest);
      case 'h':  // a part only
        return setLineMode(rest.substr(rest.size() / 2));
      case 's':  // of raw data
        setLineMode(rest);
        return setRawMode();
      case 'p':
        pauseProducing();
        return setLineMode(rest);
      case 'k':
        return;
      default:
        return setLineMode(rest);
    }
  }

  void lineLengthExceeded(BytesView rest) override {
    note("too long ", rest, [&] { actOnRaw(rest); });
  }

  /// Only so often, or there would be no end.
  template <class Use>
  void put(BytesView more, Use use) {
    if (puts++ < 10) use(more);
  }

  std::size_t mostHeld() const { return SIZE_MAX; }  // other delimiters, other limits

  int puts = 0;
};

void tryLines(BytesView input) {
  Choices choices(input);
  const Feeding feeding = Feeding::chosenBy(choices);
  const std::size_t maxLength = choices.upTo(255);
  feed(std::make_shared<Reentered>(maxLength), choices.rest(), feeding);
}

const Target target("line_receiver_reentered", tryLines);

}  // namespace
}  // namespace plait::fuzz
