#include "services.hpp"

#include <plait/echo/chargen.hpp>
#include <plait/echo/echo.hpp>
#include <plait/echo/small_services.hpp>

#include "chat.hpp"
#include "framed_services.hpp"

namespace plait::app {

namespace {

/// A factory of its own for each reactor.
template <class P, class... Args>
std::shared_ptr<Factory> each(ReactorPool& pool, Args... args) {
  return pool.perReactor(
      [args...](Reactor&, std::size_t) { return Factory::forProtocol<P>(args...); });
}

template <class P>
std::shared_ptr<Factory> plain(ReactorPool& pool, const ServiceOptions&) {
  return each<P>(pool);
}

std::shared_ptr<Factory> line(ReactorPool& pool, const ServiceOptions& options) {
  LineOptions lines{.delimiter = options.delimiter};
  if (options.maxLength) lines.maxLength = *options.maxLength;
  return each<LineEcho>(pool, lines);
}

/// For the receivers whose options are a maxLength.
template <class P, class Options>
std::shared_ptr<Factory> limited(ReactorPool& pool, const ServiceOptions& options) {
  Options limits;
  if (options.maxLength) limits.maxLength = *options.maxLength;
  return each<P>(pool, limits);
}

std::shared_ptr<Factory> chat(ReactorPool& pool, const ServiceOptions&) {
  return pool.perReactor(
      [room = std::make_shared<ChatRoom>(pool)](Reactor& reactor, std::size_t index) {
        return std::make_shared<ChatFactory>(room, reactor, index);
      });
}

}  // namespace

const std::vector<Service>& services() {
  static const std::vector<Service> all = {
      {"echo", "sends every byte back (RFC 862)", false, false, plain<Echo>},
      {"discard", "throws every byte away (RFC 863)", false, false, plain<Discard>},
      {"chargen", "generates characters without end (RFC 864)", false, false, plain<Chargen>},
      {"daytime", "tells date and time as text (RFC 867)", false, false, plain<Daytime>},
      {"time", "tells the seconds since 1900 in 4 bytes (RFC 868)", false, false, plain<Time>},
      {"qotd", "tells the quote of the day (RFC 865)", false, false, plain<QOTD>},
      {"line", "echoes lines", true, true, line},
      {"netstring", "echoes netstrings", true, false, limited<NetstringEcho, NetstringOptions>},
      {"int8", "echoes strings with a 1-byte length", true, false,
       limited<IntEcho<Int8StringReceiver>, IntStringOptions>},
      {"int16", "echoes strings with a 2-byte length", true, false,
       limited<IntEcho<Int16StringReceiver>, IntStringOptions>},
      {"int32", "echoes strings with a 4-byte length", true, false,
       limited<IntEcho<Int32StringReceiver>, IntStringOptions>},
      {"chat", "a chat room, in lines", false, false, chat},
  };
  return all;
}

const Service* findService(std::string_view name) {
  for (const Service& service : services()) {
    if (service.name == name) return &service;
  }
  return nullptr;
}

}  // namespace plait::app
