#include "links.hpp"
#include "policy_wrapping.hpp"
#include "throttled_wrapping.hpp"
#ifdef PLAIT_WITH_TLS
#include "tls_wrapping.hpp"
#endif

namespace plait::testing {

const std::vector<LinkKind>& allLinks() {
  static const std::vector<LinkKind> kinds = {
      {.name = "tcp", .make = [](Log& log) { return makeTcpLink(log); }},
      {.name = "unix",
       .make = [](Log& log) { return makeUnixLink(log); },
       .lossesByAbort = {"plait::ConnectionDone", "plait::ConnectionLost"}},
      {.name = "pipes",
       .make = [](Log& log) { return makePipeLink(log); },
       .lossesByAbort = {"plait::ConnectionDone", "plait::ConnectionLost"},
       .lingers = false},
      {.name = "memory", .make = [](Log& log) { return makeMemoryLink(log); }, .virtualTime = true},
      {.name = "simulated",
       .make = [](Log& log) { return makeSimulatedLink(log); },
       .virtualTime = true},
      {.name = "rough", .make = [](Log& log) { return makeRoughLink(log); }, .virtualTime = true},
      {.name = "policies_over_tcp",
       .make = [](Log& log) { return makeTcpLink(log, policyWrapping()); }},
      {.name = "policies_over_memory",
       .make = [](Log& log) { return makeMemoryLink(log, policyWrapping()); },
       .virtualTime = true},
      {.name = "throttled_over_tcp",
       .make = [](Log& log) { return makeTcpLink(log, throttledWrapping()); },
       .buffersBelow = true},
      {.name = "throttled_over_memory",
       .make = [](Log& log) { return makeMemoryLink(log, throttledWrapping()); },
       .virtualTime = true,
       .buffersBelow = true},
#ifdef PLAIT_WITH_TLS
      {.name = "tls_over_tcp",
       .make = [](Log& log) { return makeTcpLink(log, tlsWrapping()); },
       .secure = true},
      {.name = "tls_over_unix",
       .make = [](Log& log) { return makeUnixLink(log, tlsWrapping()); },
       .lossesByAbort = {"plait::TLSTruncated", "plait::ConnectionLost"},
       .secure = true},
      {.name = "tls_over_memory",
       .make = [](Log& log) { return makeMemoryLink(log, tlsWrapping()); },
       .virtualTime = true,
       .secure = true},
      {.name = "tls_over_simulated",
       .make = [](Log& log) { return makeSimulatedLink(log, tlsWrapping()); },
       .virtualTime = true,
       .secure = true},
      {.name = "tls_over_rough",
       .make = [](Log& log) { return makeRoughLink(log, tlsWrapping()); },
       .virtualTime = true,
       .secure = true},
#endif
  };
  return kinds;
}

}  // namespace plait::testing
