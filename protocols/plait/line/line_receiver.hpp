#pragma once

#include <plait/core/framing_protocol.hpp>
#include <plait/line/line_options.hpp>

namespace plait {

/// Receives lines, and raw data in between. Twisted: `LineReceiver`.
///
///     a l p h a \r \n b e t a \r \n g a      ──▶  lineReceived("alpha"), lineReceived("beta");
///                                                 "ga" waits for the rest of its line
///
/// Subclass it and implement `lineReceived`. In raw mode (`setRawMode`) bytes go to
/// `rawDataReceived` as they come, until `setLineMode`; both may be called from inside the
/// callbacks. A line of more than `maxLength` bytes calls `lineLengthExceeded`, at the latest when
/// `maxLength` + delimiter bytes have come without an end.
class LineReceiver : public FramingProtocol {
 public:
  explicit LineReceiver(LineOptions options = {});
  ~LineReceiver() override;

  /// A line, without its delimiter. Borrowed for the call.
  virtual void lineReceived(BytesView line) = 0;
  /// Bytes in raw mode, cut anywhere. Borrowed for the call. By default they are dropped.
  virtual void rawDataReceived(BytesView) {}
  /// A line is too long; `rest` is everything received from its start on, good lines behind it
  /// included, and has been taken out of the buffer. By default the connection is closed. To go on
  /// instead, give back what is to be read as lines: `setLineMode(rest.substr(...))`.
  virtual void lineLengthExceeded(BytesView rest);

  /// From the next byte on, data is raw.
  void setRawMode();
  /// From the next byte on, data is lines. `extra` is what a raw callback (or lineLengthExceeded)
  /// was given beyond its data; a view of that costs nothing. Given while input is still buffered,
  /// it goes behind that.
  void setLineMode(BytesView extra = {});
  /// Takes out and returns what has come and was not delivered yet.
  Bytes clearLineBuffer();
  Bytes takeUnread() override { return clearLineBuffer(); }

  /// Sends the line and the delimiter.
  void sendLine(BytesView line);

  const Bytes& delimiter() const { return options_.delimiter; }
  /// For the lines from here on. Empty is std::invalid_argument.
  void setDelimiter(Bytes delimiter);
  std::size_t maxLength() const { return options_.maxLength; }
  void setMaxLength(std::size_t bytes) { options_.maxLength = bytes; }

 private:
  void deliverFrames() final;
  bool deliverLine();
  bool deliverRaw();
  bool deliverUnfinished();
  bool exceeded();

  LineOptions options_;
  std::size_t searched_ = 0;  // no delimiter begins before here
  bool lineMode_ = true;
};

}  // namespace plait
