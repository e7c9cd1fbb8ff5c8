#include "tls_replay.hpp"

#include <algorithm>
#include <array>
#include <plait/tls/client_tls_options.hpp>
#include <plait/tls/server_tls_options.hpp>
#include <vector>

#include "../../unit/support/test_certificates.hpp"
#include "tls_talker.hpp"

namespace plait::fuzz {

// --- LoneEnd ---------------------------------------------------------------------------

namespace {

std::shared_ptr<Protocol> drawing(End end, std::shared_ptr<Protocol> protocol) {
  RepeatableRandom::restart(end);
  RepeatableRandom::drawsNow(end);
  return protocol;
}

}  // namespace

LoneEnd::LoneEnd(End end, std::shared_ptr<Protocol> protocol)
    : end_(end), connection_(clock_, drawing(end, std::move(protocol)), peer_, {.log = &silence_}) {
  settle();
}

void LoneEnd::settle() {
  RepeatableRandom::drawsNow(end_);
  do check(connection_.flush(), "a connection comes to rest");
  while (resume && resume());
}

void LoneEnd::give(BytesView piece) {
  connection_.client().write(piece);
  settle();
}

void LoneEnd::giveAll(BytesView stream, const Feeding& feeding, Ending ending) {
  for (Pieces pieces(stream, feeding); !pieces.empty();) give(pieces.next());
  if (ending == Ending::orderly) connection_.client().loseConnection();
  if (ending == Ending::reset) connection_.cut();
  settle();
  clock_.advance(std::chrono::minutes(1));  // for every deadline there is
  settle();
}

// --- Conversations ---------------------------------------------------------------------

namespace {

Bytes lines(BytesView line, std::size_t count) {
  Bytes text;
  for (std::size_t i = 0; i < count; ++i) text += fmt::format("{} {}\r\n", line, i);
  return text;
}

Conversation hold(TLSVersion version, std::size_t lineCount) {
  RepeatableRandom::restart(End::server);
  RepeatableRandom::drawsNow(End::server);
  Conversation held;
  held.server =
      serverTLS({.certificates = {testing::testServerCertificate()}, .maximumVersion = version});
  held.client = optionsForClientTLS(
      "localhost", {.trust = testing::testAuthority().trust(), .sessionResumption = false});
  held.serverText = lines("the server says", lineCount);
  held.clientText = lines("the client says", lineCount);

  Events events;
  const auto end = [&](End which) {
    const auto talker = std::make_shared<TLSTalker>(events);
    talker->says = held.saidBy(which);
    talker->closesAfter = held.saidBy(which == End::server ? End::client : End::server).size();
    return std::make_unique<LoneEnd>(which, talkingTLS(which, held, talker));
  };
  const auto server = end(End::server), client = end(End::client);
  for (bool quiet = false; !quiet;) {
    const Bytes fromClient = client->takeSent();
    if (!fromClient.empty()) server->give(fromClient);
    const Bytes fromServer = server->takeSent();
    if (!fromServer.empty()) client->give(fromServer);
    held.clientRecords += fromClient;
    held.serverRecords += fromServer;
    quiet = fromClient.empty() && fromServer.empty();
  }
  return held;
}

}  // namespace

const Conversation& conversation(std::size_t number) {
  static const std::array<Conversation, kConversations> held{
      hold(TLSVersion::TLSv1_3, 3), hold(TLSVersion::TLSv1_2, 3), hold(TLSVersion::TLSv1_3, 900),
      hold(TLSVersion::TLSv1_2, 900)};
  return held[number];
}

// --- Changes ---------------------------------------------------------------------------

namespace {

/// Where each record begins, and the end.
std::vector<std::size_t> borders(BytesView records) {
  constexpr std::size_t kHead = 5;
  std::vector<std::size_t> borders{0};
  while (records.size() - borders.back() >= kHead) {
    const auto byte = [&](std::size_t i) {
      return static_cast<unsigned char>(records[borders.back() + i]);
    };
    const std::size_t size = kHead + (byte(3) << 8 | byte(4));
    borders.push_back(std::min(borders.back() + size, records.size()));
  }
  if (borders.back() != records.size()) borders.push_back(records.size());
  return borders;
}

void changeRecord(Bytes& records, std::size_t what, Choices& choices) {
  const auto at = borders(records);
  if (at.size() < 3) return;
  const std::size_t i = choices.upTo(at.size() - 3);
  const Bytes first = records.substr(at[i], at[i + 1] - at[i]);
  const Bytes second = records.substr(at[i + 1], at[i + 2] - at[i + 1]);
  const Bytes instead = what == 0 ? second : what == 1 ? first + first + second : second + first;
  records.replace(at[i], first.size() + second.size(), instead);
}

void changeBytes(Bytes& records, std::size_t what, Choices& choices) {
  const std::size_t at = (choices.upTo(255) << 8 | choices.upTo(255)) % (records.size() + 1);
  const std::size_t count = choices.upTo(255);
  const Bytes touched = records.substr(at, count);
  if (what == 0 && at < records.size()) records[at] = static_cast<char>(records[at] ^ count);
  if (what == 1) records.resize(at);
  if (what == 2) records.erase(at, count);
  if (what == 3) records.insert(at, touched);
  if (what == 4) records.insert(at, choices.bytes(count));
}

}  // namespace

Bytes changed(Bytes records, Choices& choices) {
  for (std::size_t changes = choices.upTo(4); changes > 0; --changes) {
    const std::size_t what = choices.upTo(7);
    what < 5 ? changeBytes(records, what, choices) : changeRecord(records, what - 5, choices);
  }
  return records;
}

}  // namespace plait::fuzz
