#pragma once

#include <plait/core/framing_protocol.hpp>

namespace plait {

struct NetstringOptions {
  /// Bytes a string may have. Twisted: `MAX_LENGTH`.
  std::size_t maxLength = 99999;
};

/// Receives netstrings (https://cr.yp.to/proto/netstrings.txt). Twisted: `NetstringReceiver`.
///
///     5 : h e l l o , 0 : , 3 : a     ──▶  stringReceived("hello"), stringReceived("");
///                                          "3:a" waits for the rest
///
/// Strict: the length is decimal digits without leading zeros, nothing else, and the limit is
/// checked on the digits as they come. What is malformed or too long closes the connection: the
/// strings before it have been delivered, nothing after it is.
class NetstringReceiver : public FramingProtocol {
 public:
  explicit NetstringReceiver(NetstringOptions options = {}) : options_(options) {}

  /// A string. Borrowed for the call.
  virtual void stringReceived(BytesView string) = 0;

  /// Sends a string (of any length; the limit is on what is received).
  void sendString(BytesView string);

  /// With the length of the string that is under way.
  Bytes takeUnread() override;

  std::size_t maxLength() const { return options_.maxLength; }
  void setMaxLength(std::size_t bytes) { options_.maxLength = bytes; }

 private:
  void deliverFrames() final;
  bool deliverString();
  bool readLength();
  std::size_t readDigits(BytesView piece);
  bool malformed();

  NetstringOptions options_;
  std::size_t length_ = 0;    // as far as its digits have come
  unsigned digits_ = 0;       // how many have
  bool lengthKnown_ = false;  // the colon too
};

}  // namespace plait
