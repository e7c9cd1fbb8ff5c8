#include <charconv>
#include <plait/netstring/netstring_receiver.hpp>
#include <string>

namespace plait {

bool NetstringReceiver::deliverFrame() {
  if (!lengthKnown_ && !readLength()) return false;
  if (input().size() <= length_) return false;
  const std::size_t whole = length_ + 1;  // with the comma
  const BytesView frame = input().front(whole);
  if (frame.back() != ',') return malformed();
  input().consume(whole);
  lengthKnown_ = false;
  length_ = digits_ = 0;
  deliver([&] { stringReceived(frame.substr(0, whole - 1)); });
  return true;
}

/// Reads digits and the colon; false when there are no more bytes, or wrong ones.
bool NetstringReceiver::readLength() {
  while (!input().empty()) {
    const BytesView piece = input().firstPiece();
    std::size_t used = 0;
    while (used < piece.size()) {
      const char c = piece[used++];
      if (c == ':' && digits_ > 0) {
        input().consume(used);
        return lengthKnown_ = true;
      }
      if (c < '0' || c > '9' || (digits_ > 0 && length_ == 0)) return malformed();
      const auto digit = static_cast<std::size_t>(c - '0');
      if (digit > options_.maxLength || length_ > (options_.maxLength - digit) / 10) {
        return malformed();
      }
      length_ = length_ * 10 + digit;
      ++digits_;
    }
    input().consume(used);
  }
  return false;
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
  char prefix[24];
  char* end = std::to_chars(prefix, prefix + sizeof prefix, string.size()).ptr;
  *end++ = ':';
  transport().writeSequence(
      {BytesView(prefix, static_cast<std::size_t>(end - prefix)), string, ","});
}

}  // namespace plait
