#include <fmt/chrono.h>

#include <cstdint>
#include <plait/echo/small_services.hpp>

namespace plait {

void QOTD::connectionMade() {
  transport().write(getQuote());
  transport().loseConnection();
}

void Daytime::connectionMade() {
  transport().write(fmt::format("{:%a %b %e %H:%M:%S %Y}\r\n", fmt::gmtime(currentTime())));
  transport().loseConnection();
}

void Time::connectionMade() {
  constexpr std::int64_t kFrom1900To1970 = 2'208'988'800;
  const auto seconds = static_cast<std::uint32_t>(currentTime() + kFrom1900To1970);
  const char bytes[] = {static_cast<char>(seconds >> 24), static_cast<char>(seconds >> 16),
                        static_cast<char>(seconds >> 8), static_cast<char>(seconds)};
  transport().write(BytesView(bytes, sizeof bytes));
  transport().loseConnection();
}

}  // namespace plait
