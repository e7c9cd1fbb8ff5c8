#pragma once

#include <memory>
#include <plait/core/protocol.hpp>
#include <plait/testing/string_transport.hpp>
#include <utility>

#include "check.hpp"
#include "choices.hpp"

/// Feeding receivers: the same bytes, however they are cut and held back, must give the same
/// events.
namespace plait::fuzz {

/// A way to feed an input.
struct Feeding {
  /// Pieces of these sizes, by turns; 0 is everything that is left.
  std::size_t first = 0;
  std::size_t second = 0;
  /// The receiver is paused in every so many-th event, and resumed when it has come back from it;
  /// 0 is never.
  std::size_t pauseEvery = 0;

  std::string name() const {
    return fmt::format(
        "fed in pieces of {} and {} by turns (0: all), paused every {} events (0: never)", first,
        second, pauseEvery);
  }
  static Feeding chosenBy(Choices& choices) {
    Feeding feeding;
    feeding.first = choices.upTo(255);
    feeding.second = choices.upTo(255);
    feeding.pauseEvery = choices.upTo(4);
    return feeding;
  }
};

/// The pieces of a stream.
class Pieces {
 public:
  Pieces(BytesView stream, const Feeding& feeding)
      : rest_(stream), size_(feeding.first), nextSize_(feeding.second) {}

  bool empty() const { return rest_.empty(); }
  BytesView next() {
    const BytesView piece = rest_.substr(0, size_ == 0 ? rest_.size() : size_);
    rest_.remove_prefix(piece.size());
    std::swap(size_, nextSize_);
    return piece;
  }
  BytesView rest() const { return rest_; }

 private:
  BytesView rest_;
  std::size_t size_;
  std::size_t nextSize_;
};

/// A receiver whose events are noted. `Base` is a FramingProtocol.
template <class Base>
class Noting : public Base {
 public:
  using Base::Base;

  /// How many bytes it holds back when it has delivered what it could.
  std::size_t held() { return this->input().size(); }

  Events events;
  std::size_t pauseEvery = 0;

 protected:
  /// Notes an event that gave `view`, acts on it, and sees to it that the view is left alone.
  template <class Act>
  void note(const char* kind, BytesView view, Act act) {
    const Bytes copy(view);
    events.push_back(kind + copy);
    if (pauseEvery != 0 && ++calls_ % pauseEvery == 0) this->pauseProducing();
    act();
    checkEqual(view, copy, "a view that changed under the callback it was given to");
  }
  void note(const char* kind, BytesView view) {
    note(kind, view, [] {});
  }

 private:
  std::size_t calls_ = 0;
};

/// What became of a receiver: its events, how the connection stands, and what is left unread.
template <class Receiver>
struct Fed {
  std::shared_ptr<Receiver> receiver;
  std::shared_ptr<testing::StringTransport> transport;
  Events events;
};

/// Gives the receiver a chunk in memory of its own, which is gone when the call is over. What the
/// receiver throws loses the connection, as in a reactor.
inline void give(Protocol& receiver, BytesView chunk) {
  const std::unique_ptr<char[]> lent(new char[chunk.size()]);
  chunk.copy(lent.get(), chunk.size());
  try {
    receiver.dataReceived(BytesView(lent.get(), chunk.size()));
  } catch (...) {
    receiver.transport().failConnection(Failure(), "dataReceived");
  }
}

/// Feeds `receiver` until its connection closes. It must never hold back more than `mostHeld()`.
template <class Receiver>
Fed<Receiver> feed(std::shared_ptr<Receiver> receiver, BytesView input, const Feeding& feeding) {
  const auto transport = std::make_shared<testing::StringTransport>();
  receiver->pauseEvery = feeding.pauseEvery;
  receiver->makeConnection(transport);
  Pieces pieces(input, feeding);
  while (!pieces.empty() && !transport->disconnecting()) {
    give(*receiver, pieces.next());
    while (transport->reading() == testing::StringTransport::Reading::paused) {
      receiver->resumeProducing();
    }
    if (!transport->disconnecting() && receiver->held() > receiver->mostHeld()) {
      fail(fmt::format("holds {} bytes back, more than {}, {}", receiver->held(),
                       receiver->mostHeld(), feeding.name()));
    }
  }
  Fed<Receiver> fed{receiver, transport, receiver->events};
  fed.events.push_back(transport->aborting()        ? "aborted"
                       : transport->disconnecting() ? "lost"
                                                    : "open");
  if (!transport->disconnecting()) fed.events.push_back("unread " + receiver->takeUnread());
  return fed;
}

/// Feeds receivers that `make()` makes: whole, byte by byte and as chosen. Returns what became of
/// the first.
template <class Make>
auto feedEveryWay(Make make, BytesView input, const Feeding& chosen) {
  auto whole = feed(make(), input, Feeding{});
  for (const Feeding& feeding : {Feeding{.first = 1, .second = 1}, chosen}) {
    checkEqual(feed(make(), input, feeding).events, whole.events, feeding.name());
  }
  return whole;
}

}  // namespace plait::fuzz
