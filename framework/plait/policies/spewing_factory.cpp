#include <plait/policies/spewing_factory.hpp>
#include <plait/policies/text_traffic_log.hpp>

namespace plait {

namespace {

class SpewingLog final : public TrafficLog {
 public:
  SpewingLog(Log& log, std::optional<std::size_t> lengthLimit)
      : logger_(log, "plait.traffic"), lengthLimit_(lengthLimit) {}

  std::unique_ptr<TrafficRecorder> opened(const TrafficConnection& connection) override {
    return TextTrafficLog::recorder(
        connection, lengthLimit_,
        [logger = logger_](const std::string& line) { logger.info("{}", line); });
  }

 private:
  Logger logger_;
  std::optional<std::size_t> lengthLimit_;
};

}  // namespace

SpewingFactory::SpewingFactory(std::shared_ptr<Factory> wrapped, Log& log,
                               std::optional<std::size_t> lengthLimit)
    : TrafficLoggingFactory(std::move(wrapped), std::make_shared<SpewingLog>(log, lengthLimit)) {}

}  // namespace plait
