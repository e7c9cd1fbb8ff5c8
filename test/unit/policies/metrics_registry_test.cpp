#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <plait/policies/metrics_registry.hpp>
#include <stdexcept>
#include <thread>

namespace plait {
namespace {

struct MetricsRegistryTest : ::testing::Test {
  /// Whether the page has this line.
  bool hasLine(const std::string& line) const {
    return ("\n" + metrics.text()).find("\n" + line + "\n") != std::string::npos;
  }
  MetricsRegistry metrics;
};

TEST_F(MetricsRegistryTest, TellsItsNumbersInPrometheusFormat) {
  metrics.counter({"a_total", "As.", {{"kind", "x"}}})->add(3);
  metrics.gauge({"b_bytes", "Bs."})->add(-5);
  EXPECT_EQ(metrics.text(),
            "# HELP a_total As.\n"
            "# TYPE a_total counter\n"
            "a_total{kind=\"x\"} 3\n"
            "# HELP b_bytes Bs.\n"
            "# TYPE b_bytes gauge\n"
            "b_bytes -5\n"
            "# HELP plait_metrics_refused_series_total Writers that count nothing, because there "
            "were too many series.\n"
            "# TYPE plait_metrics_refused_series_total counter\n"
            "plait_metrics_refused_series_total 0\n");
}

TEST_F(MetricsRegistryTest, TellsHistogramsCumulatively) {
  const std::array bounds{0.1, 1.0, 2.5};
  const auto histogram = metrics.histogram({"t_seconds", "Times.", {{"l", "v"}}}, bounds);
  for (double value : {0.05, 0.1, 0.2, 2.0, 100.0}) histogram->observe(value);
  EXPECT_TRUE(hasLine("# TYPE t_seconds histogram"));
  EXPECT_TRUE(hasLine("t_seconds_bucket{l=\"v\",le=\"0.1\"} 2"));
  EXPECT_TRUE(hasLine("t_seconds_bucket{l=\"v\",le=\"1\"} 3"));
  EXPECT_TRUE(hasLine("t_seconds_bucket{l=\"v\",le=\"2.5\"} 4"));
  EXPECT_TRUE(hasLine("t_seconds_bucket{l=\"v\",le=\"+Inf\"} 5"));
  EXPECT_TRUE(hasLine("t_seconds_sum{l=\"v\"} 102.35"));
  EXPECT_TRUE(hasLine("t_seconds_count{l=\"v\"} 5"));
}

TEST_F(MetricsRegistryTest, EscapesWhatIsSpecial) {
  metrics.counter({"a_total", "back\\slash, \"quotes\"\nand lines", {{"l", "a\"b\\c\nd"}}});
  EXPECT_TRUE(hasLine("# HELP a_total back\\\\slash, \"quotes\"\\nand lines"));
  EXPECT_TRUE(hasLine("a_total{l=\"a\\\"b\\\\c\\nd\"} 0"));
}

TEST_F(MetricsRegistryTest, SumsAllWritersOfASeries) {
  const auto one = metrics.counter({"a_total", "As."});
  const auto other = metrics.counter({"a_total", "As."});
  one->add(2);
  other->add(40);
  EXPECT_TRUE(hasLine("a_total 42"));
}

TEST_F(MetricsRegistryTest, KeepsWhatAWriterHasCountedThatIsGone) {
  metrics.counter({"a_total", "As."})->add(2);
  EXPECT_TRUE(hasLine("a_total 2"));
}

TEST_F(MetricsRegistryTest, IsReadWhileOthersWrite) {
  std::atomic<bool> stop = false;
  std::thread writer([&, counter = metrics.counter({"a_total", "As."})] {
    while (!stop) counter->add();
  });
  while (hasLine("a_total 0")) std::this_thread::yield();
  stop = true;
  writer.join();
  EXPECT_FALSE(hasLine("a_total 0"));
}

TEST_F(MetricsRegistryTest, RefusesWhatIsNoName) {
  EXPECT_THROW(metrics.gauge({"", "x"}), std::invalid_argument);
  EXPECT_THROW(metrics.gauge({"9lives", "x"}), std::invalid_argument);
  EXPECT_THROW(metrics.gauge({"a b", "x"}), std::invalid_argument);
  EXPECT_THROW(metrics.gauge({"a", "x", {{"b-c", "d"}}}), std::invalid_argument);
  EXPECT_THROW(metrics.gauge({"a", "x", {{"__b", "d"}}}), std::invalid_argument);
  EXPECT_THROW(metrics.gauge({"a", "x", {{"le", "d"}}}), std::invalid_argument);
  EXPECT_THROW(metrics.counter({"a", "x"}), std::invalid_argument);
  EXPECT_NO_THROW(metrics.gauge({"a:b_9", "x", {{"_b9", "d"}}}));
}

TEST_F(MetricsRegistryTest, RefusesANameThatIsInUseForSomethingElse) {
  const std::array bounds{1.0, 2.0}, others{1.0, 3.0}, unsorted{2.0, 1.0};
  metrics.histogram({"a_total", "x"}, bounds);
  EXPECT_THROW(metrics.counter({"a_total", "x"}), std::invalid_argument);
  EXPECT_THROW(metrics.histogram({"a_total", "x"}, others), std::invalid_argument);
  EXPECT_THROW(metrics.histogram({"b", "x"}, unsorted), std::invalid_argument);
}

TEST(MetricsRegistry, BoundsTheNumberOfSeries) {
  MetricsRegistry metrics(2);
  for (int i = 0; i < 10; ++i) {
    metrics.counter({"a_total", "As.", {{"i", std::to_string(i)}}})->add();
  }
  metrics.counter({"a_total", "As.", {{"i", "1"}}})->add();
  const std::string text = metrics.text();
  EXPECT_NE(text.find("a_total{i=\"0\"} 1\n"), std::string::npos);
  EXPECT_NE(text.find("a_total{i=\"1\"} 2\n"), std::string::npos);
  EXPECT_EQ(text.find("i=\"2\""), std::string::npos);
  EXPECT_NE(text.find("\nplait_metrics_refused_series_total 8\n"), std::string::npos);
}

}  // namespace
}  // namespace plait
