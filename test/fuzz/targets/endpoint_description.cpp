// EndpointDescription: whatever the string is, it is taken apart or std::invalid_argument, and any
// text that is quoted comes back as it was.
//
// Input: an endpoint string, which is quoted as a whole, too.
#include <plait/endpoints/endpoint_description.hpp>
#include <stdexcept>

#include "../support/check.hpp"
#include "../support/target.hpp"

namespace plait::fuzz {
namespace {

void tryQuoting(BytesView text) {
  const std::string quoted = quoteStringArgument(text);
  auto keyword = EndpointDescription::parse("tcp:80:interface=" + quoted + ":x=y");
  checkEqual(keyword.require("x", -1), "y", "the argument behind a quoted one");
  checkEqual(keyword.take("interface", -1).value_or("none"), text, "a quoted keyword argument");
  keyword.take("port", 0);
  keyword.checkAllTaken();

  if (text.find('=') != text.npos) return;  // would be a keyword, as in Twisted
  auto positional = EndpointDescription::parse("unix:" + quoted);
  checkEqual(positional.take("address", 0).value_or("none"), text, "a quoted argument");
  positional.checkAllTaken();
}

/// What a prefix does with its string.
void tryTaking(EndpointDescription description) {
  check(!description.prefix().empty(), "a description without a type");
  try {
    description.take("interface", -1);
    description.takeNumber("backlog", 1, 1, 65535);
    description.requirePort("port", 0);
    description.checkAllTaken();
  } catch (const std::invalid_argument& error) {
    check(BytesView(error.what()).find(description.text().c_str()) != BytesView::npos,
          "a complaint names the string it is about");
  }
}

void tryDescription(BytesView input) {
  tryQuoting(input);
  try {
    tryTaking(EndpointDescription::parse(input));
  } catch (const std::invalid_argument& error) {
    check(BytesView(error.what()).starts_with("bad endpoint"), "a complaint says what is bad");
  }
}

const Target target("endpoint_description", tryDescription);

}  // namespace
}  // namespace plait::fuzz
