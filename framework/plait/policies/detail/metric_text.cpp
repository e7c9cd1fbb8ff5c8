#include <fmt/format.h>

#include <iterator>
#include <limits>
#include <plait/policies/detail/metric_cells.hpp>

namespace plait::detail {

namespace {

/// Text with what is special in it escaped by backslashes.
std::string escaped(std::string_view text, bool quotes) {
  std::string result;
  for (char c : text) {
    if (c == '\\' || (c == '"' && quotes)) result += '\\';
    if (c == '\n') {
      result += "\\n";
    } else {
      result += c;
    }
  }
  return result;
}

std::string labelText(const MetricLabels& labels) {
  std::string text;
  for (const auto& [name, value] : labels) {
    text += fmt::format("{}{}=\"{}\"", text.empty() ? "" : ",", name, escaped(value, true));
  }
  return text.empty() ? text : "{" + text + "}";
}

template <class T>
void writeLine(std::string& to, const std::string& name, const MetricLabels& labels, T value) {
  fmt::format_to(std::back_inserter(to), "{}{} {}\n", name, labelText(labels), value);
}

template <class Cell>
auto sumOf(const std::vector<std::shared_ptr<MetricCell>>& cells) {
  decltype(Cell::value.load()) sum = 0;
  for (const auto& cell : cells) {
    sum += static_cast<const Cell&>(*cell).value.load(std::memory_order_relaxed);
  }
  return sum;
}

/// Cumulative, as the format wants it.
void writeHistogram(std::string& to, const std::string& name, const MetricFamily& family,
                    const MetricLabels& labels,
                    const std::vector<std::shared_ptr<MetricCell>>& cells) {
  std::uint64_t count = 0;
  double sum = 0;
  for (std::size_t i = 0; i <= family.bounds.size(); ++i) {
    for (const auto& cell : cells) {
      count += static_cast<const HistogramCell&>(*cell).counts[i].load(std::memory_order_relaxed);
    }
    MetricLabels withBound = labels;
    withBound.emplace_back("le",
                           i < family.bounds.size() ? fmt::format("{}", family.bounds[i]) : "+Inf");
    writeLine(to, name + "_bucket", withBound, count);
  }
  for (const auto& cell : cells) {
    sum += static_cast<const HistogramCell&>(*cell).sum.load(std::memory_order_relaxed);
  }
  writeLine(to, name + "_sum", labels, sum);
  writeLine(to, name + "_count", labels, count);
}

}  // namespace

void writeFamily(std::string& to, const std::string& name, const MetricFamily& family) {
  to += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, escaped(family.help, false), name,
                    family.type);
  for (const auto& [labels, cells] : family.series) {
    if (family.type == "counter") {
      writeLine(to, name, labels, sumOf<CounterCell>(cells));
    } else if (family.type == "gauge") {
      writeLine(to, name, labels, sumOf<GaugeCell>(cells));
    } else {
      writeHistogram(to, name, family, labels, cells);
    }
  }
}

}  // namespace plait::detail
