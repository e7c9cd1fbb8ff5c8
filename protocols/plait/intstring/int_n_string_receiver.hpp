#pragma once

#include <cstdint>
#include <plait/core/errors.hpp>
#include <plait/core/framing_protocol.hpp>

namespace plait {

struct IntStringOptions {
  /// Bytes a received string may have. Twisted: `MAX_LENGTH`.
  std::size_t maxLength = 99999;
};

/// `sendString` was given more bytes than its length prefix can count.
struct StringTooLongError : Error {
  StringTooLongError(std::size_t size, std::size_t maximum);
};

/// Receives strings behind a big-endian length of 1, 2 or 4 bytes; use one of the three below.
/// Twisted: `IntNStringReceiver`.
///
///     00 05 h e l l o 00 00 00 03 a      ──▶  with two bytes: stringReceived("hello"),
///                                             stringReceived(""); "00 03 a" waits for the rest
class IntNStringReceiver : public FramingProtocol {
 public:
  /// A string. Borrowed for the call.
  virtual void stringReceived(BytesView string) = 0;
  /// A prefix announces more than `maxLength` bytes. By default the connection is closed; when an
  /// override leaves it open, that string is skipped as it comes and the next is read.
  virtual void lengthLimitExceeded(std::size_t length);

  /// Sends a string. StringTooLongError when its prefix cannot count it; `maxLength` is a limit on
  /// what is received only.
  void sendString(BytesView string);

  std::size_t maxLength() const { return options_.maxLength; }
  void setMaxLength(std::size_t bytes) { options_.maxLength = bytes; }

 protected:
  IntNStringReceiver(std::size_t prefixLength, IntStringOptions options)
      : prefixLength_(prefixLength), options_(options) {}

 private:
  void deliverFrames() final;
  bool deliverString();
  bool skip();

  std::size_t prefixLength_;
  IntStringOptions options_;
  std::size_t toSkip_ = 0;  // of a string that was too long
};

/// Strings of up to 255 bytes. Twisted: `Int8StringReceiver`.
class Int8StringReceiver : public IntNStringReceiver {
 public:
  explicit Int8StringReceiver(IntStringOptions options = {}) : IntNStringReceiver(1, options) {}
};

/// Strings of up to 65,535 bytes. Twisted: `Int16StringReceiver`.
class Int16StringReceiver : public IntNStringReceiver {
 public:
  explicit Int16StringReceiver(IntStringOptions options = {}) : IntNStringReceiver(2, options) {}
};

/// Strings of up to 4,294,967,295 bytes. Twisted: `Int32StringReceiver`.
class Int32StringReceiver : public IntNStringReceiver {
 public:
  explicit Int32StringReceiver(IntStringOptions options = {}) : IntNStringReceiver(4, options) {}
};

}  // namespace plait
