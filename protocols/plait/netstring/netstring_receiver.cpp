#include <fmt/format.h>

#include <plait/netstring/netstring_receiver.hpp>
#include <string>

namespace plait {

namespace {

constexpr std::size_t kTooMuch = BytesView::npos;

}  // namespace

void NetstringReceiver::deliverFrames() {
  while (mayDeliver() && (lengthKnown_ || readLength()) && deliverString()) {
  }
}

/// Reads digits and the colon; false when there are no more bytes, or wrong ones.
inline bool NetstringReceiver::readLength() {
  do {
    const BytesView piece = input().firstPiece();
    const std::size_t used = readDigits(piece);
    if (used == kTooMuch || length_ > options_.maxLength) return malformed();
    if (used < piece.size()) {
      if (piece[used] != ':' || digits_ == 0) return malformed();
      input().consume(used + 1);
      return lengthKnown_ = true;
    }
    input().consume(used);
  } while (!input().empty());
  return false;
}

/// Adds the first digits of `piece` (not empty) to the length, and returns how many there are.
inline std::size_t NetstringReceiver::readDigits(BytesView piece) {
  if (digits_ > 0 && length_ == 0) return 0;  // a zero stands alone
  const std::size_t most = options_.maxLength / 10;
  std::size_t length = length_;
  std::size_t used = 0;
  do {
    const auto digit = static_cast<unsigned char>(piece[used] - '0');
    if (digit > 9) break;
    if (length > most) return kTooMuch;
    length = length * 10 + digit;
    if (length < digit) return kTooMuch;  // it is more than can be counted
    ++used;
  } while (length != 0 && used < piece.size());
  length_ = length;
  digits_ += static_cast<unsigned>(used);
  return used;
}

/// False when there is no whole string yet, or a malformed one.
inline bool NetstringReceiver::deliverString() {
  const std::size_t length = length_;
  if (input().size() <= length) return false;
  const char* const string = input().front(length + 1).data();
  if (string[length] != ',') return malformed();
  input().consume(length + 1);
  lengthKnown_ = false;
  length_ = digits_ = 0;
  deliver([&] { stringReceived({string, length}); });
  return true;
}

Bytes NetstringReceiver::takeUnread() {
  Bytes unread;
  if (digits_ > 0) unread = std::to_string(length_);  // there is one way only to write it
  if (lengthKnown_) unread += ':';
  lengthKnown_ = false;
  length_ = digits_ = 0;
  return unread + FramingProtocol::takeUnread();
}

bool NetstringReceiver::malformed() {
  transport().loseConnection();
  return false;
}

void NetstringReceiver::sendString(BytesView string) {
  const fmt::format_int length(string.size());
  transport().writeSequence({length.data(), length.size()}, ":", string, ",");
}

}  // namespace plait
