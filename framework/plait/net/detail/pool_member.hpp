#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <plait/core/factory.hpp>
#include <plait/core/listening_port.hpp>
#include <plait/deferred/deferred.hpp>
#include <plait/net/detail/connection.hpp>
#include <plait/net/detail/unique_descriptor.hpp>
#include <plait/net/reactor.hpp>
#include <thread>
#include <vector>

namespace plait::detail {

/// A connection that one reactor has accepted for another to serve.
struct AcceptedSocket {
  UniqueDescriptor socket;
  Address peer;
  Address host;  ///< unknown: ask the socket
  TransportOptions options;
  std::shared_ptr<Factory> factory;
};

/// Connections that were handed over to a reactor and are not over. Thread: any.
class HandedOver final : public ConnectionOwner {
 public:
  std::size_t count() const { return count_.load(std::memory_order_relaxed); }
  void add() { count_.fetch_add(1, std::memory_order_relaxed); }
  void remove() { count_.fetch_sub(1, std::memory_order_relaxed); }
  void connectionLost(const Failure&) override { remove(); }

 private:
  std::atomic<std::size_t> count_ = 0;
};

/// A reactor of a pool, and what the others hand over to it.
///
/// A cache line of its own: the threads of the others write to theirs.
class alignas(64) PoolMember {
 public:
  PoolMember(std::unique_ptr<Reactor> reactor, Loop& loop)
      : reactor(std::move(reactor)), loop(&loop) {}

  /// Null only while the pool is being destroyed, for those that have been.
  std::unique_ptr<Reactor> reactor;
  Loop* loop;  ///< the reactor's
  std::thread thread;

  // --- For its own thread -----------------------------------------------------------------------

  /// The pool has told it to stop.
  bool released = false;
  /// Its phase "before shutdown" waits for the pool's.
  std::optional<Deferred<void>> mayDrain;
  TriggerID startedTrigger = TriggerID::none;
  TriggerID stopTrigger = TriggerID::none;
  /// Serves what was handed over.
  void serveAccepted();
  /// To be closed when the pool stops.
  void addPort(const std::shared_ptr<ListeningPort>& port);
  void closePorts();

  // --- For any thread ---------------------------------------------------------------------------

  std::size_t connectionsHandedOver() const { return handedOver_->count(); }
  /// Hands a connection over. True when `serveAccepted` is to be called on its thread: the first of
  /// several asks for all.
  bool handOver(AcceptedSocket accepted);
  /// Closes what was handed over and will not be served.
  void dropAccepted();

 private:
  std::vector<AcceptedSocket> takeAccepted();

  std::vector<std::weak_ptr<ListeningPort>> ports_;
  std::shared_ptr<HandedOver> handedOver_ = std::make_shared<HandedOver>();
  std::mutex mutex_;
  std::vector<AcceptedSocket> accepted_;
};

}  // namespace plait::detail
