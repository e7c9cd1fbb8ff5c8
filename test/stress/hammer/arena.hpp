#pragma once

#include <functional>
#include <plait/core/client_factory.hpp>
#include <plait/net/reactor.hpp>
#include <string>
#include <vector>

#include "chance.hpp"
#include "end.hpp"

namespace plait::stress {

class Player;

/// How connections are made.
enum class Medium { tcp, unixSocket, tls, startTLS };
inline constexpr int kMedia = 4;
const char* nameOf(Medium medium);

/// What a client sends before both ends speak TLS (Medium::startTLS).
inline constexpr std::size_t kPlainText = 50;

/// Where the servers of a round listen.
struct Places {
  std::uint16_t ports[kMedia] = {};  ///< by Medium; of TCP
  std::string path;
};

/// What is played on one reactor: its connections, all that its players may do to each other, and
/// the chance that decides. Thread: its reactor's.
class Arena {
 public:
  Arena(Reactor& reactor, Verdict& verdict, std::uint64_t seed, std::uint64_t firstNumber);
  ~Arena();

  /// The factory of the servers of a medium.
  std::shared_ptr<Factory> servers(Medium medium);
  /// Listens on this reactor.
  void listen(Places& places);
  /// Begins so many connections to there, some of them from callbacks.
  void connect(const Places& places, int count);
  /// True when all that was to be connected has ended, and nobody is connected.
  bool over() const;
  /// What keeps it from being over.
  std::string whatIsLeft() const;
  /// From now on losses may be the reactor's doing.
  void stopping();
  bool isStopping() const { return stopping_; }
  /// Checks what must be so when the reactor is gone.
  void expectNothingLeft();

  // --- For players -------------------------------------------------------------------------------

  Chance chance;
  Reactor& reactor;
  Verdict& verdict;
  /// Called from a callback, sometimes, when the round is to be stopped from one.
  std::function<void()> whimsicalStop;

  std::shared_ptr<Player> anybody();
  /// One that may take over at `end`.
  std::shared_ptr<Player> successor(const std::shared_ptr<End>& end);
  void connectSome();
  /// Keeps a transport beyond the loss, to be used then.
  void keep(std::shared_ptr<Transport> transport);
  void useWhatIsLost();
  const std::vector<std::shared_ptr<End>>& ends() const { return ends_; }

 private:
  class Servers;
  class Clients;
  std::shared_ptr<Protocol> build(Medium medium, bool client);
  std::shared_ptr<Player> make(std::shared_ptr<End> end, std::size_t plainText);
  void connectOne();

  std::uint64_t nextNumber_;
  std::vector<std::shared_ptr<End>> ends_;
  std::vector<std::weak_ptr<Player>> players_;
  std::vector<std::weak_ptr<Protocol>> protocols_;
  std::vector<std::shared_ptr<Factory>> factories_;
  std::vector<std::shared_ptr<Transport>> kept_;
  Places places_;
  int toConnect_ = 0;
  int connecting_ = 0;
  bool stopping_ = false;
};

/// Checks both ends of every connection whose ends know each other.
void expectMatches(const std::vector<std::shared_ptr<End>>& ends);

}  // namespace plait::stress
