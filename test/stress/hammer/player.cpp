#include "player.hpp"

#include <plait/core/errors.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/tls/start_tls.hpp>

#include "checked_producer.hpp"
#include "contexts.hpp"

namespace plait::stress {

namespace {

using namespace std::chrono_literals;

/// What one end writes at most, about.
constexpr std::uint64_t kMostSent = 1'500'000;

Duration soon(Chance& chance) {
  return std::chrono::microseconds(chance.below(3'000));
}

}  // namespace

Player::Player(Arena& arena, std::shared_ptr<End> end, std::size_t plainText)
    : arena_(arena), end_(std::move(end)), plainText_(plainText) {}

// --- Callbacks -------------------------------------------------------------------------

void Player::connectionMade() {
  if (end_->timesMade > 0) {  // it has taken over, from inside of a callback of the other's
    ++arena_.verdict.callbacks;
    return;
  }
  const End::Call call(*end_, "connectionMade");
  end_->made();
  later(10 * soon(arena_.chance), &Player::lose);
  if (plainText_ == 0) return actSeveralTimes();
  if (end_->kind.ends_with("server")) return;  // waits for the plain text, and says nothing
  write(end_->content(plainText_));
  secure({});
}

void Player::dataReceived(BytesView data) {
  const End::Call call(*end_, "dataReceived");
  arena_.verdict.expect(!detached_, "{}: data for one that has handed over", end_->name());
  const bool disconnecting = transport().disconnecting();
  if (plainText_ != 0) {
    const BytesView plain = data.substr(0, plainText_ - end_->taken);
    end_->received(plain, disconnecting);
    if (end_->taken == plainText_) secure(data.substr(plain.size()));
    return;
  }
  if (data.size() > 1 && arena_.chance.oneIn(50)) {
    const std::size_t part = 1 + arena_.chance.below(data.size() - 1);
    end_->received(data.substr(0, part), disconnecting);
    return handOverTo(Bytes(data.substr(part)));
  }
  end_->received(data, disconnecting);
  actSeveralTimes();
}

void Player::readLost() {
  const End::Call call(*end_, "readConnectionLost");
  arena_.verdict.expect(!detached_, "{}: told of the end after handing over", end_->name());
  arena_.verdict.expect(!end_->readLost, "{}: told of the end twice", end_->name());
  arena_.verdict.expect(!end_->asked, "{}: told of the end while closing", end_->name());
  end_->readLost = true;
  end_->ownProducer = false;
  actSeveralTimes();
}

void Player::writeLost() {
  const End::Call call(*end_, "writeConnectionLost");
  arena_.verdict.expect(end_->losesWrite, "{}: lost its writing half", end_->name());
  actSeveralTimes();
}

void Player::connectionLost(const Failure& reason) {
  const End::Call call(*end_, "connectionLost");
  arena_.verdict.expect(!detached_, "{}: told of the loss after handing over", end_->name());
  arena_.verdict.expect(!transport().connected(), "{}: lost, and connected", end_->name());
  end_->stopping = end_->stopping || arena_.isStopping();
  end_->lost(reason);
  if (arena_.chance.oneIn(3)) arena_.keep(sharedTransport());
  actSeveralTimes();
}

// --- What it does ----------------------------------------------------------------------

bool Player::mayAct() const {
  return !detached_ && end_->timesMade > 0 && plainText_ == 0;
}

void Player::later(Duration delay, void (Player::*what)()) {
  arena_.reactor.callLater(delay, [end = std::weak_ptr(end_), what] {
    const auto alive = end.lock();
    const auto player = alive ? alive->player.lock() : nullptr;
    if (player) (*player.*what)();
  });
}

void Player::actSeveralTimes() {
  for (auto i = arena_.chance.below(4); i > 0; --i) act();
}

void Player::act() {
  Chance& chance = arena_.chance;
  if (!mayAct()) return;
  switch (const auto choice = chance.below(40)) {
    case 0:
      return arena_.connectSome();
    case 1:
      return arena_.useWhatIsLost();
    case 2:
    case 3:
      if (const auto other = arena_.anybody(); other && other.get() != this) other->act();
      return;
    case 4:
    case 5:
    case 6:
      return later(soon(chance), &Player::act);
    case 7:
      return arena_.reactor.callFromThread(weakly(this, [](Player& self) { self.act(); }));
    case 8:
      if (chance.oneIn(30) && arena_.whimsicalStop) arena_.whimsicalStop();
      return;
    default:
      actOnItself(choice);
  }
}

void Player::actOnItself(std::uint64_t choice) {
  Chance& chance = arena_.chance;
  switch (choice) {
    case 10:
    case 11:
      return pause();
    case 12:
      return resume();
    case 13:
      if (chance.oneIn(3)) lose();
      return;
    case 14:
      if (end_->running && chance.oneIn(6)) throwOnPurpose();
      return;
    case 15:
    case 16:
      return registerSome();
    case 17:
      return unregister();
    case 18:
      return changeOptions();
    case 19:
      return awaitDrain();
    case 20:
      if (chance.oneIn(3)) handOverTo({});
      return;
    case 21:
      return askEverything();
    case 22:
      if (!chance.oneIn(3)) return;
      end_->losesWrite = true;
      return transport().loseWriteConnection();
    default:
      write();
  }
}

void Player::write() {
  if (end_->sent < kMostSent) write(end_->content(arena_.chance.size()));
}

/// Writes in some way, and notes whether it counts.
void Player::write(Bytes data) {
  Transport& to = transport();
  const bool closing = to.disconnecting() || end_->asked || end_->losesWrite;
  const bool producing = !end_->producers.empty() && end_->producers.back()->registered();
  if (closing) end_->tailKnown = end_->tailKnown && !producing;
  const bool aborted = end_->aborted && !end_->broken;
  if (to.connected() && !aborted && (!closing || producing)) end_->sent += data.size();
  const BytesView all(data);
  const std::size_t cut = data.empty() ? 0 : arena_.chance.below(data.size());
  switch (arena_.chance.below(5)) {
    case 0:
      return to.write(all);
    case 1:
      return to.write(std::move(data));
    case 2:
      return to.write(std::make_shared<const Bytes>(std::move(data)));
    case 3:
      return to.writeSequence(all.substr(0, cut), all.substr(cut));
    default:
      return to.writeSequence({all.substr(0, cut), all.substr(cut), BytesView()});
  }
}

/// For a while: it must not be for ever.
void Player::pause() {
  if (end_->timesLost > 0) return;
  end_->paused = true;
  transport().pauseProducing();
  later(soon(arena_.chance), &Player::resume);
}

void Player::resume() {
  end_->paused = false;
  transport().resumeProducing();
}

void Player::lose() {
  if (detached_) return;
  if (end_->timesLost == 0) end_->asked = true;
  switch (arena_.chance.below(6)) {
    case 0:
      end_->aborted = true;
      end_->broken = false;
      transport().abortConnection();
      break;
    case 1:
      transport().stopProducing();
      break;
    case 2:
      transport().loseConnection(Failure(ConnectionDone("had enough")));
      break;
    default:
      transport().loseConnection();
  }
  // It would wait for a producer for ever; so would one that is registered later.
  later(soon(arena_.chance), &Player::unregister);
}

/// Out of a callback of this connection's: elsewhere it would be the timer that threw, say.
void Player::throwOnPurpose() {
  end_->asked = true;
  end_->broken = !end_->aborted;
  end_->aborted = true;
  throw Thrown();
}

void Player::registerSome() {
  const bool registered = !end_->producers.empty() && end_->producers.back()->registered();
  if (registered || end_->ownProducer) return;
  Chance& chance = arena_.chance;
  if (chance.oneIn(3)) {
    if (!transport().connected() || end_->aborted) return;
    end_->ownProducer = true;
    return transport().registerProducer(static_cast<PushProducer&>(transport()));
  }
  std::shared_ptr<CheckedProducer> producer;
  if (chance.oneIn(2)) {
    producer = std::make_shared<CheckedPush>(*end_);
  } else {
    producer = std::make_shared<CheckedPull>(*end_);
  }
  producer->produce = [this] { produce(); };
  end_->producers.push_back(producer);
  producer->registerWith(transport());
  if (end_->asked) later(soon(chance), &Player::unregister);
}

void Player::produce() {
  if (detached_) return;
  write();
  if (end_->sent >= kMostSent || arena_.chance.oneIn(8)) unregister();
}

void Player::unregister() {
  if (detached_) return;
  end_->ownProducer = false;
  if (!end_->producers.empty()) end_->producers.back()->unregistered();
  transport().unregisterProducer();
}

void Player::changeOptions() {
  TransportOptions options = transport().transportOptions();
  options.highWaterMark = arena_.chance.below(100'000);
  options.lowWaterMark = arena_.chance.below(options.highWaterMark + 1);
  if (arena_.chance.oneIn(8)) options.writeBufferLimit = 1 + arena_.chance.below(1'000'000);
  transport().setTransportOptions(options);
  transport().setTcpNoDelay(arena_.chance.oneIn(2));
  transport().setTcpKeepAlive(arena_.chance.oneIn(2));
}

void Player::awaitDrain() {
  transport().drained().addBoth([end = end_, fired = false](Result<void>) mutable {
    end->verdict.expect(!std::exchange(fired, true), "{}: drained twice", end->name());
  });
}

void Player::handOverTo(Bytes unread) {
  if (!transport().connected() || end_->asked) return;
  const auto next = arena_.successor(end_);
  detached_ = true;
  for (const auto& producer : end_->producers) {
    producer->produce = [weak = std::weak_ptr(next)] {
      if (const auto alive = weak.lock()) alive->produce();
    };
  }
  end_->readLost = false;  // the next one is told, too
  handOver(next, std::move(unread));
}

void Player::secure(BytesView unread) {
  unread_ = unread;
  plainText_ = 0;
  const bool client = end_->kind.ends_with("client");
  startTLS(*this, client ? clientContext() : serverContext());
}

void Player::askEverything() const {
  Transport& asked = transport();
  (void)asked.getPeer();
  (void)asked.getHost();
  (void)asked.getTcpNoDelay();
  (void)asked.getTcpKeepAlive();
  const auto limit = asked.transportOptions().writeBufferLimit;
  (void)limit;
  arena_.verdict.expect(asked.connected() || asked.bufferedBytes() == 0,
                        "{}: lost, and has buffered something", end_->name());
}

}  // namespace plait::stress
