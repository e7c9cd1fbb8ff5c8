#include <fmt/format.h>
#include <idn2.h>

#include <algorithm>
#include <memory>
#include <plait/endpoints/idna.hpp>
#include <stdexcept>

namespace plait {

namespace {

constexpr std::size_t kLongestName = 253;
constexpr std::size_t kLongestLabel = 63;

[[noreturn]] void refuse(std::string_view hostname, std::string_view why) {
  std::string shown(hostname);
  std::replace_if(
      shown.begin(), shown.end(), [](unsigned char c) { return c < ' '; }, '?');
  throw std::invalid_argument(fmt::format("invalid hostname: '{}' {}", shown, why));
}

bool isASCII(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c & 0x80) == 0; });
}

/// Spaces, control characters, and what separates a name from the rest of a URL or an address.
bool forbidden(char c) {
  return c <= ' ' || c == 0x7f || std::string_view("/\\:@?#[]%").find(c) != std::string_view::npos;
}

std::string encode(std::string_view hostname) {
  char* encoded = nullptr;
  const int status = idn2_to_ascii_8z(std::string(hostname).c_str(), &encoded,
                                      IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
  const std::unique_ptr<char, void (*)(void*)> owner(encoded, idn2_free);
  if (status != IDN2_OK) refuse(hostname, fmt::format("({})", idn2_strerror(status)));
  return encoded;
}

void checkASCII(std::string_view original, std::string_view hostname) {
  if (std::any_of(hostname.begin(), hostname.end(), forbidden)) {
    refuse(original, "has characters that no host name has");
  }
  if (hostname.ends_with('.')) hostname.remove_suffix(1);  // the root's
  if (hostname.empty()) refuse(original, "is empty");
  if (hostname.size() > kLongestName) refuse(original, "is longer than 253 characters");
  for (std::size_t at = 0; at <= hostname.size();) {
    const std::size_t end = std::min(hostname.find('.', at), hostname.size());
    if (end == at) refuse(original, "has nothing between two dots");
    if (end - at > kLongestLabel) refuse(original, "has more than 63 characters without a dot");
    at = end + 1;
  }
}

}  // namespace

std::string hostnameToASCII(std::string_view hostname) {
  // A null byte would end the name for the library.
  const bool plain = isASCII(hostname) || hostname.find('\0') != std::string_view::npos;
  std::string ascii = plain ? std::string(hostname) : encode(hostname);
  checkASCII(hostname, ascii);
  return ascii;
}

}  // namespace plait
