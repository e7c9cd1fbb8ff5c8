#pragma once

#include <ctime>
#include <plait/core/protocol.hpp>
#include <string>

namespace plait {

/// Sends one quotation and closes (RFC 865). Twisted: `wire.QOTD`. Override `getQuote` for others;
/// the RFC asks for less than 512 characters.
class QOTD : public Protocol {
 public:
  void connectionMade() override;
  virtual std::string getQuote() { return "An apple a day keeps the doctor away.\r\n"; }
};

/// Sends the date and time as text, in UTC, and closes (RFC 867):
/// "Sat Jan 31 12:00:00 2026\r\n". Twisted: `wire.Daytime`.
class Daytime : public Protocol {
 public:
  void connectionMade() override;
  /// The time to tell; by default the system's.
  virtual std::time_t currentTime() const { return std::time(nullptr); }
};

/// Sends the seconds since 1900 as four bytes, big-endian, and closes (RFC 868). Twisted:
/// `wire.Time`.
class Time : public Protocol {
 public:
  void connectionMade() override;
  /// The time to tell; by default the system's.
  virtual std::time_t currentTime() const { return std::time(nullptr); }
};

}  // namespace plait
