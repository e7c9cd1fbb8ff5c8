#include <gtest/gtest.h>

#include <plait/core/address.hpp>
#include <plait/core/log.hpp>

#include "../support/recorded_log.hpp"

namespace plait {

struct Unprintable {};

namespace {

using testing::RecordedLog;

std::string printed(const LogEvent& event) {
  ::testing::internal::CaptureStderr();
  logToStderr(event);
  return ::testing::internal::GetCapturedStderr();
}

TEST(Log, PassesOnlyItsLevelAndAbove) {
  RecordedLog log(LogLevel::warn);
  const Logger logger(log.log, "source");
  logger.debug("1");
  logger.info("2");
  logger.warn("3");
  logger.error("4");
  logger.critical("5");
  ASSERT_EQ(log.entries.size(), 3u);
  EXPECT_EQ(log.entries[0].level, LogLevel::warn);
  EXPECT_EQ(log.entries[1].level, LogLevel::error);
  EXPECT_EQ(log.entries[2].level, LogLevel::critical);

  log.log.setLevel(LogLevel::debug);
  logger.debug("6");
  EXPECT_EQ(log.entries.back().message, "6");
  EXPECT_EQ(log.log.level(), LogLevel::debug);
}

TEST(Log, StartsAtLevelInfo) {
  const Log log;
  EXPECT_FALSE(log.enabled(LogLevel::debug));
  EXPECT_TRUE(log.enabled(LogLevel::info));
}

TEST(Log, GivesAnEventToEveryObserverInOrder) {
  Log log;
  std::string order;
  log.addObserver([&](const LogEvent&) { order += 'a'; });
  log.addObserver([&](const LogEvent&) { order += 'b'; });
  Logger(log, "x").info("event");
  EXPECT_EQ(order, "ab");
}

TEST(Log, ForgetsRemovedObservers) {
  Log log;
  int seen = 0;
  const auto first = log.addObserver([&](const LogEvent&) { seen += 1; });
  log.addObserver([&](const LogEvent&) { seen += 10; });
  log.removeObserver(first);
  log.removeObserver(first);
  log.removeObserver(12345);
  Logger(log, "x").info("event");
  EXPECT_EQ(seen, 10);
  log.clearObservers();
  Logger(log, "x").info("event");
  EXPECT_EQ(seen, 10);
}

TEST(Log, LetsNoObserverHarmAnother) {
  Log log;
  int seen = 0;
  log.addObserver([](const LogEvent&) { throw std::runtime_error("broken observer"); });
  log.addObserver([](const LogEvent&) { throw 42; });
  log.addObserver([&](const LogEvent&) { ++seen; });
  EXPECT_NO_THROW(Logger(log, "x").info("event"));
  EXPECT_EQ(seen, 1);
}

TEST(Log, TakesObserversFromInsideAnObserver) {
  Log log;
  int later = 0;
  bool added = false;
  log.addObserver([&](const LogEvent&) {
    if (!std::exchange(added, true)) log.addObserver([&](const LogEvent&) { ++later; });
  });
  Logger(log, "x").info("one");
  EXPECT_EQ(later, 0);
  Logger(log, "x").info("two");
  EXPECT_EQ(later, 1);
}

TEST(Log, LetsAnObserverRemoveItself) {
  Log log;
  int seen = 0;
  auto captured = std::make_shared<int>(1);
  Log::ObserverID id = 0;
  id = log.addObserver([&log, &id, &seen, captured](const LogEvent&) {
    log.removeObserver(id);
    seen += *captured;  // what it captured is still there
  });
  Logger(log, "x").info("one");
  Logger(log, "x").info("two");
  EXPECT_EQ(seen, 1);
  EXPECT_EQ(captured.use_count(), 1);
}

TEST(Log, LetsAnObserverLog) {
  Log log;
  std::vector<std::string> seen;
  log.addObserver([&](const LogEvent& event) {
    seen.emplace_back(event.message);
    if (seen.size() == 1) Logger(log, "observer").info("from inside");
  });
  Logger(log, "x").info("outside");
  EXPECT_EQ(seen, (std::vector<std::string>{"outside", "from inside"}));
}

TEST(Logger, FormatsItsMessage) {
  RecordedLog log;
  Logger(log.log, "greeter").info("greeted {} people in {:.1f} s", 3, 0.25);
  ASSERT_EQ(log.entries.size(), 1u);
  EXPECT_EQ(log.entries[0].source, "greeter");
  EXPECT_EQ(log.entries[0].message, "greeted 3 people in 0.2 s");
}

TEST(Logger, AddsItsFieldsToEveryEvent) {
  RecordedLog log;
  const Logger plain(log.log, "x");
  const Logger logger = plain.with("peer", Address(IPv4Address{{1, 2, 3, 4}, 5})).with("count", 7);
  logger.info("hello");
  plain.info("bare");
  ASSERT_EQ(log.entries[0].fields.size(), 2u);
  EXPECT_EQ(log.entries[0].fields[0].key, "peer");
  EXPECT_EQ(log.entries[0].fields[0].value, "1.2.3.4:5");
  EXPECT_EQ(log.entries[0].fields[1].key, "count");
  EXPECT_EQ(log.entries[0].fields[1].value, "7");
  EXPECT_TRUE(log.entries[1].fields.empty());
}

TEST(Logger, CarriesFailures) {
  RecordedLog log;
  Logger(log.log, "x").failure(Failure(std::runtime_error("cause")), "while {}", "testing");
  ASSERT_EQ(log.entries.size(), 1u);
  EXPECT_EQ(log.entries[0].level, LogLevel::error);
  EXPECT_EQ(log.entries[0].message, "while testing");
  EXPECT_EQ(log.entries[0].failure, "cause");
}

}  // namespace
}  // namespace plait

template <>
struct fmt::formatter<plait::Unprintable> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  template <class Context>
  auto format(const plait::Unprintable&, Context& context) const -> decltype(context.out()) {
    throw std::runtime_error("cannot print this");
  }
};

namespace plait {
namespace {

TEST(Logger, SurvivesFormattersThatThrow) {
  RecordedLog log;
  EXPECT_NO_THROW(Logger(log.log, "x").info("{}", Unprintable()));
  EXPECT_TRUE(log.entries.empty());
}

TEST(Logger, FormatsNothingThatIsNotEnabled) {
  RecordedLog log(LogLevel::error);
  EXPECT_NO_THROW(Logger(log.log, "x").info("{}", Unprintable()));
  EXPECT_TRUE(log.entries.empty());
}

TEST(LogToStderr, WritesOneLine) {
  const std::vector<LogField> fields{{"peer", "1.2.3.4:5"}, {"n", "2"}};
  const LogEvent event{
      LogLevel::warn,
      "plait.net",
      "something odd",
      fields,
      nullptr,
      std::chrono::system_clock::time_point(std::chrono::milliseconds(1'769'860'800'123))};
  EXPECT_EQ(printed(event),
            "2026-01-31T12:00:00.123Z warn plait.net: something odd peer=1.2.3.4:5 n=2\n");
}

TEST(LogToStderr, NamesTheFailure) {
  const Failure failure{std::runtime_error("the cause")};
  const LogEvent event{LogLevel::error, "x", "failed", {}, &failure, {}};
  EXPECT_EQ(printed(event),
            "1970-01-01T00:00:00.000Z error x: failed: std::runtime_error: the cause\n");
}

TEST(LogToStderr, EscapesControlCharacters) {
  const std::vector<LogField> fields{{"k\n", "v\r\n"}};
  const Failure failure{std::runtime_error("a\nb")};
  const LogEvent event{LogLevel::info, "so\turce", "forged\nline \x1b[2J \x7f end",
                       fields,         &failure,   {}};
  EXPECT_EQ(printed(event),
            "1970-01-01T00:00:00.000Z info so\\x09urce: forged\\x0aline \\x1b[2J \\x7f end: "
            "std::runtime_error: a\\x0ab k\\x0a=v\\x0d\\x0a\n");
}

TEST(LogLevel, HasANameForEachLevel) {
  EXPECT_EQ(toString(LogLevel::debug), "debug");
  EXPECT_EQ(toString(LogLevel::info), "info");
  EXPECT_EQ(toString(LogLevel::warn), "warn");
  EXPECT_EQ(toString(LogLevel::error), "error");
  EXPECT_EQ(toString(LogLevel::critical), "critical");
}

TEST(StandardLog, IsOneForAll) {
  EXPECT_EQ(&standardLog(), &standardLog());
}

}  // namespace
}  // namespace plait
