#pragma once

#include <plait/core/framing_protocol.hpp>
#include <plait/line/line_options.hpp>

namespace plait {

/// Receives lines and nothing else: no raw mode, no handing back. Twisted: `LineOnlyReceiver`.
///
/// A line of more than `maxLength` bytes calls `lineLengthExceeded`, at the latest when `maxLength`
/// + delimiter bytes have come without an end. (Twisted's gives up one delimiter earlier when a
/// read happens to end inside the delimiter; here the split makes no difference.)
class LineOnlyReceiver : public FramingProtocol {
 public:
  /// std::invalid_argument for an empty delimiter.
  explicit LineOnlyReceiver(LineOptions options = {});

  /// A line, without its delimiter. Borrowed for the call.
  virtual void lineReceived(BytesView line) = 0;
  /// A line is too long: `line` is what has come of it, more than `maxLength` bytes. By default the
  /// connection is closed; when an override leaves it open, what is still to come of the line is
  /// dropped as it comes, and the next is read.
  virtual void lineLengthExceeded(BytesView line);

  Bytes takeUnread() override {
    searched_ = 0;
    return FramingProtocol::takeUnread();
  }

  /// Sends the line and the delimiter.
  void sendLine(BytesView line);

  const Bytes& delimiter() const { return options_.delimiter; }
  std::size_t maxLength() const { return options_.maxLength; }

 private:
  void deliverFrames() final;
  bool deliverLine();
  bool deliverUnfinished();

  LineOptions options_;
  std::size_t searched_ = 0;  // no delimiter begins before here
  bool skipping_ = false;     // up to the end of a line that was too long
};

}  // namespace plait
