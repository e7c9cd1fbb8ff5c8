#pragma once

#include <string>
#include <string_view>

namespace plait {

/// A host name as it is looked up, and as certificates have it: "bücher.example" becomes
/// "xn--bcher-kva.example" (IDNA 2008). One of ASCII characters stays as it is. Throws
/// std::invalid_argument, "invalid hostname: ...", for what is none: empty, too long (253 bytes; 63
/// between dots), with spaces or control characters, or refused by IDNA.
std::string hostnameToASCII(std::string_view hostname);

}  // namespace plait
