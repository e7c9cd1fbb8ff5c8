#pragma once

#include <plait/core/protocol.hpp>
#include <plait/core/stream_transport.hpp>

#include "arena.hpp"
#include "end.hpp"

namespace plait::stress {

/// A protocol that does whatever chance tells it to, in every callback, to its own connection and
/// to others of its arena. All of it is legal.
class Player : public Protocol {
 public:
  Player(Arena& arena, std::shared_ptr<End> end, std::size_t plainText);

  void connectionMade() override;
  void dataReceived(BytesView data) override;
  void connectionLost(const Failure& reason) override;
  Bytes takeUnread() override { return std::exchange(unread_, {}); }
  std::string logPrefix() const override { return end_->name(); }

  /// Does something. May throw.
  void act();
  const std::shared_ptr<End>& end() const { return end_; }

 protected:
  void readLost();
  void writeLost();

 private:
  bool mayAct() const;
  /// Has whoever plays at this end by then do it.
  void later(Duration delay, void (Player::*what)());
  void resume();
  void actSeveralTimes();
  void actOnItself(std::uint64_t choice);
  void write();
  void write(Bytes data);
  void pause();
  void lose();
  void registerSome();
  void unregister();
  void produce();
  void changeOptions();
  void awaitDrain();
  void handOverTo(Bytes unread);
  void secure(BytesView unread);
  void askEverything() const;
  [[noreturn]] void throwOnPurpose();
  std::shared_ptr<Transport> sharedTransport() const {
    return dynamic_cast<StreamTransport&>(transport()).shared_from_this();
  }

  Arena& arena_;
  std::shared_ptr<End> end_;
  bool detached_ = false;  // another has its place
  std::size_t plainText_;  // bytes from the client until startTLS; 0 = none
  Bytes unread_;
};

class HalfCloseablePlayer final : public Player, public HalfCloseableProtocol {
 public:
  using Player::Player;
  void readConnectionLost() override { readLost(); }
  void writeConnectionLost() override { writeLost(); }
};

}  // namespace plait::stress
