// hostnameToASCII: whatever the bytes are, it gives a name that could be looked up, and stays as it
// is when given again; or std::invalid_argument that says what is wrong.
//
// Input: a host name.
#include <algorithm>
#include <plait/endpoints/idna.hpp>
#include <stdexcept>

#include "../support/check.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

void checkName(const std::string& name) {
  check(!name.empty() && name.size() <= 254, "the size of a name");
  check(std::all_of(name.begin(), name.end(), [](char c) { return c > ' ' && c <= '~'; }),
        "a name has characters that are not printable ASCII");
  for (std::size_t at = 0; at < name.size();) {
    const std::size_t end = std::min(name.find('.', at), name.size());
    check(end > at && end - at <= 63, "the size of a part of a name");
    at = end + 1;
  }
  checkEqual(hostnameToASCII(name), name, "a name in ASCII, given again");
}

void tryName(BytesView input) {
  std::string name;
  try {
    name = hostnameToASCII(input);
  } catch (const std::invalid_argument& error) {
    const BytesView what(error.what());
    check(what.starts_with("invalid hostname: '"), "a complaint says what is wrong");
    check(what.find_first_of("\r\n") == BytesView::npos, "a complaint is one line");
    return;
  }
  checkName(name);
}

const Target target("idna", tryName);

}  // namespace
}  // namespace plait::fuzz
