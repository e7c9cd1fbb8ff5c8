#pragma once

#include <functional>
#include <plait/testing/memory_transport.hpp>
#include <plait/testing/recording_protocol.hpp>
#include <plait/tls/tls_context.hpp>

#include "repeatable_random.hpp"
#include "split_feed.hpp"

/// TLS said again: what an end has once said to another is kept, changed, cut, and said to a new
/// one that is made like that other.
namespace plait::fuzz {

/// A conversation over TLS that went well: both have said what they wanted, and closed.
struct Conversation {
  Bytes saidBy(End end) const { return end == End::server ? serverText : clientText; }
  Bytes recordsBy(End end) const { return end == End::server ? serverRecords : clientRecords; }

  std::shared_ptr<TLSContext> server;
  std::shared_ptr<TLSContext> client;
  Bytes serverText, clientText;        // lines
  Bytes serverRecords, clientRecords;  // what carried them
};

/// Conversations in TLS 1.3 and 1.2 (numbers 0 and 1), and the same with texts of more than one
/// record (2 and 3). Held when first asked for.
const Conversation& conversation(std::size_t number);
inline constexpr std::size_t kConversations = 4;

/// `records` with up to four changes that the input chooses: bits flipped, the end cut off, bytes
/// removed, repeated or put in; whole records removed, repeated or exchanged.
Bytes changed(Bytes records, Choices& choices);

/// How a stream ends.
enum class Ending { silence, orderly, reset };
inline constexpr std::size_t kEndings = 3;

/// A protocol in memory, with nobody at the other end but who plays the network.
class LoneEnd {
 public:
  /// Connects it; `end` says whose random numbers it draws, from the first on.
  LoneEnd(End end, std::shared_ptr<Protocol> protocol);

  /// It is given this, and does what it wants then.
  void give(BytesView piece);
  /// Gives the stream in pieces, then its ending, and lets time pass.
  void giveAll(BytesView stream, const Feeding& feeding, Ending ending);
  /// Lets a protocol that has paused go on, when nothing moves any more; true if it had.
  std::function<bool()> resume;
  /// What it has sent since the last call.
  Bytes takeSent() { return std::exchange(peer_->data, {}); }

 private:
  void settle();

  End end_;
  testing::Clock clock_;
  Log silence_{LogLevel::critical};
  std::shared_ptr<testing::RecordingProtocol> peer_ =
      std::make_shared<testing::RecordingProtocol>();
  testing::MemoryConnection connection_;
};

}  // namespace plait::fuzz
