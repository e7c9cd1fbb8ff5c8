#pragma once

#include <cstdio>
#include <plait/core/listening_port.hpp>
#include <plait/line/line_receiver.hpp>
#include <plait/netstring/netstring_receiver.hpp>
#include <string>

namespace bench {

// Both read no faster than their peers do.
class LineEcho : public plait::LineReceiver {
  void connectionMade() override { transport().registerProducer(transport()); }
  void lineReceived(plait::BytesView line) override { sendLine(line); }
};

class NetstringEcho : public plait::NetstringReceiver {
 public:
  NetstringEcho() : NetstringReceiver({.maxLength = 1024 * 1024}) {}

 private:
  void connectionMade() override { transport().registerProducer(transport()); }
  void stringReceived(plait::BytesView string) override { sendString(string); }
};

/// Says where, as bench_load and ./run want to read it.
inline void announce(const plait::ListeningPort& port, bool unixSocket) {
  const plait::Address host = port.getHost();
  std::string where = unixSocket ? host.host() : std::to_string(host.port());
  if (unixSocket) where.front() = '@';
  std::printf("listening on %s\n", where.c_str());
  std::fflush(stdout);
}

}  // namespace bench
